// The initial values of variables: of all of one, or of a part of it that a path leads to.
#include <algorithm>
#include <optional>

#include "ebpf/base/text.h"
#include "ebpf/spec/spec.h"

namespace ebpf {
namespace {

// What a path leads to: `size` bytes at `offset` of the variable, and of a bit-field some bits of them.
struct Part {
  std::uint32_t offset;
  std::uint32_t size;
  btf::TypeId type;                                  // 0 where BTF does not say
  std::optional<btf::Type> stripped = std::nullopt;  // behind variable, typedefs and qualifiers
  std::uint32_t bit_offset = 0;
  std::uint32_t bits = 0;  // 0 where it is no bit-field
};

std::optional<btf::Type> strip(const btf::Spec& types, btf::TypeId id) {
  auto type = types.strip(id);
  if (type && type->is(btf::Kind::variable)) type = types.strip(type->referenced());
  return type ? std::optional(*type) : std::nullopt;
}

Result<Part> locate(const VariableSpec& variable, std::string_view path) {
  if (variable.type == 0 && path.empty()) return Part{.offset = 0, .size = variable.size, .type = 0};
  if (variable.type == 0)
    return fail(errc::invalid_argument, "without types (BTF) there is nobody to say where that is");
  EBPF_TRY(const btf::MemberPlace& place, variable.types.locate(variable.type, path));
  std::uint64_t size = variable.size;
  if (place.bitfield_size != 0)
    size = (place.bit_offset + std::uint64_t{place.bitfield_size} + 7) / 8;
  else if (!path.empty()) {
    EBPF_TRY(size, variable.types.size_of(place.type));
  }
  if (!in_bounds(place.offset, size, variable.size))
    return fail(errc::out_of_range, "it is outside of the variable's ", variable.size, " bytes");
  return Part{.offset = static_cast<std::uint32_t>(place.offset),
              .size = static_cast<std::uint32_t>(size),
              .type = path.empty() ? variable.type : place.type,
              .stripped = strip(variable.types, place.type),
              .bit_offset = place.bit_offset,
              .bits = place.bitfield_size};
}

bool is_unsigned(btf::Type type) {
  if (type.is_enumeration()) return !type.kind_flag();
  return type.is(btf::Kind::pointer) || (type.is(btf::Kind::integer) && !type.integer().is_signed);
}

// Whether a number, sign-extended to 64 bits where it is negative, is one of a type's values in so many bits. Where the
// type is not known, signed and unsigned ones are.
bool fits(std::uint64_t number, bool negative, std::uint32_t bits, const std::optional<btf::Type>& type) {
  if (type && type->is(btf::Kind::integer) && type->integer().is_bool) return number <= 1;
  const std::uint64_t sign = std::uint64_t{1} << (bits - 1);
  if (negative) return !(type && is_unsigned(*type)) && number >= ~(sign - 1);
  return number <= (!type || is_unsigned(*type) ? sign | (sign - 1) : sign - 1);
}

bool is_scalar_size(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

// Whether an integer of the host may be written there, whatever its width: the conversion makes that right.
Result<void> check_integer(const VariableSpec& variable, const Part& part, HostType host) {
  if (part.type == 0) return {};
  EBPF_TRY(const std::uint64_t size, variable.types.size_of(part.type));
  host.size = static_cast<std::uint32_t>(size);
  if (host.kind == HostKind::signed_integer || host.kind == HostKind::unsigned_integer ||
      host.kind == HostKind::boolean)
    host.kind = part.stripped && is_unsigned(*part.stripped) ? HostKind::unsigned_integer : HostKind::signed_integer;
  return check_host_type(host, variable.types, part.type);
}

// One bit after the other: a bit-field may lie across any bytes, and counts from the other end in the other byte order.
void put_bits(std::span<std::byte> bytes, const Part& part, std::uint64_t number, ByteOrder order) {
  for (std::uint32_t i = 0; i < part.bits; ++i) {
    const bool little = order == ByteOrder::little;
    const std::uint32_t at = part.bit_offset + (little ? i : part.bits - 1 - i);
    const auto mask = static_cast<std::byte>(little ? 1u << (at % 8) : 0x80u >> (at % 8));
    std::byte& byte = bytes[part.offset + at / 8];
    byte = (number >> i & 1) != 0 ? byte | mask : byte & ~mask;
  }
}

void put_number(std::span<std::byte> bytes, const Part& part, std::uint64_t number, ByteOrder order) {
  for (std::uint32_t i = 0; i < part.size; ++i) {
    const std::uint32_t place = order == ByteOrder::little ? i : part.size - 1 - i;
    bytes[part.offset + place] = static_cast<std::byte>(number >> (8 * i));
  }
}

Result<void> put_integer(VariableSpec& variable, std::string_view path, std::uint64_t bits, bool negative,
                         const HostType& host) {
  EBPF_TRY(const Part& part, locate(variable, path));
  if (part.bits == 0 && !is_scalar_size(part.size))
    return fail(errc::type_mismatch, "it has ", part.size, " bytes, which is no ", describe(host));
  EBPF_CHECK(check_integer(variable, part, host));
  const bool any_byte = host.kind == HostKind::character && part.bits == 0 && part.size == 1;
  const std::uint32_t width = part.bits != 0 ? part.bits : part.size * 8;
  if (width > 64) return fail(errc::malformed, "BTF: a bit-field of ", width, " bits");
  if (!any_byte && !fits(bits, negative, width, part.stripped)) {
    const bool is_one = (part.bits != 0 ? part.bits : part.size) == 1;
    return fail(errc::out_of_range, negative ? "-" : "", negative ? ~bits + 1 : bits, " does not fit into its ",
                part.bits != 0 ? part.bits : part.size, part.bits != 0 ? " bit" : " byte", is_one ? "" : "s");
  }
  variable.value.resize(variable.size);
  if (part.bits != 0)
    put_bits(variable.value, part, bits, variable.byte_order);
  else
    put_number(variable.value, part, bits, variable.byte_order);
  return {};
}

Result<void> put_bytes(VariableSpec& variable, std::string_view path, std::span<const std::byte> bytes,
                       const HostType& host) {
  const std::uint32_t each = host.count == 0 ? 0 : host.size / host.count;
  const bool is_number = host.kind == HostKind::floating && !host.is_array;
  const bool swap = variable.byte_order != kHostByteOrder && each > 1;
  if (swap && !is_number)
    return fail(errc::unsupported_input, "the object is of the other byte order; set its bytes with set_raw");
  EBPF_TRY(const Part& part, locate(variable, path));
  if (part.bits != 0) return fail(errc::type_mismatch, "a bit-field is no ", describe(host));
  if (part.type != 0) EBPF_CHECK(check_host_type(host, variable.types, part.type));
  // Not only without BTF: what an object says of a type's size may be wrong.
  if (bytes.size() != part.size) return fail(errc::type_mismatch, "it has ", part.size, " bytes, not ", bytes.size());
  variable.value.resize(variable.size);
  const auto place = std::span(variable.value).subspan(part.offset, part.size);
  std::copy(bytes.begin(), bytes.end(), place.begin());
  if (swap) std::reverse(place.begin(), place.end());
  return {};
}

Result<void> take_bytes(const VariableSpec& variable, std::string_view path, std::span<std::byte> bytes,
                        const HostType& host) {
  if (variable.byte_order != kHostByteOrder && host.size > 1)
    return fail(errc::unsupported_input, "the object is of the other byte order");
  EBPF_TRY(const Part& part, locate(variable, path));
  if (part.bits != 0) return fail(errc::unsupported_input, "it is a bit-field, which shares its word with others");
  if (part.type != 0) EBPF_CHECK(check_host_type(host, variable.types, part.type));
  // The value can have been edited.
  const std::vector<std::byte>& value = variable.value;
  if (!value.empty() && value.size() != variable.size)
    return fail(errc::type_mismatch, "it has ", value.size(), " bytes, not ", bytes.size());
  if (bytes.size() != part.size) return fail(errc::type_mismatch, "it has ", part.size, " bytes, not ", bytes.size());
  if (value.empty())
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  else
    std::copy_n(value.begin() + part.offset, part.size, bytes.begin());
  return {};
}

}  // namespace

std::string part_name(std::string_view variable, std::string_view path) {
  return cat(variable, path.empty() || path.starts_with('[') ? "" : ".", path);
}

Result<void> VariableSpec::set_raw(std::span<const std::byte> bytes) {
  if (bytes.size() != size)
    return fail(errc::type_mismatch, "variable ", quoted(name), ": it has ", size, " bytes, not ", bytes.size());
  value.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> VariableSpec::set_integer(std::string_view path, std::uint64_t bits, bool negative, const HostType& host) {
  EBPF_CHECK_IN(put_integer(*this, path, bits, negative, host), "variable ", quoted(part_name(name, path)));
  return {};
}

Result<void> VariableSpec::set_bytes(std::string_view path, std::span<const std::byte> bytes, const HostType& host) {
  EBPF_CHECK_IN(put_bytes(*this, path, bytes, host), "variable ", quoted(part_name(name, path)));
  return {};
}

Result<void> VariableSpec::get_bytes(std::string_view path, std::span<std::byte> bytes, const HostType& host) const {
  EBPF_CHECK_IN(take_bytes(*this, path, bytes, host), "variable ", quoted(part_name(name, path)));
  return {};
}

}  // namespace ebpf
