// Pass: instructions that refer to maps get the maps' descriptors. A ld_imm64 of a map has the descriptor in its first
// half; one of a place in a data section has the place's offset in its second half, too (BPF_PSEUDO_MAP_VALUE,
// Linux 5.2). Instructions for maps that are switched off become ones that no verifier accepts. That the maps and the
// instructions are there is what check_references has seen to. On a plan whose maps were not created, for tools that
// show it, the descriptors are 0.
#include "ebpf/asm/opcode.h"
#include "ebpf/load/missing.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// `at` is the first of the instruction's two slots.
void bind(insn::Slot* at, const Fd& fd, bool is_value, std::uint32_t offset) {
  at[0].set_src(is_value ? insn::kPseudoMapValue : insn::kPseudoMapFd);
  at[0].imm = fd.valid() ? fd.get() : 0;
  at[1].imm = is_value ? static_cast<std::int32_t>(offset) : 0;
}

void bind_map(LoadPlan& plan, const Reference& reference, insn::Slot* at) {
  const MapPlan* map = plan.map(reference.name);
  if (!map->is_wanted()) {
    at[0] = at[1] = missing_map_load(static_cast<std::size_t>(map - plan.maps.data()));
    return;
  }
  const bool is_value = reference.kind == ReferenceKind::map_value;
  bind(at, map->fd, is_value, static_cast<std::uint32_t>(map->data_offset + reference.offset));
}

}  // namespace

void bind_maps(LoadPlan& plan, const ProgramPlan& program, std::span<insn::Slot> code) {
  for (const BoundReference& bound : program.references) {
    const Reference& reference = *bound.reference;
    insn::Slot* const at = &code[bound.slot];
    if (reference.kind == ReferenceKind::jump_table)
      bind(at, program.jump_tables[bound.jump_table].map, true, reference.offset);
    else if (reference.kind == ReferenceKind::map || reference.kind == ReferenceKind::map_value)
      bind_map(plan, reference, at);
  }
}

Result<void> bind_references(LoadPlan& plan) {
  for (ProgramPlan& program : plan.programs) bind_maps(plan, program, program.code);
  return {};
}

}  // namespace ebpf::loader
