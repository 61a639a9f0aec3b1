// Values of variables from the command line. (Printing them is btf/'s.)
#include "tools/cli/value.h"

#include <charconv>
#include <cstdlib>
#include <cstring>

#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

// A number in decimal or 0x…, with its sign apart.
bool parse_number(std::string_view text, std::uint64_t& magnitude, bool& negative) {
  negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const int base = text.starts_with("0x") || text.starts_with("0X") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), magnitude, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<void> set_number(VariableSpec& variable, std::string_view text) {
  if (text == "true" || text == "false") return variable.set(text == "true");
  std::uint64_t magnitude = 0;
  bool negative = false;
  if (!parse_number(text, magnitude, negative))
    return fail(errc::invalid_argument, cat(quoted(text), " is no value for variable ", quoted(variable.name)));
  if (!negative) return variable.set(magnitude);
  if (magnitude > std::uint64_t{1} << 63) return fail(errc::out_of_range, cat(text, " is too small"));
  return variable.set(static_cast<std::int64_t>(0 - magnitude));
}

Result<void> set_floating(VariableSpec& variable, std::string_view text) {
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (copy.empty() || *end != '\0') return fail(errc::invalid_argument, cat(quoted(text), " is no number"));
  return variable.size == sizeof(float) ? variable.set(static_cast<float>(value)) : variable.set(value);
}

Result<void> set_text(VariableSpec& variable, std::string_view text) {
  if (text.size() >= variable.size)
    return fail(errc::out_of_range,
                cat("a text of ", text.size(), " characters does not fit into ", variable.size, " bytes"));
  std::vector<std::byte> bytes(variable.size);
  std::memcpy(bytes.data(), text.data(), text.size());
  return variable.set_raw(bytes);
}

Result<void> set_typed(VariableSpec& variable, const btf::Type& type, std::string_view text) {
  if (type.is(btf::Kind::floating)) return set_floating(variable, text);
  if (type.is(btf::Kind::array)) {
    const auto element = variable.types.strip(type.array().element);
    if (element && element->is(btf::Kind::integer) && element->size() == 1) return set_text(variable, text);
  }
  if (type.is_enumeration())
    for (std::uint32_t i = 0; i < type.vlen(); ++i)
      if (type.enumerator(i).name == text) return variable.set(type.enumerator(i).value);
  return set_number(variable, text);
}

}  // namespace

Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return fail(errc::invalid_argument, cat("--set ", assignment, ": it must be VAR=VALUE"));
  auto variable = spec.variable(assignment.substr(0, equals));
  if (!variable) return std::unexpected(std::move(variable).error());
  const std::string_view text = assignment.substr(equals + 1);
  if (variable->type == 0) return set_number(*variable, text);
  EBPF_TRY(const btf::Type declared, variable->types.type(variable->type));
  EBPF_TRY(const btf::Type type, variable->types.strip(declared.referenced()));
  return set_typed(*variable, type, text);
}

}  // namespace ebpf::cli
