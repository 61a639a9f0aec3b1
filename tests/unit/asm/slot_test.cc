// Slots against the kernel's struct and against bytes written out by hand, in both byte orders.
#include "ebpf/asm/slot.h"

#include <linux/bpf.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::insn;

namespace {

using Bytes = std::array<std::byte, kSlotSize>;

constexpr Bytes bytes_of(std::array<unsigned, kSlotSize> values) {
  Bytes out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(values[i]);
  return out;
}

// r1 = *(u32 *)(r2 - 0x100), with an imm that makes every byte different.
constexpr Slot kSlot = make_slot(0x61, 1, 2, -0x100, 0x11223344);
constexpr Bytes kLittle = bytes_of({0x61, 0x21, 0x00, 0xff, 0x44, 0x33, 0x22, 0x11});
constexpr Bytes kBig = bytes_of({0x61, 0x12, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44});

static_assert(kSlot.dst() == 1 && kSlot.src() == 2);

}  // namespace

TEST_CASE("a slot is the kernel's struct bpf_insn") {
  const auto kernels = std::bit_cast<bpf_insn>(kSlot);
  CHECK(kernels.code == 0x61);
  CHECK(kernels.dst_reg == 1);
  CHECK(kernels.src_reg == 2);
  CHECK(kernels.off == -0x100);
  CHECK(kernels.imm == 0x11223344);
}

TEST_CASE("setting a register leaves the other one alone and keeps four bits") {
  Slot slot = kSlot;
  slot.set_dst(10);
  CHECK(slot.dst() == 10);
  CHECK(slot.src() == 2);
  slot.set_src(0x1f);
  CHECK(slot.dst() == 10);
  CHECK(slot.src() == 15);
}

TEST_CASE("slots are read from files of both byte orders") {
  CHECK(read_slot(ByteView(kLittle, ByteOrder::little), 0) == kSlot);
  CHECK(read_slot(ByteView(kBig, ByteOrder::big), 0) == kSlot);
}

TEST_CASE("slots are written to files of both byte orders") {
  Bytes out;
  write_slot(kSlot, ByteOrder::little, out);
  CHECK(out == kLittle);
  write_slot(kSlot, ByteOrder::big, out);
  CHECK(out == kBig);
}

TEST_CASE("a slot is read at any offset but not past the end") {
  std::array<std::byte, 2 * kSlotSize> code{};
  write_slot(kSlot, ByteOrder::big, std::span(code).subspan<3, kSlotSize>());
  const ByteView view(code, ByteOrder::big);
  CHECK(read_slot(view, 3) == kSlot);
  CHECK(read_slot(view, 8).has_value());
  CHECK_FALSE(read_slot(view, 9).has_value());
  CHECK_FALSE(read_slot(view, UINT64_MAX).has_value());
  CHECK_FALSE(read_slot(ByteView(), 0).has_value());
}
