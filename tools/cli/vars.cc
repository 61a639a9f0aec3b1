// ebpf vars: the global variables of whatever is loaded on this machine, listed, shown, changed and watched by the
// types that their BTF gives them.
#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
#include "ebpf/variable.h"
#include "tools/cli/command.h"
#include "tools/cli/loaded.h"
#include "tools/cli/value.h"
#include "tools/cli/watch.h"

namespace ebpf::cli {
namespace {

ExitStatus failed(const Error& error) {
  print_error(error);
  return error.code() == errc::denied ? kDenied : kNo;
}

std::string programs_of(const LoadedSection& section) {
  std::string out;
  for (const ProgramName& program : section.programs)
    out += cat(out.empty() ? "" : ", ", program.name, " (", program.id, ")");
  return out.empty() ? "no program" : out;
}

// A bit-field's value, which is nobody's own bytes, as the bytes of its type.
std::vector<std::byte> extract_bits(std::span<const std::byte> bytes, const btf::MemberPlace& place, std::uint64_t size,
                                    bool is_signed) {
  std::uint64_t number = 0;
  for (std::uint32_t i = 0; i < place.bitfield_size && i < 64; ++i) {
    const bool little = kHostByteOrder == ByteOrder::little;
    const std::uint64_t at = place.offset * 8 + place.bit_offset + (little ? i : place.bitfield_size - 1 - i);
    if (at / 8 >= bytes.size()) break;
    const auto byte = std::to_integer<std::uint64_t>(bytes[at / 8]);
    number |= (byte >> (little ? at % 8 : 7 - at % 8) & 1) << i;
  }
  if (is_signed && place.bitfield_size > 0 && place.bitfield_size < 64 &&
      (number >> (place.bitfield_size - 1) & 1) != 0)
    number |= ~std::uint64_t{0} << place.bitfield_size;
  std::vector<std::byte> out(size);
  for (std::uint64_t i = 0; i < size; ++i)
    out[kHostByteOrder == ByteOrder::little ? i : size - 1 - i] =
        static_cast<std::byte>(i < 8                              ? number >> (8 * i)
                               : is_signed && (number >> 63) != 0 ? 0xff
                                                                  : 0);
  return out;
}

struct Value {
  btf::TypeId type;
  std::vector<std::byte> bytes;
};

Result<Value> read_value(const Variable& variable, std::string_view path) {
  std::vector<std::byte> bytes(variable.size());
  EBPF_CHECK(variable.read(bytes));
  if (path.empty()) return Value{variable.type(), std::move(bytes)};
  const btf::Spec& types = variable.types();
  auto place = types.locate(variable.type(), path);
  if (!place) return fail_in(std::move(place), "variable ", quoted(variable.name));
  EBPF_TRY(const std::uint64_t size, types.size_of(place->type));
  if (place->bitfield_size > 64)
    return fail(errc::unsupported_input, "variable ", quoted(variable.name), ": ", quoted(path), " is a bit-field of ",
                place->bitfield_size, " bits, and 64 is what can be shown");
  if (place->bitfield_size != 0 && size <= 16) {
    EBPF_TRY(const btf::Type type, types.strip(place->type));
    const bool is_signed = type.is_enumeration() ? type.kind_flag() : type.integer().is_signed;
    return Value{place->type, extract_bits(bytes, *place, size, is_signed)};
  }
  if (!in_bounds(place->offset, size, bytes.size()))
    return fail(errc::out_of_range, "variable ", quoted(variable.name), ": ", quoted(path), " is outside of its ",
                bytes.size(), " bytes");
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(place->offset);
  return Value{place->type, std::vector<std::byte>(first, first + static_cast<std::ptrdiff_t>(size))};
}

Result<void> print_value(const LoadedSection& section, const Variable& variable, std::string_view path, bool as_json) {
  EBPF_TRY(const Value& value, read_value(variable, path));
  const btf::Spec& types = variable.types();
  if (!as_json) {
    print(part_name(variable.name, path), " = ", value_to_text(types, value.type, value.bytes, kHostByteOrder), '\n');
    return {};
  }
  Json json;
  json.open_object().key("map_id").number(section.map_id).key("map").string(section.map_name);
  json.key("name").string(part_name(variable.name, path)).key("type").string(types.describe(value.type));
  json.key("constant").boolean(variable.is_constant()).key("value");
  value_to_json(json, types, value.type, value.bytes, kHostByteOrder);
  json.close_object();
  print_line(json);
  return {};
}

void list_as_json(const LoadedSection& section, const Variable& variable) {
  Json json;
  json.open_object().key("map_id").number(section.map_id).key("map").string(section.map_name).key("programs");
  json.open_array();
  for (const ProgramName& program : section.programs)
    json.open_object().key("id").number(program.id).key("name").string(program.name).close_object();
  json.close_array().key("name").string(variable.name).key("section").string(variable.section());
  json.key("type").string(variable.types().describe(variable.type())).key("offset").number(variable.offset());
  json.key("size").number(variable.size()).key("constant").boolean(variable.is_constant());
  json.key("static").boolean(variable.is_static()).close_object();
  print_line(json);
}

std::string_view first_operand(const Arguments& arguments) {
  return arguments.operands.empty() ? std::string_view() : arguments.operands.front();
}

ExitStatus run_list(const Arguments& arguments) {
  const auto selection = select_loaded(first_operand(arguments));
  if (!selection) return failed(selection.error());
  std::optional<Chosen> only;
  if (!selection->rest.empty()) {
    const auto chosen = choose_variable(*selection);
    if (!chosen) return failed(chosen.error());
    only = *chosen;
  }
  for (const LoadedSection& section : selection->sections) {
    if (only && only->section != &section) continue;
    if (!arguments.has("--json"))
      print("map ", section.map_id, ' ', section.map_name, ", used by ", programs_of(section), '\n');
    for (const Variable& variable : section.variables) {
      if (only && only->variable != &variable) continue;
      if (arguments.has("--json"))
        list_as_json(section, variable);
      else
        print("  ", variable.name, ": ", variable.types().describe(variable.type()),
              variable.is_constant() ? " (constant)\n" : "\n");
    }
  }
  return kOk;
}

Result<void> get(std::string_view wanted, bool as_json) {
  EBPF_TRY(const Selection& selection, select_loaded(wanted));
  if (!selection.rest.empty()) {
    EBPF_TRY(const Chosen& chosen, choose_variable(selection));
    return print_value(*chosen.section, *chosen.variable, chosen.path, as_json);
  }
  for (const LoadedSection& section : selection.sections)
    for (const Variable& variable : section.variables) EBPF_CHECK(print_value(section, variable, "", as_json));
  return {};
}

ExitStatus run_get(const Arguments& arguments) {
  for (const std::string_view wanted : arguments.operands)
    if (auto ok = get(wanted, arguments.has("--json")); !ok) return failed(ok.error());
  return kOk;
}

// The variable with what the text says, beside it; and which parts those are.
struct Change {
  VariableSpec wanted;
  std::vector<std::string> leaves;
};

Result<Change> read_change(const Chosen& chosen, std::string_view text) {
  const Variable& variable = *chosen.variable;
  Change change;
  change.wanted.name = variable.name;
  change.wanted.size = variable.size();
  change.wanted.type = variable.type();
  change.wanted.types = variable.types();
  change.wanted.value.resize(variable.size());
  EBPF_CHECK(variable.read(change.wanted.value));
  EBPF_CHECK(set_from_text(change.wanted, chosen.path, text, &change.leaves));
  return change;
}

// Part by part, so that what was not named is not written to: the program may be changing it. All parts are looked for
// before the first is written.
Result<void> apply(const Variable& variable, const Change& change) {
  std::vector<Variable> parts;
  for (const std::string& leaf : change.leaves) {
    if (leaf.empty()) {
      parts.push_back(variable);
      continue;
    }
    EBPF_TRY(Variable part, variable.field(leaf));
    parts.push_back(std::move(part));
  }
  for (const Variable& part : parts)
    EBPF_CHECK(part.write(std::span(change.wanted.value).subspan(part.offset() - variable.offset(), part.size())));
  return {};
}

ExitStatus run_set(const Arguments& arguments) {
  const auto selection = select_loaded(arguments.operands[0]);
  if (!selection) return failed(selection.error());
  if (selection->rest.empty()) {
    print_error(Error(errc::invalid_argument, cat(quoted(arguments.operands[0]), ": which variable of it?")));
    return kUsage;
  }
  const auto chosen = choose_variable(*selection);
  if (!chosen) return failed(chosen.error());
  const Variable& variable = *chosen->variable;
  if (variable.is_constant())
    return failed(Error(errc::read_only, cat("variable ", quoted(variable.name), " is a constant (", variable.section(),
                                             "): the program was verified with its value; it can be set before loading "
                                             "only (ebpf run --set)")));
  const auto change = read_change(*chosen, arguments.operands[1]);
  if (!change) {
    const errc code = change.error().code();
    constexpr errc kOfTheValue[] = {errc::out_of_range, errc::invalid_argument, errc::type_mismatch, errc::not_found};
    if (std::ranges::find(kOfTheValue, code) == std::end(kOfTheValue)) return failed(change.error());
    print_error(change.error());
    return kUsage;
  }
  if (!variable.is_mapped())
    diagnose("section ", variable.section(), " is not mapped into memory: all of it is read and written back");
  if (auto ok = apply(variable, *change); !ok) return failed(ok.error());
  if (auto ok = print_value(*chosen->section, variable, chosen->path, arguments.has("--json")); !ok)
    return failed(ok.error());
  return kOk;
}

Result<void> watch_loaded(const Arguments& arguments, std::optional<std::uint64_t> seconds) {
  std::vector<Watched> watched;
  for (const std::string_view wanted : arguments.operands) {
    EBPF_TRY(const Selection& selection, select_loaded(wanted));
    if (selection.rest.empty()) {
      for (const LoadedSection& section : selection.sections)
        for (const Variable& variable : section.variables)
          if (!variable.is_constant()) watched.push_back({.name = variable.name, .variable = variable});
      continue;
    }
    EBPF_TRY(const Chosen& chosen, choose_variable(selection));
    EBPF_TRY(Watched part, watched_part(wanted, *chosen.variable, chosen.path));
    watched.push_back(std::move(part));
  }
  if (watched.empty()) return fail(errc::not_found, "there is no variable to watch");
  return watch(watched, seconds, arguments.has("--json"));
}

ExitStatus run_watch(const Arguments& arguments) {
  const auto seconds = parse_seconds(arguments);
  if (!seconds) {
    print_error(seconds.error());
    return kUsage;
  }
  stop_at_signals();
  if (auto ok = watch_loaded(arguments, *seconds); !ok) return failed(ok.error());
  return kOk;
}

constexpr Option kOptions[] = {
    {"--json", "", "one JSON object per line"},
    {"--help", "", "print this"},
};

constexpr Option kWatchOptions[] = {
    {"--for", "SECONDS", "stop after so many seconds; otherwise at Ctrl-C"},
    {"--json", "", "one JSON object each second"},
    {"--help", "", "print this"},
};

constexpr Command kList = {
    .name = "list",
    .operands = "[PROGRAM|MAP]",
    .summary = "Lists variables with their types.",
    .options = kOptions,
    .least_operands = 0,
    .most_operands = 1,
    .run = run_list,
};

constexpr Command kGet = {
    .name = "get",
    .operands = "PROGRAM|MAP[.VAR[.member|[i]]...]...",
    .summary = "Prints variables, or parts of them; of a whole program or map all.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = 64,
    .run = run_get,
};

constexpr Command kSet = {
    .name = "set",
    .operands = "PROGRAM|MAP.VAR[.member|[i]]... VALUE",
    .summary = "Changes a variable of a running program; a structure as {a = 1, b = [2, 3]}.",
    .options = kOptions,
    .least_operands = 2,
    .most_operands = 2,
    .run = run_set,
};

constexpr Command kWatch = {
    .name = "watch",
    .operands = "PROGRAM|MAP[.VAR[.member|[i]]...]...",
    .summary = "Prints variables each second, numbers with their change.",
    .options = kWatchOptions,
    .least_operands = 1,
    .most_operands = 64,
    .run = run_watch,
};

constexpr const Command* kFamily[] = {&kList, &kGet, &kSet, &kWatch};

}  // namespace

constinit const Command kVars = {
    .name = "vars",
    .operands = "",
    .summary = "Shows and changes the global variables of whatever is loaded.",
    .options = {},
    .least_operands = 0,
    .most_operands = 0,
    .run = nullptr,
    .family = kFamily,
};

}  // namespace ebpf::cli
