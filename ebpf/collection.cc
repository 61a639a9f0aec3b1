// Collection: what becomes of a LoadPlan when all passes are through.
#include "ebpf/collection.h"

#include <algorithm>

#include "ebpf/base/text.h"
#include "ebpf/load/load.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {
namespace {

template <class T>
Result<T> take(std::vector<T>& from, Found<T> found) {
  if (!found) return std::unexpected(std::move(found).error());
  T taken = std::move(*found);
  from.erase(from.begin() + (&*found - from.data()));
  return taken;
}

template <class P, class Range>
Found<P> find_program(Range& programs, const std::vector<RefusedProgram>& refused, std::string_view name) {
  for (const RefusedProgram& program : refused)
    if (program.name == name) return std::unexpected(program.error);
  return find_by_name<P>(programs, name, "program");
}

// A section with locks, lists, trees, timers or pointers to kernel objects in it: those are the kernel's alone, which
// says so by an errno that user space has no name for.
bool is_private(const Error& error) {
  constexpr int kNotSupported = 524;  // ENOTSUPP of <linux/errno.h>
  return error.os_error() == kNotSupported;
}

}  // namespace

Result<Collection> Collection::load(const CollectionSpec& spec, const LoadOptions& options) {
  EBPF_TRY(loader::LoadPlan plan, loader::run(spec, options));
  Collection out;
  for (loader::MapPlan& planned : plan.maps) {
    if (!planned.is_wanted()) continue;
    Map map(planned.spec->name, planned.attributes, std::move(planned.fd), std::move(planned.arena));
    map.struct_ops_ = std::move(planned.struct_ops.value);
    out.maps.push_back(std::move(map));
  }
  for (loader::ProgramPlan& planned : plan.programs) {
    Program program;
    program.name = planned.spec->name;
    program.fd_ = std::move(planned.fd);
    program.type_ = planned.spec->program_type;
    program.attach_type_ = planned.spec->attach_type;
    program.section_ = planned.spec->section;
    program.attach_to_ = std::move(planned.attach_to);
    program.verifier_log_ = std::move(planned.verifier_log);
    out.programs.push_back(std::move(program));
  }
  if (auto ok = out.add_variables(spec); !ok)
    return std::unexpected(std::move(ok).error().in(cat("load ", quoted(spec.name))));
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
Result<void> Collection::add_variables(const CollectionSpec& spec) {
  for (const MapSpec& section : spec.maps) {
    const auto in_section = [&](const VariableSpec& variable) { return variable.section == section.name; };
    if (!section.is_data || !section.autocreate ||
        std::none_of(spec.variables.begin(), spec.variables.end(), in_section))
      continue;
    const Map& map = *this->map(section.name);
    Memory memory;
    std::shared_ptr<const Fd> fd;
    if (map.flags() & sys::kMapMmapable) {
      auto mapped = map.memory();
      if (!mapped && !is_private(mapped.error())) return std::unexpected(std::move(mapped).error());
      if (mapped) memory = *std::move(mapped);
    }
    if (!memory) {
      EBPF_TRY(Fd duplicate, map.fd().duplicate());
      fd = std::make_shared<const Fd>(std::move(duplicate));
    }
    for (const VariableSpec& variable : spec.variables) {
      if (!in_section(variable)) continue;
      Variable loaded(variable, memory);
      loaded.map_ = fd;
      loaded.section_size_ = map.value_size();
      variables.push_back(std::move(loaded));
    }
  }
  return {};
}

Found<Map> Collection::map(std::string_view name) { return find_by_name<Map>(maps, name, "map"); }
Found<const Map> Collection::map(std::string_view name) const { return find_by_name<const Map>(maps, name, "map"); }
Found<Program> Collection::program(std::string_view name) { return find_program<Program>(programs, refused, name); }
Found<const Program> Collection::program(std::string_view name) const {
  return find_program<const Program>(programs, refused, name);
}
Found<const Variable> Collection::variable(std::string_view name) const {
  return find_by_name<const Variable>(variables, name, "variable");
}

Result<Map> Collection::take_map(std::string_view name) { return take(maps, map(name)); }
Result<Program> Collection::take_program(std::string_view name) { return take(programs, program(name)); }

}  // namespace ebpf
