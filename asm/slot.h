// Slot: eight bytes of eBPF code, as the kernel on this host has them in memory.
//
// The kernel counts code in slots, not in instructions: a jump of +1 skips one slot, a program's length is a number of
// slots, and the one wide instruction (ld_imm64) takes two. The loader therefore works on a vector of Slot and hands it
// to bpf(2) as it is: Slot is `struct bpf_insn` of <linux/bpf.h>, byte for byte.
//
// A file may be of the other byte order. Then it is not only `offset` and `imm` that are reversed: the two registers,
// being bit-fields in the kernel's struct, have changed places within their byte too ("Instruction encoding" in
// Documentation/bpf/standardization/instruction-set.rst). read_slot() and write_slot() do all of that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "ebpf/base/bytes.h"

namespace ebpf::insn {

inline constexpr std::size_t kSlotSize = 8;

struct Slot {
  std::uint8_t opcode = 0;
  std::uint8_t registers = 0;  // dst and src, in the order of the kernel's bit-fields; see the accessors
  std::int16_t offset = 0;
  std::int32_t imm = 0;

  constexpr std::uint8_t dst() const { return (registers >> kDstShift) & 0xf; }
  constexpr std::uint8_t src() const { return (registers >> kSrcShift) & 0xf; }
  // Only the low four bits of a register's number are kept.
  constexpr void set_dst(std::uint8_t number) { set(kDstShift, kSrcShift, number); }
  constexpr void set_src(std::uint8_t number) { set(kSrcShift, kDstShift, number); }

  friend constexpr bool operator==(const Slot&, const Slot&) = default;

 private:
  // The first bit-field of a struct is the low nibble where bytes are little-endian, and the high one elsewhere.
  static constexpr int kDstShift = kHostByteOrder == ByteOrder::little ? 0 : 4;
  static constexpr int kSrcShift = 4 - kDstShift;

  constexpr void set(int shift, int other_shift, std::uint8_t number) {
    registers = static_cast<std::uint8_t>((number & 0xf) << shift | (registers & 0xf << other_shift));
  }
};

static_assert(sizeof(Slot) == kSlotSize && alignof(Slot) == 4);
static_assert(std::is_trivially_copyable_v<Slot> && std::is_standard_layout_v<Slot>);

// A slot with all of its fields.
constexpr Slot make_slot(std::uint8_t opcode, std::uint8_t dst, std::uint8_t src, std::int16_t offset,
                         std::int32_t imm) {
  Slot slot{.opcode = opcode, .offset = offset, .imm = imm};
  slot.set_dst(dst);
  slot.set_src(src);
  return slot;
}

// The slot at `offset` bytes into code of the view's byte order, or nothing where the view ends before the slot does.
std::optional<Slot> read_slot(ByteView code, std::uint64_t offset);

// Writes `slot` as a file of byte order `order` has it.
void write_slot(const Slot& slot, ByteOrder order, std::span<std::byte, kSlotSize> out);

}  // namespace ebpf::insn
