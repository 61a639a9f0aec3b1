// Pass: instructions that refer to maps get the maps' descriptors. A ld_imm64 of a map has the descriptor in its first
// half; one of a place in a data section has the place's offset in its second half, too (BPF_PSEUDO_MAP_VALUE,
// Linux 5.2). That the maps and the instructions are there is what check_references has seen to. On a plan whose maps
// were not created, for tools that show it, the descriptors are 0.
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

void bind(LoadPlan& plan, ProgramPlan& program, const BoundReference& bound) {
  const Reference& reference = *bound.reference;
  const auto source = map_source(reference);
  if (!source) return;
  const bool is_table = reference.kind == ReferenceKind::jump_table;
  const Fd& fd = is_table ? program.jump_tables[bound.jump_table].map : plan.map(reference.name)->fd;
  insn::Slot& first = program.code[bound.slot];
  const bool is_value = *source == insn::kPseudoMapValue;
  first.set_src(*source);
  first.imm = fd.valid() ? fd.get() : 0;
  program.code[bound.slot + 1].imm = is_value ? static_cast<std::int32_t>(reference.offset) : 0;
}

}  // namespace

Result<void> bind_references(LoadPlan& plan) {
  for (ProgramPlan& program : plan.programs)
    for (const BoundReference& bound : program.references) bind(plan, program, bound);
  return {};
}

}  // namespace ebpf::loader
