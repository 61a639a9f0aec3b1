// What the tests of CO-RE share: tables made type by type, one relocation of a program against one kernel's types, and
// what it came to.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ebpf/btf/btf.h"
#include "ebpf/btf/core.h"
#include "ebpf/btf/core_rules.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::test {

inline btf::Spec parsed(const BtfWriter& writer) {
  auto spec = btf::Spec::parse(writer.finish());
  if (!spec) FAIL(spec.error().message());
  return *std::move(spec);
}

// As a kernel's types are opened: references are not checked ahead.
inline btf::Spec viewed(const BtfWriter& writer) {
  const auto bytes = std::make_shared<const Bytes>(writer.finish());
  auto spec = btf::Spec::view(*bytes, bytes);
  if (!spec) FAIL(spec.error().message());
  return *std::move(spec);
}

// A member that is a bit-field; for a composite with the kind flag, as which all its members count.
inline BtfWriter::Member bits(std::string_view name, std::uint32_t type, std::uint32_t offset, std::uint32_t size) {
  return {name, type, size << 24 | offset};
}

inline btf::CoreRelocation relocation(BtfWriter& local, btf::TypeId type, std::string_view access, btf::CoreKind kind) {
  return {0, type, local.string(access), kind};
}

inline Result<btf::CoreFix> resolve(const btf::Spec& local, const btf::CoreRelocation& relocation,
                                    const btf::Spec& target) {
  btf::CoreResolver resolver(local);
  if (auto ok = resolver.add(relocation); !ok) return std::unexpected(std::move(ok).error());
  resolver.search(target, "vmlinux");
  return resolver.resolve(relocation);
}

// One relocation, in one line.
inline Result<btf::CoreFix> resolve(BtfWriter local, btf::TypeId type, std::string_view access, btf::CoreKind kind,
                                    const BtfWriter& target) {
  const btf::CoreRelocation wanted = relocation(local, type, access, kind);
  const btf::Spec local_types = parsed(local);
  const btf::Spec target_types = viewed(target);
  return resolve(local_types, wanted, target_types);
}

// "poison", "error: …", or the new value.
inline std::string outcome(const Result<btf::CoreFix>& fix) {
  if (!fix) return "error: " + fix.error().message();
  if (fix->poison) return "poison";
  return std::to_string(static_cast<std::int64_t>(fix->new_value));
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace ebpf::test
