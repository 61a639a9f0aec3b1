// Values of variables from the command line. (Printing them is btf/'s.)
#include "tools/cli/value.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/base/number.h"
#include "ebpf/base/real.h"
#include "ebpf/base/text.h"

namespace ebpf::cli {
namespace {

Result<void> set_number(VariableSpec& variable, std::string_view path, std::string_view text) {
  if (text == "true" || text == "false") return variable.set_field(path, text == "true");
  const auto number = parse_signed(text);
  if (!number)
    return fail(errc::invalid_argument, quoted(text), " is no value for variable ",
                quoted(part_name(variable.name, path)));
  if (!number->is_negative) return variable.set_field(path, number->magnitude);
  if (number->magnitude > std::uint64_t{1} << 63) return fail(errc::out_of_range, text, " is too small");
  return variable.set_field(path, static_cast<std::int64_t>(0 - number->magnitude));
}

Result<void> set_floating(VariableSpec& variable, std::string_view path, std::uint64_t size, std::string_view text) {
  const auto set = [&](const auto& number) -> Result<void> {
    if (!number) return fail(errc::invalid_argument, quoted(text), " is no number, or a greater one than fits");
    return variable.set_field(path, *number);
  };
  return size == sizeof(float) ? set(parse_float(text)) : set(parse_double(text));
}

// Into an array of char, NUL behind it.
Result<void> set_characters(VariableSpec& variable, std::string_view path, std::uint32_t count, std::string_view text) {
  if (text.size() >= count)
    return fail(errc::out_of_range, "variable ", quoted(part_name(variable.name, path)), ": a text of ", text.size(),
                " characters does not fit into ", count, " bytes");
  for (std::uint32_t i = 0; i < count; ++i)
    EBPF_CHECK(variable.set_field(cat(path, "[", i, "]"), i < text.size() ? text[i] : '\0'));
  return {};
}

bool is_character(const btf::Spec& types, btf::TypeId id) {
  const auto type = types.strip(id);
  return type && type->is(btf::Kind::integer) && type->size() == 1 &&
         (type->integer().is_char || type->name() == "char");
}

// An enumerator, or several of a set of flags: "READ|WRITE". Nothing where one of the names is none.
std::optional<std::uint64_t> enumerator_value(btf::Type type, std::string_view text) {
  if (text.ends_with('|')) return std::nullopt;
  std::uint64_t all = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find('|'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    bool found = false;
    for (std::uint32_t i = 0; i < type.vlen() && !found; ++i) {
      found = type.enumerator(i).name == name;
      if (found) all |= static_cast<std::uint64_t>(type.enumerator(i).value);
    }
    if (!found) return std::nullopt;
  }
  return text.empty() ? std::nullopt : std::optional(all);
}

// Reads a value in braces, brackets and commas, and sets what it names as it goes along.
class Parser {
 public:
  Parser(VariableSpec& variable, std::string_view text, std::vector<std::string>* leaves)
      : variable_(variable), text_(text), rest_(text), leaves_(leaves) {}

  Result<void> parse(const std::string& path) {
    EBPF_CHECK(value(path, 0));
    if (!next().empty()) return bad("there is something behind the value");
    return {};
  }

 private:
  Failure bad(std::string_view why) const {
    return fail(errc::invalid_argument, quoted(text_), ": at character ", text_.size() - rest_.size() + 1, ": ", why);
  }

  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
    return rest_;
  }
  bool take(char wanted) {
    if (!next().starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  char take_char() {
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return last_;
  }

  // What follows a backslash. \u for the characters of one byte in UTF-8, which are those that JSON has to escape.
  Result<void> escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return bad("the text has no end");
    const char name = take_char();
    if (const std::size_t known = kNames.find(name); known != kNames.npos) {
      out += kMeant[known];
      return {};
    }
    const std::size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : 0;
    const auto value = parse_unsigned(rest_.substr(0, digits), 16);
    if (!value || rest_.size() < digits) return bad("there is no such escape; there are \\xNN and those of JSON");
    if (name == 'u' && *value >= 0x80) return bad("\\u is for characters below 0x80; write the others as they are");
    out += static_cast<char>(*value);
    rest_.remove_prefix(digits);
    return {};
  }

  // A word up to what ends it, or a text between double quotes, with the escapes of JSON and the \xNN of what is
  // printed.
  Result<std::string> word(std::string_view ends) {
    std::string out;
    if (!take('"')) {
      const std::size_t length = std::min(next().find_first_of(ends), rest_.size());
      out = rest_.substr(0, length);
      rest_.remove_prefix(length);
      while (out.ends_with(' ')) out.pop_back();
      return out;
    }
    while (!rest_.empty() && rest_.front() != '"') {
      if (take_char() == '\\')
        EBPF_CHECK(escape(out));
      else
        out += last_;
    }
    if (rest_.empty()) return bad("the text has no end");
    rest_.remove_prefix(1);
    return out;
  }

  Result<void> value(const std::string& path, int depth) {
    if (depth > btf::kMaxDepth) return bad("nested too deep");
    if (take('{')) return members(path, depth);
    if (take('[')) return elements(path, depth);
    EBPF_TRY(const std::string& text, word(",]}"));
    return set_from_text(variable_, path, text, leaves_);
  }

  Result<void> members(const std::string& path, int depth) {
    while (!take('}')) {
      EBPF_TRY(const std::string& name, word("=:,}"));
      if (!take('=') && !take(':')) return bad("a member is NAME = VALUE");
      EBPF_CHECK(value(path.empty() ? name : cat(path, ".", name), depth + 1));
      if (!take(',') && !next().starts_with('}')) return bad("a comma or } is missing");
    }
    return {};
  }

  Result<void> elements(const std::string& path, int depth) {
    for (std::uint32_t index = 0; !take(']'); ++index) {
      EBPF_CHECK(value(cat(path, "[", index, "]"), depth + 1));
      if (!take(',') && !next().starts_with(']')) return bad("a comma or ] is missing");
    }
    return {};
  }

  VariableSpec& variable_;
  std::string_view text_;
  std::string_view rest_;
  char last_ = 0;  // what take_char() took
  std::vector<std::string>* leaves_;
};

// A single value, by its type.
Result<void> set_typed(VariableSpec& variable, std::string_view path, btf::Type type, std::string_view text) {
  if (type.is(btf::Kind::floating)) return set_floating(variable, path, type.size(), text);
  if (type.is_composite())
    return fail(errc::type_mismatch, "variable ", quoted(part_name(variable.name, path)),
                ": it is a structure, to be set by its members: {a = 1, b = 2}");
  if (type.is(btf::Kind::array)) {
    if (is_character(variable.types, type.array().element))
      return set_characters(variable, path, type.array().count, text);
    return fail(errc::type_mismatch, "variable ", quoted(part_name(variable.name, path)),
                ": it is an array, to be set as [1, 2, 3]");
  }
  if (type.is_enumeration())
    if (const auto value = enumerator_value(type, text))
      return type.kind_flag() ? variable.set_field(path, static_cast<std::int64_t>(*value))
                              : variable.set_field(path, *value);
  return set_number(variable, path, text);
}

}  // namespace

Result<void> set_from_text(VariableSpec& variable, std::string_view path, std::string_view text,
                           std::vector<std::string>* leaves) {
  const auto done = [&](Result<void> result) {
    if (result && leaves != nullptr) leaves->emplace_back(path);
    return result;
  };
  if (variable.type == 0) return done(set_number(variable, path, text));
  auto place = variable.types.locate(variable.type, path);
  if (!place) return fail_in(std::move(place), "variable ", quoted(variable.name));
  EBPF_TRY(btf::Type type, variable.types.strip(place->type));
  if (type.is(btf::Kind::variable)) {
    EBPF_TRY(type, variable.types.strip(type.referenced()));
  }
  // A text may begin with a bracket as with anything.
  const bool has_parts =
      type.is_composite() || (type.is(btf::Kind::array) && !is_character(variable.types, type.array().element));
  if (has_parts && (text.starts_with('{') || text.starts_with('[')))
    return Parser(variable, text, leaves).parse(std::string(path));
  return done(set_typed(variable, path, type, text));
}

Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return fail(errc::invalid_argument, "--set ", assignment, ": it must be VAR=VALUE");
  std::vector<std::string_view> names;
  for (const VariableSpec& variable : spec.variables) names.push_back(variable.name);
  const std::string_view target = assignment.substr(0, equals);
  const NameAndPath found = split_name(target, names).value_or(NameAndPath{target, ""});
  auto variable = spec.variable(found.name);
  if (!variable) return fail_in(std::move(variable));
  return set_from_text(*variable, found.path, assignment.substr(equals + 1));
}

std::optional<NameAndPath> split_name(std::string_view text, std::span<const std::string_view> names) {
  std::optional<NameAndPath> longest;
  for (const std::string_view name : names) {
    if (!text.starts_with(name) || (longest && longest->name.size() >= name.size())) continue;
    const std::string_view rest = text.substr(name.size());
    if (rest.empty() || rest.starts_with('['))
      longest = {name, rest};
    else if (rest.starts_with('.'))
      longest = {name, rest.substr(1)};
  }
  return longest;
}

}  // namespace ebpf::cli
