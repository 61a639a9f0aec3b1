// BTF that was made by others: of the objects in testdata/, and of this machine's kernel.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "ebpf/btf/btf.h"
#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::test {

// Of one object; without types where it has none.
inline btf::Spec object_btf(const std::string& name) {
  const Bytes bytes = testdata(name);
  const auto file = elf::File::parse(bytes);
  REQUIRE(file.has_value());
  const auto section = file->find_section(".BTF");
  REQUIRE(section.has_value());
  if (!*section) return {};
  const auto content = (*section)->data.span();
  auto types = btf::Spec::parse({content.begin(), content.end()});
  REQUIRE(types.has_value());
  return *std::move(types);
}

// Of all objects that have types.
inline std::vector<btf::Spec> object_btfs() {
  std::vector<btf::Spec> out;
  for (const std::string& name : testdata_names())
    if (btf::Spec types = object_btf(name); !types.empty()) out.push_back(std::move(types));
  REQUIRE(out.size() >= 20);
  return out;
}

inline btf::Spec kernel_btf() {
  std::ifstream file("/sys/kernel/btf/vmlinux", std::ios::binary);
  if (!file) SKIP_TEST("no /sys/kernel/btf/vmlinux");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  auto types = btf::Spec::parse({bytes, bytes + text.size()});
  REQUIRE(types.has_value());
  return *std::move(types);
}

}  // namespace ebpf::test
