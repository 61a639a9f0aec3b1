// What a poisoned instruction stands for.
#include "ebpf/load/core_poison.h"

#include "ebpf/base/text.h"
#include "ebpf/load/source_line.h"

namespace ebpf::loader {

std::optional<std::string> explain_poison(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot) {
  for (const PoisonedSlot& poisoned : program.poisoned) {
    if (poisoned.slot != slot) continue;
    const std::string place = source_place(plan, program, slot);
    return cat("CO-RE: ", btf::describe_core(plan.spec.types, poisoned.relocation),
               place.empty() ? std::string() : cat(" (", place, ")"),
               poisoned.is_incompatible
                   ? " has another size in this kernel, which a plain load or store of a signed member cannot follow "
                     "(BPF_CORE_READ_BITFIELD can)"
                   : " does not exist in this kernel, and the program reaches the code that needs it "
                     "(bpf_core_field_exists and its like can guard it)");
  }
  return std::nullopt;
}

}  // namespace ebpf::loader
