// The BTF of an object among the runfiles.
#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "ebpf/btf/btf.h"
#include "ebpf/elf/elf.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

namespace ebpf::test {

inline btf::Spec object_types(const std::string& path) {
  std::ifstream stream(runfile(path.c_str()), std::ios::binary);
  const std::string object(std::istreambuf_iterator<char>(stream), {});
  const auto file = elf::File::parse(std::as_bytes(std::span(object)));
  REQUIRE_MESSAGE(file.has_value(), path);
  const auto section = file->find_section(".BTF");
  REQUIRE((section && *section));
  const auto bytes = (*section)->data.span();
  auto types = btf::Spec::parse({bytes.begin(), bytes.end()});
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

}  // namespace ebpf::test
