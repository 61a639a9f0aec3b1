// The texts in which asm/ differs from llvm-objdump-19, or that it does not know; llvm_test.cc has all the others.
#include "ebpf/asm/print.h"

#include <cstdint>

#include "tests/support/test.h"

using namespace ebpf::insn;

TEST_CASE("the examples of the documentation") {
  CHECK(to_text({.opcode = 0x61, .dst = 1, .src = 1, .offset = 0x4c}) == "r1 = *(u32 *)(r1 + 0x4c)");
  CHECK(to_text({.opcode = 0x65, .dst = 1, .offset = 5}) == "if r1 s> 0x0 goto +0x5");
  CHECK(to_text({.opcode = 0xb7}) == "r0 = 0x0");
  CHECK(to_text({.opcode = 0xdb, .dst = 1, .src = 2}) == "lock *(u64 *)(r1 + 0x0) += r2");
  CHECK(to_text({.opcode = 0x85, .imm = 1}) == "call 0x1");
  CHECK(to_text({.opcode = 0x18, .dst = 1}) == "r1 = 0x0 ll");
}

TEST_CASE("ld_imm64 of something other than a number") {
  const auto text = [](std::uint8_t src, std::int32_t low, std::int32_t high) {
    return to_text({.opcode = 0x18, .dst = 1, .src = src, .imm = wide_imm(low, high)});
  };
  CHECK(text(kPseudoMapFd, 5, 0) == "r1 = map_by_fd(0x5) ll");
  CHECK(text(kPseudoMapValue, 5, 8) == "r1 = map_val(map_by_fd(0x5)) + 0x8 ll");
  CHECK(text(kPseudoMapValue, 5, -1) == "r1 = map_val(map_by_fd(0x5)) + 0xffffffff ll");
  CHECK(text(kPseudoBtfId, 5, 0) == "r1 = var_addr(0x5) ll");
  CHECK(text(kPseudoBtfId, 5, 3) == "r1 = var_addr(0x5, 0x3) ll");
  CHECK(text(kPseudoFunc, -5, 0) == "r1 = code_addr(-0x5) ll");
  CHECK(text(kPseudoFunc, 5, 0) == "r1 = code_addr(+0x5) ll");
  CHECK(text(kPseudoMapIdx, 0, 0) == "r1 = map_by_idx(0x0) ll");
  CHECK(text(kPseudoMapIdxValue, 1, 4) == "r1 = map_val(map_by_idx(0x1)) + 0x4 ll");
}

TEST_CASE("ordered loads and stores") {
  CHECK(to_text({.opcode = 0xdb, .src = 1, .imm = 0x100}) == "r0 = load_acquire((u64 *)(r1 + 0x0))");
  CHECK(to_text({.opcode = 0xc3, .src = 1, .imm = 0x100}) == "w0 = load_acquire((u32 *)(r1 + 0x0))");
  CHECK(to_text({.opcode = 0xcb, .src = 1, .imm = 0x100}) == "w0 = load_acquire((u16 *)(r1 + 0x0))");
  CHECK(to_text({.opcode = 0xd3, .src = 1, .imm = 0x100}) == "w0 = load_acquire((u8 *)(r1 + 0x0))");
  CHECK(to_text({.opcode = 0xdb, .dst = 1, .offset = -8, .imm = 0x110}) == "store_release((u64 *)(r1 - 0x8), r0)");
  CHECK(to_text({.opcode = 0xd3, .dst = 1, .src = 2, .imm = 0x110}) == "store_release((u8 *)(r1 + 0x0), w2)");
}

TEST_CASE("indirect packet access has its number") {
  CHECK(to_text({.opcode = 0x40, .src = 2}) == "r0 = *(u32 *)skb[r2]");
  CHECK(to_text({.opcode = 0x48, .src = 2, .imm = 4}) == "r0 = *(u16 *)skb[r2 + 0x4]");
  CHECK(to_text({.opcode = 0x50, .src = 2, .imm = -4}) == "r0 = *(u8 *)skb[r2 - 0x4]");
}

TEST_CASE("a jump to an address in a register") { CHECK(to_text({.opcode = 0x0d, .dst = 3}) == "gotox r3"); }

TEST_CASE("calls look alike whatever they call") {
  CHECK(to_text({.opcode = 0x85, .src = kPseudoCall, .imm = -2}) == "call -0x2");
  CHECK(to_text({.opcode = 0x85, .src = kPseudoKfuncCall, .offset = 1, .imm = 0x1234}) == "call 0x1234");
}

TEST_CASE("what is no instruction is unknown") {
  CHECK(to_text({}) == "<unknown>");
  CHECK(to_text({.opcode = 0xff}) == "<unknown>");
  CHECK(to_text({.opcode = 0xb7, .dst = 11}) == "<unknown>");
  CHECK(to_text({.opcode = 0xb7, .imm = INT64_MAX}) == "<unknown>");
}
