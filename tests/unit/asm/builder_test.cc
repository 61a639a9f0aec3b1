// Every function of builder.h, by the text of the instruction that it makes.
#include "ebpf/asm/builder.h"

#include <cstdint>
#include <string>

#include "ebpf/asm/print.h"
#include "tests/support/test.h"

using namespace ebpf::insn;

namespace {

std::string text(const Item& item) { return to_text(item.instruction); }

}  // namespace

TEST_CASE("64-bit arithmetic") {
  CHECK(text(add(r1, r2)) == "r1 += r2");
  CHECK(text(add(r1, -1)) == "r1 += -0x1");
  CHECK(text(sub(r1, 2)) == "r1 -= 0x2");
  CHECK(text(mul(r1, r10)) == "r1 *= r10");
  CHECK(text(div(r1, 3)) == "r1 /= 0x3");
  CHECK(text(mod(r1, 3)) == "r1 %= 0x3");
  CHECK(text(sdiv(r1, r2)) == "r1 s/= r2");
  CHECK(text(smod(r1, -3)) == "r1 s%= -0x3");
  CHECK(text(and_(r1, 3)) == "r1 &= 0x3");
  CHECK(text(or_(r1, r2)) == "r1 |= r2");
  CHECK(text(xor_(r1, 3)) == "r1 ^= 0x3");
  CHECK(text(lsh(r1, 3)) == "r1 <<= 0x3");
  CHECK(text(rsh(r1, r2)) == "r1 >>= r2");
  CHECK(text(arsh(r1, 3)) == "r1 s>>= 0x3");
  CHECK(text(mov(r0, 0)) == "r0 = 0x0");
  CHECK(text(mov(r9, r10)) == "r9 = r10");
  CHECK(text(neg(r1)) == "r1 = -r1");
}

TEST_CASE("32-bit arithmetic") {
  CHECK(text(add32(r1, r2)) == "w1 += w2");
  CHECK(text(sub32(r1, 2)) == "w1 -= 0x2");
  CHECK(text(mul32(r1, r10)) == "w1 *= w10");
  CHECK(text(div32(r1, 3)) == "w1 /= 0x3");
  CHECK(text(mod32(r1, r3)) == "w1 %= w3");
  CHECK(text(sdiv32(r1, -3)) == "w1 s/= -0x3");
  CHECK(text(smod32(r1, r2)) == "w1 s%= w2");
  CHECK(text(and32(r1, 3)) == "w1 &= 0x3");
  CHECK(text(or32(r1, r2)) == "w1 |= w2");
  CHECK(text(xor32(r1, 3)) == "w1 ^= 0x3");
  CHECK(text(lsh32(r1, 3)) == "w1 <<= 0x3");
  CHECK(text(rsh32(r1, r2)) == "w1 >>= w2");
  CHECK(text(arsh32(r1, 3)) == "w1 s>>= 0x3");
  CHECK(text(mov32(r0, INT32_MIN)) == "w0 = -0x80000000");
  CHECK(text(neg32(r1)) == "w1 = -w1");
}

TEST_CASE("moves with a conversion, and byte swaps") {
  CHECK(text(movsx<std::int8_t>(r1, r2)) == "r1 = (s8)r2");
  CHECK(text(movsx<std::int16_t>(r1, r2)) == "r1 = (s16)r2");
  CHECK(text(movsx<std::int32_t>(r1, r2)) == "r1 = (s32)r2");
  CHECK(text(movsx32<std::int8_t>(r1, r2)) == "w1 = (s8)w2");
  CHECK(text(movsx32<std::int16_t>(r1, r2)) == "w1 = (s16)w2");
  CHECK(text(addr_space_cast(r1, r2, 0, 1)) == "r1 = addr_space_cast(r2, 0x0, 0x1)");
  CHECK(text(addr_space_cast(r1, r2, 0xffff, 0)) == "r1 = addr_space_cast(r2, 0xffff, 0x0)");
  CHECK(text(to_le(r1, 16)) == "r1 = le16 r1");
  CHECK(text(to_be(r1, 32)) == "r1 = be32 r1");
  CHECK(text(bswap(r1, 64)) == "r1 = bswap64 r1");
}

TEST_CASE("loads and stores") {
  CHECK(text(load<std::uint8_t>(r1, r2, 0)) == "r1 = *(u8 *)(r2 + 0x0)");
  CHECK(text(load<std::uint16_t>(r1, r2, -2)) == "r1 = *(u16 *)(r2 - 0x2)");
  CHECK(text(load<std::uint32_t>(r1, r1, 0x4c)) == "r1 = *(u32 *)(r1 + 0x4c)");
  CHECK(text(load<std::uint64_t>(r1, r10, -8)) == "r1 = *(u64 *)(r10 - 0x8)");
  CHECK(text(load_sx<std::int8_t>(r1, r2, 1)) == "r1 = *(s8 *)(r2 + 0x1)");
  CHECK(text(load_sx<std::int16_t>(r1, r2, 1)) == "r1 = *(s16 *)(r2 + 0x1)");
  CHECK(text(load_sx<std::int32_t>(r1, r2, 1)) == "r1 = *(s32 *)(r2 + 0x1)");
  CHECK(text(store<std::uint8_t>(r10, -1, r3)) == "*(u8 *)(r10 - 0x1) = r3");
  CHECK(text(store<std::uint64_t>(r10, -8, r1)) == "*(u64 *)(r10 - 0x8) = r1");
  CHECK(text(store_imm<std::uint16_t>(r10, -2, 5)) == "*(u16 *)(r10 - 0x2) = 0x5");
  CHECK(text(store_imm<std::uint32_t>(r10, -4, -1)) == "*(u32 *)(r10 - 0x4) = -0x1");
  CHECK(text(load_abs<std::uint16_t>(12)) == "r0 = *(u16 *)skb[0xc]");
  CHECK(text(load_ind<std::uint8_t>(r7, 2)) == "r0 = *(u8 *)skb[r7 + 0x2]");
}

TEST_CASE("atomic operations") {
  using U32 = std::uint32_t;
  using U64 = std::uint64_t;
  CHECK(text(atomic_add<U64>(r1, 0, r2)) == "lock *(u64 *)(r1 + 0x0) += r2");
  CHECK(text(atomic_and<U64>(r1, 0, r2)) == "lock *(u64 *)(r1 + 0x0) &= r2");
  CHECK(text(atomic_or<U32>(r1, 4, r2)) == "lock *(u32 *)(r1 + 0x4) |= w2");
  CHECK(text(atomic_xor<U32>(r1, 4, r2)) == "lock *(u32 *)(r1 + 0x4) ^= w2");
  CHECK(text(atomic_fetch_add<U32>(r1, 0, r2)) == "w2 = atomic_fetch_add((u32 *)(r1 + 0x0), w2)");
  CHECK(text(atomic_fetch_and<U64>(r1, 0, r2)) == "r2 = atomic_fetch_and((u64 *)(r1 + 0x0), r2)");
  CHECK(text(atomic_fetch_or<U64>(r1, 0, r2)) == "r2 = atomic_fetch_or((u64 *)(r1 + 0x0), r2)");
  CHECK(text(atomic_fetch_xor<U64>(r1, 0, r2)) == "r2 = atomic_fetch_xor((u64 *)(r1 + 0x0), r2)");
  CHECK(text(atomic_exchange<U64>(r1, -8, r2)) == "r2 = xchg_64(r1 - 0x8, r2)");
  CHECK(text(atomic_exchange<U32>(r1, -8, r2)) == "w2 = xchg32_32(r1 - 0x8, w2)");
  CHECK(text(atomic_compare_exchange<U64>(r1, 0, r2)) == "r0 = cmpxchg_64(r1 + 0x0, r0, r2)");
  CHECK(text(atomic_compare_exchange<U32>(r1, 0, r2)) == "w0 = cmpxchg32_32(r1 + 0x0, w0, w2)");
  CHECK(text(load_acquire<std::uint8_t>(r0, r1, 1)) == "w0 = load_acquire((u8 *)(r1 + 0x1))");
  CHECK(text(load_acquire<U64>(r0, r1, 8)) == "r0 = load_acquire((u64 *)(r1 + 0x8))");
  CHECK(text(store_release<std::uint16_t>(r1, 2, r0)) == "store_release((u16 *)(r1 + 0x2), w0)");
}

TEST_CASE("conditions") {
  CHECK(text(jump_if(eq, r1, 1, "x")) == "if r1 == 0x1 goto +0x0");
  CHECK(text(jump_if(ne, r1, r2, "x")) == "if r1 != r2 goto +0x0");
  CHECK(text(jump_if(gt, r1, r2, "x")) == "if r1 > r2 goto +0x0");
  CHECK(text(jump_if(ge, r1, r2, "x")) == "if r1 >= r2 goto +0x0");
  CHECK(text(jump_if(lt, r1, r2, "x")) == "if r1 < r2 goto +0x0");
  CHECK(text(jump_if(le, r1, r2, "x")) == "if r1 <= r2 goto +0x0");
  CHECK(text(jump_if(sgt, r1, -1, "x")) == "if r1 s> -0x1 goto +0x0");
  CHECK(text(jump_if(sge, r1, r2, "x")) == "if r1 s>= r2 goto +0x0");
  CHECK(text(jump_if(slt, r1, r2, "x")) == "if r1 s< r2 goto +0x0");
  CHECK(text(jump_if(sle, r1, r2, "x")) == "if r1 s<= r2 goto +0x0");
  CHECK(text(jump_if(set, r1, 4, "x")) == "if r1 & 0x4 goto +0x0");
  CHECK(text(jump_if32(slt, r1, r2, "x")) == "if w1 s< w2 goto +0x0");
  CHECK(text(jump_if32(set, r1, 4, "x")) == "if w1 & 0x4 goto +0x0");
}

TEST_CASE("jumps, calls and the end") {
  CHECK(text(jump("x")) == "goto +0x0");
  CHECK(text(jump_long("x")) == "gotol +0x0");
  CHECK(text(may_goto("x")) == "may_goto +0x0");
  CHECK(text(jump_register(r3)) == "gotox r3");
  CHECK(text(call_helper(helper::map_lookup_elem)) == "call 0x1");
  CHECK(text(call_register(r3)) == "callx r3");
  CHECK(text(exit_()) == "exit");
  CHECK(call_kfunc(1000, 2).instruction == Instruction{.opcode = 0x85, .src = 2, .offset = 2, .imm = 1000});
  CHECK(call_extern("f").instruction == Instruction{.opcode = 0x85, .src = 1, .imm = -1});
}

TEST_CASE("64-bit immediates") {
  CHECK(text(load_imm64(r1, -2)) == "r1 = -0x2 ll");
  CHECK(text(load_map(r1, "m")) == "r1 = map_by_fd(0x0) ll");
  CHECK(text(load_map_value(r1, "m", 16)) == "r1 = map_val(map_by_fd(0x0)) + 0x10 ll");
  CHECK(text(load_map_fd(r1, 5)) == "r1 = map_by_fd(0x5) ll");
  CHECK(text(load_map_fd_value(r1, 5, 16)) == "r1 = map_val(map_by_fd(0x5)) + 0x10 ll");
  CHECK(text(load_function(r2, "f")) == "r2 = code_addr(+0x0) ll");
}
