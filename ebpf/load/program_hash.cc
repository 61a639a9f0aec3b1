// What goes into the hash is said by bpf_prog_calc_tag() of the kernel: everything but both immediate values of
// ld_imm64 of a map or of a place in one. The BTF of modules, which descriptors stand for, too, does go in.
#include "ebpf/load/program_hash.h"

#include "ebpf/asm/opcode.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

bool is_second_half(const insn::Slot& slot) { return slot.opcode == 0 && slot.registers == 0 && slot.offset == 0; }

}  // namespace

Sha256 program_hash(LoadPlan& plan, const ProgramPlan& program) {
  std::vector<insn::Slot> code = program.code;
  bind_maps(plan, program, code);
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    insn::Slot& first = code[i];
    if (first.opcode != insn::kLdImm64) continue;
    if (first.src() != insn::kPseudoMapFd && first.src() != insn::kPseudoMapValue) continue;
    first.imm = 0;
    if (!is_second_half(code[i + 1])) continue;
    code[++i].imm = 0;
  }
  return sha256(std::as_bytes(std::span(code)));
}

}  // namespace ebpf::loader
