// Instruction: one eBPF instruction as a plain value, and the way between it and slots.
//
// decode() is where code from a file is judged: what it returns is an instruction of the current instruction set (ISA
// versions 1 to 4 and what Linux 7.3 added to them), with every reserved field zero, and encode() gives back the slots
// that it came from. Whether the instruction makes sense where it stands (is the jump's target inside the program, may
// r10 be written) is for the verifier to say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "ebpf/asm/opcode.h"
#include "ebpf/asm/rules.h"
#include "ebpf/asm/slot.h"
#include "ebpf/base/error.h"

namespace ebpf::insn {

struct Instruction {
  std::uint8_t opcode = 0;
  std::uint8_t dst = 0;
  std::uint8_t src = 0;  // a register, or for ld_imm64 and call what imm stands for (kPseudo...)
  std::int16_t offset = 0;
  // The 32-bit imm, sign-extended. For ld_imm64 it has both: the first slot's below, the second one's above.
  std::int64_t imm = 0;

  constexpr Kind kind() const { return form_of(opcode).kind; }
  // How many slots it takes, 1 or 2.
  constexpr std::size_t slots() const { return static_cast<std::size_t>(slots_of(opcode)); }
  // The halves of ld_imm64's imm: of kPseudoMapValue, for example, the map and the offset into its value.
  constexpr std::int32_t imm_low() const { return static_cast<std::int32_t>(imm); }
  constexpr std::int32_t imm_high() const { return static_cast<std::int32_t>(imm >> 32); }

  friend constexpr bool operator==(const Instruction&, const Instruction&) = default;
};

// The imm of an ld_imm64 whose slots have these.
constexpr std::int64_t wide_imm(std::int32_t low, std::int32_t high) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(static_cast<std::uint32_t>(high)) << 32 |
                                   static_cast<std::uint32_t>(low));
}

// What is wrong with the encoding of an instruction, or nothing.
constexpr std::optional<Flaw> find_flaw(const Instruction& insn) {
  return find_flaw(Fields{insn.opcode, insn.dst, insn.src, insn.offset, insn.imm});
}

struct Decoded {
  Instruction instruction{};
  std::size_t slots = 1;
};

// The instruction that `code` begins with. errc::malformed for an opcode that does not exist, a reserved field that is
// not zero, a register above r10, or an ld_imm64 without its second half. The error names the opcode and the field, not
// the place, which the caller knows.
Result<Decoded> decode(std::span<const Slot> code);

struct Encoded {
  std::array<Slot, 2> slots{};
  std::size_t count = 1;

  constexpr std::span<const Slot> span() const { return std::span<const Slot>(slots).first(count); }
};

// The slots of an instruction, or errc::invalid_argument where decode() would refuse them.
Result<Encoded> encode(const Instruction& insn);

// As encode(), for an instruction that find_flaw() found nothing in.
constexpr Encoded encode_unchecked(const Instruction& insn) {
  Encoded out;
  out.slots[0] = make_slot(insn.opcode, insn.dst, insn.src, insn.offset, insn.imm_low());
  out.slots[1].imm = insn.slots() == 2 ? insn.imm_high() : 0;
  out.count = insn.slots();
  return out;
}

}  // namespace ebpf::insn
