// ebpf inspect: what an object holds, without asking any kernel.
#include <algorithm>
#include <cstdio>
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
  return known.empty() ? std::to_string(static_cast<std::uint32_t>(value)) : std::string(known);
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
  json.close_object().print_line();
}

// Names come from the file: nothing in them is for the terminal.
std::string shown(std::string_view name) { return cat(printable(name)); }

void print_map(const CollectionSpec& spec, const MapSpec& map) {
  std::printf("  %-24s %-20s key %u, value %u, max_entries %u, flags 0x%x%s%s\n", shown(map.name).c_str(),
              type_name(map.type).c_str(), map.key_size, map.value_size, map.max_entries, map.flags,
              map.pinning == Pinning::by_name ? ", pinned by name" : "",
              map.autocreate ? "" : "  (not created by default)");
  if (map.type == MapType::struct_ops) std::printf("    %s\n", shown(spec.types.describe(map.value_type)).c_str());
  for (const MapCallback& callback : map.callbacks)
    std::printf("    .%-22s = %s\n", shown(callback.member).c_str(), shown(callback.program).c_str());
}

void print_text(std::string_view file, const CollectionSpec& spec) {
  std::printf("%.*s: %.*s-endian, license %s\n", static_cast<int>(file.size()), file.data(),
              static_cast<int>(byte_order_name(spec.byte_order).size()), byte_order_name(spec.byte_order).data(),
              spec.license.empty() ? "(none)" : shown(spec.license).c_str());
  if (!spec.programs.empty()) std::printf("\nprograms\n");
  for (const ProgramSpec& program : spec.programs)
    std::printf("  %-24s %-20s %-32s %5zu insns  %3zu references  %3zu CO-RE%s\n", shown(program.name).c_str(),
                type_name(program.program_type).c_str(), shown(program.section).c_str(), program.code.size(),
                program.references.size(), program.core_relocations.size(),
                spec.loads(program) ? "" : "  (not loaded by default)");
  if (!spec.subprograms.empty()) std::printf("\nsubprograms\n");
  for (const FunctionSpec& function : spec.subprograms)
    std::printf("  %-24s %5zu insns%s\n", shown(function.name).c_str(), function.code.size(),
                function.is_static ? "  static" : "");
  if (!spec.maps.empty()) std::printf("\nmaps\n");
  for (const MapSpec& map : spec.maps) print_map(spec, map);
  if (!spec.variables.empty()) std::printf("\nvariables\n");
  for (const VariableSpec& variable : spec.variables) {
    const std::string type = variable.type == 0 ? cat(variable.size, " bytes") : variable.types.describe(variable.type);
    const std::string value =
        value_to_text(variable.types, variable.type, initial_value(variable), variable.byte_order);
    std::printf("  %-24s %-12s +%-5u %-28s %s%s\n", shown(variable.name).c_str(), shown(variable.section).c_str(),
                variable.offset, shown(type).c_str(), value.c_str(), variable.is_static ? "  static" : "");
  }
  if (!spec.externs.empty()) std::printf("\nexpected from the kernel\n");
  for (const ExternSpec& external : spec.externs)
    std::printf("  %-24s %s%s\n", shown(external.name).c_str(), shown(external.section).c_str(),
                external.is_weak ? "  weak" : "");
  for (const std::string& note : spec.notes) std::printf("\nnote: %s\n", note.c_str());
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
