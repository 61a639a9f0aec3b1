// The look-ups of CollectionSpec and the initial values of variables. Reading an object is in reader.cc and its parts.
#include "ebpf/spec/spec.h"

#include <algorithm>
#include <optional>

#include "ebpf/base/text.h"

namespace ebpf {
namespace {

// The type behind a variable; nothing where BTF does not say or goes in circles.
std::optional<btf::Type> value_type(const VariableSpec& variable) {
  if (variable.type == 0) return std::nullopt;
  auto type = variable.types.strip(variable.type);
  if (type && type->is(btf::Kind::variable)) type = variable.types.strip(type->referenced());
  return type ? std::optional(*type) : std::nullopt;
}

bool is_unsigned(const btf::Type& type) {
  if (type.is_enumeration()) return !type.kind_flag();
  return type.is(btf::Kind::pointer) || (type.is(btf::Kind::integer) && !type.integer().is_signed);
}

// Whether a number, sign-extended to 64 bits where it is negative, is one of a type's values. Where the type is not
// known, signed and unsigned ones are.
bool fits(std::uint64_t bits, bool negative, std::uint32_t size, const std::optional<btf::Type>& type) {
  if (type && type->is(btf::Kind::integer) && type->integer().is_bool) return bits <= 1;
  const std::uint64_t sign = std::uint64_t{1} << (size * 8 - 1);
  if (negative) return !(type && is_unsigned(*type)) && bits >= ~(sign - 1);
  return bits <= (!type || is_unsigned(*type) ? sign | (sign - 1) : sign - 1);
}

bool is_scalar_size(std::uint32_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

Result<void> VariableSpec::set_raw(std::span<const std::byte> bytes) {
  if (bytes.size() != size)
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", size, " bytes, not ", bytes.size()));
  value.assign(bytes.begin(), bytes.end());
  return {};
}

Result<void> VariableSpec::set_integer(std::uint64_t bits, bool negative, const HostType& host) {
  const auto context = [this] { return cat("variable ", quoted(name)); };
  if (!is_scalar_size(size))
    return fail(errc::type_mismatch, cat(context(), ": it has ", size, " bytes, which is no ", describe(host)));
  const auto target = value_type(*this);
  if (type != 0) {
    // The conversion below makes any width right; what is left to check is that the variable is a scalar of that kind.
    HostType same_width = host;
    same_width.size = size;
    if (host.kind == HostKind::signed_integer || host.kind == HostKind::unsigned_integer ||
        host.kind == HostKind::boolean)
      same_width.kind = target && is_unsigned(*target) ? HostKind::unsigned_integer : HostKind::signed_integer;
    if (auto ok = check_host_type(same_width, types, type); !ok)
      return std::unexpected(std::move(ok).error().in(context()));
  }
  const bool any_byte = host.kind == HostKind::character && size == 1;
  if (!any_byte && !fits(bits, negative, size, target))
    return fail(errc::out_of_range, cat(context(), ": ", negative ? "-" : "", negative ? ~bits + 1 : bits,
                                        " does not fit into its ", size, size == 1 ? " byte" : " bytes"));
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
  }
  // Not only without BTF: the value can have been edited, and what an object says of a type's size may be wrong.
  if (bytes.size() != size || (!value.empty() && value.size() != size))
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", value.empty() ? size : value.size(),
                                         " bytes, not ", bytes.size()));
  if (value.empty())
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
  else
    std::copy(value.begin(), value.end(), bytes.begin());
  return {};
}

bool CollectionSpec::loads(const ProgramSpec& program) const {
  if (program.program_type != ProgramType::struct_ops) return program.autoload;
  bool is_callback = false;
  for (const MapSpec& each : maps) {
    const bool uses = std::ranges::find(each.callbacks, program.name, &MapCallback::program) != each.callbacks.end();
    if (uses && each.autocreate) return true;
    is_callback = is_callback || uses;
  }
  return !is_callback && program.autoload;
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
