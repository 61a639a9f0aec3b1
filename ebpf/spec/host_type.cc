// The comparison of C++ types with BTF types.
#include "ebpf/spec/host_type.h"

#include "ebpf/base/text.h"

namespace ebpf {
namespace {

constexpr std::string_view kKindWords[] = {"bool",        "character",      "signed integer", "unsigned integer",
                                           "enumeration", "floating point", "pointer",        "structure"};

// An array's innermost element, and how many of them there are in all dimensions together.
struct Flattened {
  btf::Type element;
  std::uint64_t count;
  bool is_array;
};

Result<Flattened> flatten(const btf::Spec& types, btf::TypeId id) {
  std::uint64_t count = 1;
  bool is_array = false;
  for (int depth = 0; depth < btf::kMaxDepth; ++depth) {
    EBPF_TRY(const btf::Type current, types.strip(id));
    if (current.is(btf::Kind::variable)) {
      id = current.referenced();
      continue;
    }
    if (!current.is(btf::Kind::array)) return Flattened{current, count, is_array};
    is_array = true;
    if (__builtin_mul_overflow(count, std::uint64_t{current.array().count}, &count))
      return fail(errc::malformed, "BTF: the number of elements overflows");
    id = current.array().element;
  }
  return fail(errc::malformed, "BTF: arrays nested too deep");
}

bool kinds_agree(HostKind host, btf::Type element) {
  switch (element.kind()) {
    case btf::Kind::integer: {
      const btf::IntInfo integer = element.integer();
      if (host == HostKind::character) return element.size() == 1;
      if (host == HostKind::boolean) return integer.is_bool;
      if (host == HostKind::enumeration) return true;
      if (integer.is_bool) return host == HostKind::unsigned_integer;
      return host == (integer.is_signed ? HostKind::signed_integer : HostKind::unsigned_integer);
    }
    case btf::Kind::enumeration:
    case btf::Kind::enumeration64:
      return host == HostKind::enumeration || host == HostKind::signed_integer || host == HostKind::unsigned_integer;
    case btf::Kind::floating:
      return host == HostKind::floating;
    case btf::Kind::pointer:
      return host == HostKind::unsigned_integer;
    case btf::Kind::structure:
    case btf::Kind::union_type:
      return host == HostKind::composite;
    default:
      return false;
  }
}

// The members that the C++ type lists are in the program's type, at the same places and of types that fit.
Result<void> check_members(const HostType& host, const btf::Spec& types, btf::TypeId type) {
  for (std::uint32_t i = 0; i < host.member_count; ++i) {
    const HostMember& member = host.members[i];
    const auto mismatch = [&](const auto&... words) {
      return fail(errc::type_mismatch, "member ", quoted(member.name), ": the BPF program has ", words...);
    };
    const auto place = types.locate(type, member.name);
    if (!place) return mismatch("none in ", quoted(types.describe(type)), ", the C++ type has");
    if (place->bitfield_size != 0)
      return mismatch("a bit-field of ", place->bitfield_size, " bits, which is no ", describe(member.type));
    if (place->offset != member.offset)
      return mismatch("it at byte ", place->offset, " of ", quoted(types.describe(type)), ", the C++ type at byte ",
                      member.offset);
    EBPF_CHECK_IN(check_host_type(member.type, types, place->type), "member ", quoted(member.name));
  }
  return {};
}

}  // namespace

std::string describe(const HostType& host) {
  const std::string_view word = kKindWords[static_cast<std::size_t>(host.kind)];
  if (!host.is_array) return cat(word, " of ", host.size, host.size == 1 ? " byte" : " bytes");
  const std::uint32_t each = host.count == 0 ? 0 : host.size / host.count;
  return cat("array of ", host.count, " ", word, host.count == 1 ? "" : "s", " of ", each,
             each == 1 ? " byte" : " bytes");
}

Result<void> check_host_type(const HostType& host, const btf::Spec& types, btf::TypeId type) {
  EBPF_TRY(const std::uint64_t size, types.size_of(type));
  EBPF_TRY(const Flattened& flat, flatten(types, type));
  const auto mismatch = [&] {
    const bool address = flat.element.is(btf::Kind::pointer) && !flat.is_array && host.kind == HostKind::pointer;
    return fail(errc::type_mismatch, "the BPF program has a ", quoted(types.describe(type)), " of ", size,
                size == 1 ? " byte" : " bytes", ", which is no ", describe(host),
                address ? " here: see it as a std::uint64_t" : "");
  };
  if (size != host.size) return mismatch();
  if (host.is_array != flat.is_array || (host.is_array && host.count != flat.count)) return mismatch();
  if (!kinds_agree(host.kind, flat.element)) return mismatch();
  return check_members(host, types, flat.element.id());
}

}  // namespace ebpf
