// Collection: what becomes of a LoadPlan when all passes are through.
#include "ebpf/collection.h"

#include <algorithm>

#include "ebpf/base/text.h"
#include "ebpf/load/load.h"
#include "ebpf/pin.h"

namespace ebpf {
namespace {

template <class T>
Result<T> take(std::vector<T>& from, Found<T> found) {
  if (!found) return fail_in(std::move(found));
  T taken = std::move(*found);
  from.erase(from.begin() + (&*found - from.data()));
  return taken;
}

template <class P, class Range>
Found<P> find_program(Range& programs, const std::vector<RefusedProgram>& refused, std::string_view name) {
  for (const RefusedProgram& program : refused)
    if (program.name == name) return fail_in(Error(program.error));
  return find_by_name<P>(programs, name, "program");
}

std::string pin_path(const std::string& directory, std::string_view object, std::string_view name) {
  return cat(directory, "/", loader::pin_name(object, name));
}

template <class T>
Result<void> pin_all(const std::vector<T>& parts, const std::string& directory, std::string_view object) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto pinned = parts[i].pin(pin_path(directory, object, parts[i].name));
    if (pinned) continue;
    while (i-- > 0) (void)unpin(pin_path(directory, object, parts[i].name));
    return pinned;
  }
  return {};
}

template <class T>
Result<void> unpin_all(const std::vector<T>& parts, const std::string& directory, std::string_view object) {
  Result<void> result;
  for (const T& part : parts) {
    auto unpinned = unpin(pin_path(directory, object, part.name));
    if (!unpinned && result) result = std::move(unpinned);
  }
  return result;
}

}  // namespace

Result<Collection> Collection::load(const CollectionSpec& spec, const LoadOptions& options) {
  loader::LoadPlan plan{.spec = spec, .options = options};
  EBPF_CHECK(loader::run(plan));
  Collection out;
  out.name = spec.name;
  for (loader::MapPlan& planned : plan.maps) {
    if (!planned.is_wanted()) continue;
    Map map(planned.spec->name, planned.attributes, std::move(planned.fd), std::move(planned.arena));
    map.struct_ops_ = std::move(planned.struct_ops.value);
    map.autoattach_ = planned.spec->autoattach;
    out.maps.push_back(std::move(map));
  }
  for (loader::ProgramPlan& planned : plan.programs) {
    Program program;
    program.name = planned.spec->name;
    program.fd_ = std::move(planned.fd);
    program.type_ = planned.spec->program_type;
    program.attach_type_ = planned.spec->attach_type;
    program.autoattach_ = planned.spec->autoattach;
    program.section_ = planned.spec->section;
    program.attach_to_ = std::move(planned.attach_to);
    program.verifier_log_ = std::move(planned.verifier_log);
    out.programs.push_back(std::move(program));
  }
  EBPF_CHECK_IN(out.add_variables(spec, options.map_variables), "load ", quoted(spec.name));
  if (!plan.btf_refusal.empty()) out.notes.push_back(cat("loaded without types: ", plan.btf_refusal));
  if (!plan.btf_degraded.empty())
    out.notes.push_back(cat("this kernel does not know all of the types' kinds: ", btf::describe(plan.btf_degraded)));
  for (std::string& note : plan.notes) out.notes.push_back(std::move(note));
  for (loader::RefusedPlan& program : plan.refused)
    out.refused.push_back({program.spec->name, std::move(program.error)});
  plan.new_pins.keep();
  return out;
}

// Each data section is mapped once; its variables share the mapping.
Result<void> Collection::add_variables(const CollectionSpec& spec, bool mapped) {
  for (const MapSpec& section : spec.maps) {
    const auto in_section = [&](const VariableSpec& variable) { return variable.section == section.name; };
    if (section.type == MapType::arena && !section.data.empty()) EBPF_CHECK(add_arena_variables(spec, section));
    if (!section.is_data || std::none_of(spec.variables.begin(), spec.variables.end(), in_section)) continue;
    const Found<Map> found = this->map(section.name);
    if (!found) continue;  // switched off
    const Map& map = *found;
    EBPF_TRY(const Variable::Storage& storage, Variable::storage_of(map, mapped, !section.freeze));
    for (const VariableSpec& variable : spec.variables)
      if (in_section(variable)) variables.push_back(Variable(variable, storage));
  }
  return {};
}

// An arena that was there before, and is mapped nowhere here, gives no variables.
Result<void> Collection::add_arena_variables(const CollectionSpec& spec, const MapSpec& arena) {
  const Found<Map> map = this->map(arena.name);
  if (!map) return {};  // switched off
  const auto memory = map->memory();
  if (!memory) {
    notes.push_back(cat("map ", quoted(arena.name), ": its variables cannot be had: ", memory.error().message()));
    return {};
  }
  EBPF_TRY(const std::uint64_t begin, loader::arena_data_offset(arena, map->max_entries()));
  const Variable::Storage storage = {.memory = *memory, .map = nullptr, .size = 0};
  for (const VariableSpec& variable : spec.variables) {
    if (variable.section != arena.name) continue;
    Variable loaded(variable, storage);
    loaded.offset_ += static_cast<std::uint32_t>(begin);
    variables.push_back(std::move(loaded));
  }
  return {};
}

Found<Map> Collection::map(std::string_view map_name) { return find_by_name<Map>(maps, map_name, "map"); }
Found<const Map> Collection::map(std::string_view map_name) const {
  return find_by_name<const Map>(maps, map_name, "map");
}
Found<Program> Collection::program(std::string_view program_name) {
  return find_program<Program>(programs, refused, program_name);
}
Found<const Program> Collection::program(std::string_view program_name) const {
  return find_program<const Program>(programs, refused, program_name);
}
Found<const Variable> Collection::variable(std::string_view variable_name) const {
  return find_by_name<const Variable>(variables, variable_name, "variable");
}

Result<Map> Collection::take_map(std::string_view map_name) { return take(maps, map(map_name)); }
Result<Program> Collection::take_program(std::string_view program_name) {
  return take(programs, program(program_name));
}

Result<void> Collection::pin_maps(const std::string& directory) const { return pin_all(maps, directory, name); }
Result<void> Collection::pin_programs(const std::string& directory) const { return pin_all(programs, directory, name); }
Result<void> Collection::unpin_maps(const std::string& directory) const { return unpin_all(maps, directory, name); }
Result<void> Collection::unpin_programs(const std::string& directory) const {
  return unpin_all(programs, directory, name);
}

std::vector<const Variable*> Collection::variables_tagged(std::string_view tag) const {
  std::vector<const Variable*> found;
  for (const Variable& variable : variables)
    if (has_tag(variable.types(), variable.type(), tag)) found.push_back(&variable);
  return found;
}

}  // namespace ebpf
