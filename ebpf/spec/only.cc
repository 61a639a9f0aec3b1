// CollectionSpec::only: one program and what it needs.
#include <algorithm>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/spec/spec.h"

namespace ebpf {
namespace {

// Names that are needed, each once, in the order in which they were met.
class Needs {
 public:
  void add(std::string_view name) {
    if (!has(name)) names_.push_back(name);
  }
  bool has(std::string_view name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }
  std::size_t size() const { return names_.size(); }
  std::string_view operator[](std::size_t index) const { return names_[index]; }

 private:
  std::vector<std::string_view> names_;
};

const FunctionSpec* find_function(const CollectionSpec& spec, std::string_view name) {
  for (const FunctionSpec& function : spec.subprograms)
    if (function.name == name) return &function;
  for (const ProgramSpec& program : spec.programs)
    if (program.name == name) return &program;
  return nullptr;
}

// The functions that can be reached, and the maps that they use.
void follow_references(const CollectionSpec& spec, Needs& functions, Needs& maps) {
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const FunctionSpec* function = find_function(spec, functions[i]);
    if (function == nullptr) continue;  // the loader will say so
    for (const Reference& reference : function->references) {
      if (reference.kind == ReferenceKind::call || reference.kind == ReferenceKind::function)
        functions.add(reference.name);
      if (reference.kind == ReferenceKind::map || reference.kind == ReferenceKind::map_value) maps.add(reference.name);
    }
  }
}

// The maps that are in needed maps from the start.
void follow_slots(const CollectionSpec& spec, Needs& maps) {
  for (std::size_t i = 0; i < maps.size(); ++i)
    for (const MapSpec& map : spec.maps)
      if (map.name == maps[i] && map.type != MapType::prog_array)
        for (const MapSlot& slot : map.slots) maps.add(slot.name);
}

// The struct_ops maps that a program is a callback of: without one it cannot be loaded.
void follow_callbacks(const CollectionSpec& spec, const ProgramSpec& program, Needs& maps) {
  for (const MapSpec& map : spec.maps)
    for (const MapCallback& callback : map.callbacks)
      if (callback.program == program.name) maps.add(map.name);
}

// Without what refers to other programs.
MapSpec copy_for(const MapSpec& map, const ProgramSpec& program) {
  MapSpec copy = map;
  if (map.type == MapType::prog_array)
    std::erase_if(copy.slots, [&](const MapSlot& slot) { return slot.name != program.name; });
  std::erase_if(copy.callbacks, [&](const MapCallback& callback) { return callback.program != program.name; });
  if (!copy.callbacks.empty()) copy.autocreate = true;
  return copy;
}

}  // namespace

Result<CollectionSpec> CollectionSpec::only(std::string_view program_name) const {
  const Found<const ProgramSpec> wanted = program(program_name);
  if (!wanted) return fail(errc::not_found, wanted.error().message());
  Needs functions;
  Needs needed_maps;
  functions.add(wanted->name);
  if (!wanted->exception_callback.empty()) functions.add(wanted->exception_callback);
  follow_references(*this, functions, needed_maps);
  follow_callbacks(*this, *wanted, needed_maps);
  follow_slots(*this, needed_maps);

  CollectionSpec out;
  out.name = name;
  out.license = license;
  out.byte_order = byte_order;
  out.kernel_version = kernel_version;
  out.externs = externs;
  out.types = types;
  out.programs.push_back(*wanted);
  out.programs.front().autoload = true;
  // Other programs may be called like subprograms.
  for (const ProgramSpec& other : programs)
    if (other.name != wanted->name && functions.has(other.name)) out.subprograms.push_back(other);
  for (const FunctionSpec& function : subprograms)
    if (functions.has(function.name)) out.subprograms.push_back(function);
  for (const MapSpec& map : maps)
    if (needed_maps.has(map.name)) out.maps.push_back(copy_for(map, *wanted));
  for (const VariableSpec& variable : variables)
    if (needed_maps.has(variable.section)) out.variables.push_back(variable);
  return out;
}

}  // namespace ebpf
