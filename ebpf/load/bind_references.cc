// Pass: instructions that refer to maps get the maps' descriptors. A ld_imm64 of a map has the descriptor in its first
// half; one of a place in a data section has the place's offset in its second half, too (BPF_PSEUDO_MAP_VALUE,
// Linux 5.2). That the maps and the instructions are there is what check_references has seen to. On a plan whose maps
// were not created, for tools that show it, the descriptors are 0.
#include "ebpf/asm/opcode.h"
#include "ebpf/load/missing.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// The BTF of a module that a variable is in goes where a map's offset would.
void bind_extern(LoadPlan& plan, ProgramPlan& program, const BoundReference& bound) {
  const ExternPlan& external = *plan.external(bound.reference->name);
  if (!external.is_typed || !external.is_found || external.name.module.empty()) return;
  program.code[bound.slot + 1].imm = plan.modules[plan.module_index(external.name.module)].btf.get();
}

void bind(LoadPlan& plan, ProgramPlan& program, const BoundReference& bound) {
  const Reference& reference = *bound.reference;
  if (reference.kind == ReferenceKind::external_value) return bind_extern(plan, program, bound);
  if (reference.kind != ReferenceKind::map && reference.kind != ReferenceKind::map_value) return;
  const MapPlan* map = plan.map(reference.name);
  if (!map->is_wanted()) {
    program.code[bound.slot] = missing_map_load(static_cast<std::size_t>(map - plan.maps.data()));
    program.code[bound.slot + 1] = program.code[bound.slot];
    return;
  }
  insn::Slot& first = program.code[bound.slot];
  const bool is_value = reference.kind == ReferenceKind::map_value;
  first.set_src(is_value ? insn::kPseudoMapValue : insn::kPseudoMapFd);
  first.imm = map->fd.valid() ? map->fd.get() : 0;
  program.code[bound.slot + 1].imm = is_value ? static_cast<std::int32_t>(reference.offset) : 0;
}

}  // namespace

Result<void> bind_references(LoadPlan& plan) {
  for (ProgramPlan& program : plan.programs)
    for (const BoundReference& bound : program.references) bind(plan, program, bound);
  return {};
}

}  // namespace ebpf::loader
