// The look-ups of CollectionSpec and the initial values of variables. Reading an object is in reader.cc and its parts.
#include "ebpf/spec/spec.h"

#include <algorithm>

#include "ebpf/base/text.h"

namespace ebpf {
namespace {

// Whether the type behind a variable is unsigned, where BTF says so; nothing where it does not.
bool is_unsigned_in_btf(const VariableSpec& variable) {
  const auto type = variable.types.strip(variable.type);
  if (!type) return false;
  const auto value = type->is(btf::Kind::variable) ? variable.types.strip(type->referenced()) : type;
  if (!value) return false;
  if (value->is_enumeration()) return !value->kind_flag();
  return value->is(btf::Kind::pointer) || (value->is(btf::Kind::integer) && !value->integer().is_signed);
}

// Whether `bits`, sign-extended from a signed host type or not, can be said in so many bytes.
bool fits(std::uint64_t bits, bool host_signed, std::uint32_t size, bool target_unsigned, bool target_known) {
  const auto as_signed = static_cast<std::int64_t>(bits);
  const bool negative = host_signed && as_signed < 0;
  if (negative && target_known && target_unsigned) return false;
  if (size == 8) return negative || !target_known || target_unsigned || as_signed >= 0;
  const std::uint64_t unsigned_limit = std::uint64_t{1} << (size * 8);
  const std::int64_t signed_limit = std::int64_t{1} << (size * 8 - 1);
  if (negative) return as_signed >= -signed_limit;
  const bool as_unsigned = !target_known || target_unsigned;
  return bits < (as_unsigned ? unsigned_limit : static_cast<std::uint64_t>(signed_limit));
}

bool is_scalar_size(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

Result<void> VariableSpec::set_raw(std::span<const std::byte> bytes) {
  if (bytes.size() != size)
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", size, " bytes, not ", bytes.size()));
  value.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> VariableSpec::set_integer(std::uint64_t bits, const HostType& host) {
  const auto context = [this] { return cat("variable ", quoted(name)); };
  if (!is_scalar_size(size))
    return fail(errc::type_mismatch, cat(context(), ": it has ", size, " bytes, which is no ", describe(host)));
  const bool host_signed =
      host.kind == HostKind::signed_integer || host.kind == HostKind::enumeration || host.kind == HostKind::character;
  if (!host_signed && host.size < 8) bits &= (std::uint64_t{1} << (host.size * 8)) - 1;
  if (type != 0) {
    // The conversion below makes any width right; what is left to check is that the variable is a scalar of that kind.
    HostType same_width = host;
    same_width.size = size;
    if (host.kind == HostKind::signed_integer || host.kind == HostKind::unsigned_integer ||
        host.kind == HostKind::boolean)
      same_width.kind = is_unsigned_in_btf(*this) ? HostKind::unsigned_integer : HostKind::signed_integer;
    if (auto ok = check_host_type(same_width, types, type); !ok)
      return std::unexpected(std::move(ok).error().in(context()));
  }
  if (!fits(bits, host_signed, size, is_unsigned_in_btf(*this), type != 0))
    return fail(errc::out_of_range,
                cat(context(), ": ", static_cast<std::int64_t>(bits), " does not fit into its ", size, " bytes"));
  value.resize(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t place = byte_order == ByteOrder::little ? i : size - 1 - i;
    value[place] = static_cast<std::byte>(bits >> (8 * i));
  }
  return {};
}

Result<void> VariableSpec::set_bytes(std::span<const std::byte> bytes, const HostType& host) {
  if (byte_order != kHostByteOrder)
    return fail(errc::unsupported_input,
                cat("variable ", quoted(name), ": the object is of the other byte order; set its bytes with set_raw"));
  if (type != 0) {
    if (auto ok = check_host_type(host, types, type); !ok)
      return std::unexpected(std::move(ok).error().in(cat("variable ", quoted(name))));
  }
  return set_raw(bytes);
}

Result<void> VariableSpec::get_bytes(std::span<std::byte> bytes, const HostType& host) const {
  if (byte_order != kHostByteOrder && host.size > 1)
    return fail(errc::unsupported_input, cat("variable ", quoted(name), ": the object is of the other byte order"));
  if (type != 0) {
    if (auto ok = check_host_type(host, types, type); !ok)
      return std::unexpected(std::move(ok).error().in(cat("variable ", quoted(name))));
  } else if (bytes.size() != size) {
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", size, " bytes, not ", bytes.size()));
  }
  if (value.empty())
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  else
    std::copy(value.begin(), value.end(), bytes.begin());
  return {};
}

Found<MapSpec> CollectionSpec::map(std::string_view map_name) { return find_by_name<MapSpec>(maps, map_name, "map"); }
Found<const MapSpec> CollectionSpec::map(std::string_view map_name) const {
  return find_by_name<const MapSpec>(maps, map_name, "map");
}
Found<ProgramSpec> CollectionSpec::program(std::string_view program_name) {
  return find_by_name<ProgramSpec>(programs, program_name, "program");
}
Found<const ProgramSpec> CollectionSpec::program(std::string_view program_name) const {
  return find_by_name<const ProgramSpec>(programs, program_name, "program");
}
Found<VariableSpec> CollectionSpec::variable(std::string_view variable_name) {
  return find_by_name<VariableSpec>(variables, variable_name, "variable");
}
Found<const VariableSpec> CollectionSpec::variable(std::string_view variable_name) const {
  return find_by_name<const VariableSpec>(variables, variable_name, "variable");
}

std::string_view object_name(std::string_view path) {
  if (const auto slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.substr(0, path.find('.'));
}

}  // namespace ebpf
