// Slots from and to files of either byte order, and the proof that Slot is the kernel's struct.
#include "ebpf/asm/slot.h"

#include <linux/bpf.h>

#include <cstring>

namespace ebpf::insn {
namespace {

static_assert(sizeof(Slot) == sizeof(bpf_insn) && alignof(Slot) == alignof(bpf_insn));
static_assert(offsetof(Slot, opcode) == offsetof(bpf_insn, code));
static_assert(offsetof(Slot, offset) == offsetof(bpf_insn, off));
static_assert(offsetof(Slot, imm) == offsetof(bpf_insn, imm));

// Changing the byte order of a slot is its own inverse.
Slot reordered(Slot slot) {
  slot.registers = static_cast<std::uint8_t>(slot.registers << 4 | slot.registers >> 4);
  slot.offset = byte_swap(slot.offset);
  slot.imm = byte_swap(slot.imm);
  return slot;
}

}  // namespace

std::optional<Slot> read_slot(ByteView code, std::uint64_t offset) {
  const auto bytes = code.slice(offset, kSlotSize);
  if (!bytes) return std::nullopt;
  Slot slot;
  std::memcpy(&slot, bytes->data(), kSlotSize);
  return code.order() == kHostByteOrder ? slot : reordered(slot);
}

void write_slot(const Slot& slot, ByteOrder order, std::span<std::byte, kSlotSize> out) {
  const Slot written = order == kHostByteOrder ? slot : reordered(slot);
  std::memcpy(out.data(), &written, kSlotSize);
}

}  // namespace ebpf::insn
