// Decoding and encoding: slots to fields and back, with the judgement of rules.h between, put into words here.
#include "ebpf/asm/instruction.h"

#include <string>

#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

// "opcode 0x07: src is 3, must be 0"
std::string sentence(const Instruction& insn, const Flaw& flaw) {
  using enum Flaw::Field;
  const auto opcode_text = cat("opcode ", hex(insn.opcode));
  switch (flaw.field) {
    case opcode:
      return cat(opcode_text, ": the opcode ", flaw.rule);
    case dst:
      return cat(opcode_text, ": dst is ", insn.dst, ", ", flaw.rule);
    case src:
      return cat(opcode_text, ": src is ", insn.src, ", ", flaw.rule);
    case offset:
      return cat(opcode_text, ": offset is ", insn.offset, ", ", flaw.rule);
    case imm:
      break;
  }
  return cat(opcode_text, ": imm is ", insn.imm, ", ", flaw.rule);
}

// Makes the second slot of ld_imm64 a part of `insn`.
Result<void> append_second_half(Instruction& insn, std::span<const Slot> code) {
  if (code.size() < 2) return fail(errc::malformed, "ld_imm64 takes two slots, and the code ends after the first");
  const Slot& second = code[1];
  if (second.opcode != 0) {
    return fail(errc::malformed, "the second slot of ld_imm64 has opcode ", hex(second.opcode), ", must be 0");
  }
  if (second.registers != 0 || second.offset != 0) {
    return fail(errc::malformed, "the second slot of ld_imm64 has something other than imm, must be 0");
  }
  insn.imm = wide_imm(code[0].imm, second.imm);
  return {};
}

}  // namespace

Result<Decoded> decode(std::span<const Slot> code) {
  if (code.empty()) return fail(errc::malformed, "the code ends where an instruction should begin");
  const Slot& slot = code[0];
  Instruction insn{slot.opcode, slot.dst(), slot.src(), slot.offset, slot.imm};
  if (slot.opcode == kLdImm64) EBPF_CHECK(append_second_half(insn, code));
  if (const auto flaw = find_flaw(insn)) return fail(errc::malformed, sentence(insn, *flaw));
  return Decoded{insn, insn.slots()};
}

Result<Encoded> encode(const Instruction& insn) {
  if (const auto flaw = find_flaw(insn)) return fail(errc::invalid_argument, sentence(insn, *flaw));
  return encode_unchecked(insn);
}

}  // namespace ebpf::insn
