// What an instruction that no kernel accepts stands for.
#include "ebpf/load/missing.h"

#include "ebpf/base/text.h"
#include "ebpf/load/source_line.h"

namespace ebpf::loader {
namespace {

std::string in_parentheses(const std::string& place) { return place.empty() ? place : cat(" (", place, ")"); }

// Modules that could not be looked into may have what was not found.
std::string module_problems(const LoadPlan& plan) {
  std::string out;
  if (!plan.running_types) return out;
  for (const std::string& problem : plan.running_types->module_problems()) out += cat("; ", problem);
  return out;
}

std::string explain_core(const LoadPlan& plan, const ProgramPlan& program, const PoisonedSlot& poisoned) {
  const std::string what = cat("CO-RE: ", btf::describe_core(plan.spec.types, poisoned.relocation),
                               in_parentheses(source_place(plan, program, poisoned.slot)));
  if (poisoned.is_incompatible)
    return cat(what,
               " has another size in this kernel, which a plain load or store of a signed member cannot follow "
               "(BPF_CORE_READ_BITFIELD can)");
  return cat(what,
             " does not exist in this kernel, and the program reaches the code that needs it "
             "(bpf_core_field_exists and its like can guard it)",
             module_problems(plan));
}

std::string explain_map(const LoadPlan& plan, const ProgramPlan& program, const BoundReference& bound) {
  return cat("map ", quoted(bound.reference->name), in_parentheses(source_place(plan, program, bound.slot)),
             " is not created (MapSpec::autocreate is false), and the program reaches the code that uses it");
}

std::string explain_function(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot,
                             const ExternPlan& external) {
  return cat("kernel function ", quoted(external.spec->name), in_parentheses(source_place(plan, program, slot)),
             " is weak, this kernel does not have it ", external.name.type != 0 ? "as it is declared" : "at all",
             ", and the program calls it all the same (bpf_ksym_exists can guard it)", module_problems(plan));
}

}  // namespace

std::optional<std::string> explain_missing(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot) {
  for (const PoisonedSlot& poisoned : program.poisoned)
    if (poisoned.slot == slot) return explain_core(plan, program, poisoned);
  for (const BoundReference& bound : program.references) {
    if (bound.slot != slot) continue;
    const ReferenceKind kind = bound.reference->kind;
    for (const MapPlan& map : plan.maps)
      if ((kind == ReferenceKind::map || kind == ReferenceKind::map_value) && map.spec->name == bound.reference->name &&
          !map.is_wanted())
        return explain_map(plan, program, bound);
    for (const ExternPlan& external : plan.externs)
      if (kind == ReferenceKind::external_call && external.spec->name == bound.reference->name && !external.is_found)
        return explain_function(plan, program, slot, external);
  }
  return std::nullopt;
}

}  // namespace ebpf::loader
