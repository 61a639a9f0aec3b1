// ebpf inspect: what an object holds, without asking any kernel.
#include <algorithm>
#include <span>
#include <vector>

#include "ebpf/base/json.h"
#include "ebpf/base/text.h"
#include "ebpf/ebpf.h"
#include "tools/cli/command.h"
#include "tools/cli/value.h"

namespace ebpf::cli {
namespace {

constexpr std::string_view kByteOrderNames[] = {"little", "big"};

std::string_view byte_order_name(ByteOrder order) { return kByteOrderNames[static_cast<std::size_t>(order)]; }

// A type that this library has no name for is shown as its number.
template <class Enum>
std::string type_name(Enum value) {
  const std::string_view known = name(value);
  return known.empty() ? cat(static_cast<std::uint32_t>(value)) : std::string(known);
}

// The value before loading; zeroes where the spec holds none.
std::vector<std::byte> initial_value(const VariableSpec& variable) {
  return variable.value.empty() ? std::vector<std::byte>(variable.size) : variable.value;
}

void add_maps(Json& json, const CollectionSpec& spec) {
  json.key("maps").open_array();
  for (const MapSpec& map : spec.maps) {
    json.open_object();
    json.key("name").string(map.name).key("type").string(type_name(map.type));
    json.key("key_size").number(map.key_size).key("value_size").number(map.value_size);
    json.key("max_entries").number(map.max_entries).key("flags").number(map.flags);
    json.key("map_extra").number(map.map_extra);
    json.key("pinning").string(map.pinning == Pinning::by_name ? "by_name" : "none");
    json.key("section").string(map.section).key("autocreate").boolean(map.autocreate);
    json.key("callbacks").open_array();
    for (const MapCallback& callback : map.callbacks)
      json.open_object().key("member").string(callback.member).key("program").string(callback.program).close_object();
    json.close_array();
    json.key("value_type").string_or_null(map.value_type == 0 ? std::string() : spec.types.describe(map.value_type));
    json.close_object();
  }
  json.close_array();
}

void add_programs(Json& json, const CollectionSpec& spec) {
  json.key("programs").open_array();
  for (const ProgramSpec& program : spec.programs) {
    json.open_object();
    json.key("name").string(program.name).key("section").string(program.section);
    json.key("type").string(type_name(program.program_type));
    json.key("attach_type").string_or_null(program.attach_type ? type_name(*program.attach_type) : std::string());
    json.key("attach_to").string_or_null(program.attach_to);
    json.key("flags").number(program.flags).key("autoload").boolean(program.autoload);
    json.key("insns").number(std::uint64_t{program.code.size()});
    json.key("references").number(std::uint64_t{program.references.size()});
    json.key("core_relocations").number(std::uint64_t{program.core_relocations.size()}).close_object();
  }
  json.close_array();
}

void add_variables(Json& json, const CollectionSpec& spec) {
  json.key("variables").open_array();
  for (const VariableSpec& variable : spec.variables) {
    json.open_object();
    json.key("name").string(variable.name).key("section").string(variable.section);
    json.key("offset").number(variable.offset).key("size").number(variable.size);
    json.key("type").string_or_null(variable.type == 0 ? std::string() : variable.types.describe(variable.type));
    json.key("constant").boolean(variable.is_constant).key("static").boolean(variable.is_static);
    json.key("value");
    value_to_json(json, variable.types, variable.type, initial_value(variable), variable.byte_order);
    json.close_object();
  }
  json.close_array();
}

void print_json(std::string_view file, const Result<CollectionSpec>& spec) {
  Json json;
  json.open_object().key("file").string(file);
  json.key("error");
  if (!spec) {
    json.string(spec.error().message()).key("license").null().key("byte_order").null();
    for (const char* list : {"maps", "programs", "variables"}) json.key(list).open_array().close_array();
  } else {
    json.null().key("license").string(spec->license).key("byte_order").string(byte_order_name(spec->byte_order));
    add_maps(json, *spec);
    add_programs(json, *spec);
    add_variables(json, *spec);
  }
  json.close_object();
  print_line(json);
}

// Names come from the file: nothing in them is for the terminal.
std::string shown(std::string_view name) { return cat(printable(name)); }

std::string count(std::size_t number, std::size_t width) { return right_aligned(cat(number), width); }

void print_map(const CollectionSpec& spec, const MapSpec& map) {
  print("  ", padded(shown(map.name), 24), ' ', padded(type_name(map.type), 20), " key ", map.key_size, ", value ",
        map.value_size, ", max_entries ", map.max_entries, ", flags ", hex(map.flags),
        map.pinning == Pinning::by_name ? ", pinned by name" : "",
        map.autocreate ? "\n" : "  (not created by default)\n");
  if (map.type == MapType::struct_ops) print("    ", printable(spec.types.describe(map.value_type)), '\n');
  for (const MapCallback& callback : map.callbacks)
    print("    .", padded(shown(callback.member), 22), " = ", printable(callback.program), '\n');
}

void print_text(std::string_view file, const CollectionSpec& spec) {
  print(file, ": ", byte_order_name(spec.byte_order), "-endian, license ",
        spec.license.empty() ? "(none)" : shown(spec.license), '\n');
  if (!spec.programs.empty()) print("\nprograms\n");
  for (const ProgramSpec& program : spec.programs)
    print("  ", padded(shown(program.name), 24), ' ', padded(type_name(program.program_type), 20), ' ',
          padded(shown(program.section), 32), ' ', count(program.code.size(), 5), " insns  ",
          count(program.references.size(), 3), " references  ", count(program.core_relocations.size(), 3),
          spec.loads(program) ? " CO-RE\n" : " CO-RE  (not loaded by default)\n");
  if (!spec.subprograms.empty()) print("\nsubprograms\n");
  for (const FunctionSpec& function : spec.subprograms)
    print("  ", padded(shown(function.name), 24), ' ', count(function.code.size(), 5),
          function.is_static ? " insns  static\n" : " insns\n");
  if (!spec.maps.empty()) print("\nmaps\n");
  for (const MapSpec& map : spec.maps) print_map(spec, map);
  if (!spec.variables.empty()) print("\nvariables\n");
  for (const VariableSpec& variable : spec.variables) {
    const std::string type = variable.type == 0 ? cat(variable.size, " bytes") : variable.types.describe(variable.type);
    const std::string value =
        value_to_text(variable.types, variable.type, initial_value(variable), variable.byte_order);
    print("  ", padded(shown(variable.name), 24), ' ', padded(shown(variable.section), 12), " +",
          padded(cat(variable.offset), 5), ' ', padded(shown(type), 28), ' ', value,
          variable.is_static ? "  static\n" : "\n");
  }
  if (!spec.externs.empty()) print("\nexpected from the kernel\n");
  for (const ExternSpec& external : spec.externs)
    print("  ", padded(shown(external.name), 24), ' ', printable(external.section),
          external.is_weak ? "  weak\n" : "\n");
  for (const std::string& note : spec.notes) print("\nnote: ", note, '\n');
}

ExitStatus inspect(const Arguments& arguments) {
  ExitStatus status = kOk;
  for (const std::string_view file : arguments.operands) {
    const auto spec = CollectionSpec::read_file(std::string(file));
    if (!spec) {
      print_error(spec.error());
      status = graver(status, kBadInput);
    }
    if (arguments.has("--json"))
      print_json(file, spec);
    else if (spec)
      print_text(file, *spec);
  }
  return status;
}

constexpr Option kOptions[] = {
    {"--json", "", "one JSON object per file"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kInspect = {
    .name = "inspect",
    .operands = "FILE...",
    .summary = "Shows the programs, maps and variables of objects, with types and initial values.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = SIZE_MAX,
    .run = inspect,
};

}  // namespace ebpf::cli
