// The look-ups of CollectionSpec. Reading an object is in reader.cc and its parts, variables' values are set in
// variable_spec.cc.
#include "ebpf/spec/spec.h"

#include <algorithm>

namespace ebpf {

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

bool has_tag(const btf::Spec& types, btf::TypeId declaration, std::string_view tag) {
  if (declaration == 0) return false;
  for (const btf::Type type : types)
    if (type.is(btf::Kind::decl_tag) && type.referenced() == declaration && type.component_index() == -1 &&
        type.name() == tag)
      return true;
  return false;
}

std::vector<VariableSpec*> CollectionSpec::variables_tagged(std::string_view tag) {
  std::vector<VariableSpec*> found;
  for (VariableSpec& variable : variables)
    if (has_tag(variable.types, variable.type, tag)) found.push_back(&variable);
  return found;
}

std::string_view object_name(std::string_view path) {
  if (const auto slash = path.rfind('/'); slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.substr(0, path.find('.'));
}

}  // namespace ebpf
