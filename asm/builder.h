// One function per kind of instruction, each giving an item for assemble() (assembler.h):
//
//     mov(r0, 0)                                    r0 = 0x0
//     add32(r1, r2)                                 w1 += w2
//     load<std::uint32_t>(r1, r1, 0x4c)             r1 = *(u32 *)(r1 + 0x4c)
//     store<std::uint64_t>(r10, -8, r1)             *(u64 *)(r10 - 0x8) = r1
//     jump_if(sgt, r1, 0, "out")                    if r1 s> 0x0 goto <where label("out") stands>
//     load_map_value(r1, "counts", 0)               r1 = the address of the value of the map "counts" ll
//
// The destination comes first, as in the text form; an address is a register and an offset in bytes. An operand is a
// register or a signed 32-bit number, which 64-bit operations sign-extend. Everything is constexpr and nothing is
// checked here: assemble() checks. Names with an underscore would otherwise be keywords, or hide exit(3).
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include "ebpf/asm/helper.h"
#include "ebpf/asm/instruction.h"
#include "ebpf/asm/item.h"
#include "ebpf/asm/opcode.h"

namespace ebpf::insn {

enum class Register : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };
using enum Register;

// Comparisons. Those with an s compare signed numbers; `set` is true when dst & operand is not 0.
enum class Condition : std::uint8_t {
  eq = static_cast<std::uint8_t>(Jump::jeq),
  ne = static_cast<std::uint8_t>(Jump::jne),
  gt = static_cast<std::uint8_t>(Jump::jgt),
  ge = static_cast<std::uint8_t>(Jump::jge),
  lt = static_cast<std::uint8_t>(Jump::jlt),
  le = static_cast<std::uint8_t>(Jump::jle),
  sgt = static_cast<std::uint8_t>(Jump::jsgt),
  sge = static_cast<std::uint8_t>(Jump::jsge),
  slt = static_cast<std::uint8_t>(Jump::jslt),
  sle = static_cast<std::uint8_t>(Jump::jsle),
  set = static_cast<std::uint8_t>(Jump::jset),
};
using enum Condition;

// The right-hand side of an operation: converts from a register and from a number.
struct Operand {
  constexpr Operand(Register reg) : source(Source::x), src(static_cast<std::uint8_t>(reg)) {}
  constexpr Operand(std::int32_t number) : imm(number) {}

  Source source = Source::k;
  std::uint8_t src = 0;
  std::int32_t imm = 0;
};

// What an instruction moves to or from memory: an integer of 1, 2, 4 or 8 bytes.
template <class T>
concept Word = std::integral<T> && !std::same_as<T, bool>;
template <class T>
concept UnsignedWord = Word<T> && std::unsigned_integral<T>;
// A signed integer for which sign extension to 64 bits means something.
template <class T>
concept SignedPart = Word<T> && std::signed_integral<T> && sizeof(T) < 8;
template <class T>
concept AtomicWord = Word<T> && (sizeof(T) == 4 || sizeof(T) == 8);

namespace build {

using Narrow = Part<1>;
using Wide = Part<2>;

constexpr std::uint8_t number_of(Register reg) { return static_cast<std::uint8_t>(reg); }

template <Word T>
constexpr Size size_for() {
  if constexpr (sizeof(T) == 1)
    return Size::b;
  else if constexpr (sizeof(T) == 2)
    return Size::h;
  else if constexpr (sizeof(T) == 4)
    return Size::w;
  else
    return Size::dw;
}

constexpr Narrow alu(Class c, Alu operation, Register dst, Operand operand, std::int16_t offset = 0) {
  return {{.instruction = {opcode_of(c, operation, operand.source), number_of(dst), operand.src, offset, operand.imm}}};
}

constexpr Narrow jump_if(Class c, Condition condition, Register dst, Operand operand, std::string_view label) {
  const auto opcode = opcode_of(c, static_cast<Jump>(condition), operand.source);
  return {{{opcode, number_of(dst), operand.src, 0, operand.imm}, Link::offset, label}};
}

template <Word T>
constexpr Narrow memory(Class c, Mode mode, Register dst, std::uint8_t src, std::int16_t offset, std::int32_t imm = 0) {
  return {{.instruction = {opcode_of(c, mode, size_for<T>()), number_of(dst), src, offset, imm}}};
}

template <Word T>
constexpr Narrow atomic(std::int32_t operation, Register dst, std::int16_t offset, Register src) {
  return memory<T>(Class::stx, Mode::atomic, dst, number_of(src), offset, operation);
}

constexpr Narrow swap(Class c, Source order, Register dst, std::int32_t bits) {
  return {{.instruction = {opcode_of(c, Alu::end, order), number_of(dst), 0, 0, bits}}};
}

constexpr Instruction wide(Register dst, std::uint8_t pseudo, std::int64_t imm) {
  return {kLdImm64, number_of(dst), pseudo, 0, imm};
}

}  // namespace build

// Arithmetic: dst = dst op operand, on 64 bits, or on the lower 32 with the upper ones becoming 0. Division by zero
// gives 0, and the remainder of it dst.
constexpr Part<1> add(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::add, dst, operand); }
constexpr Part<1> sub(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::sub, dst, operand); }
constexpr Part<1> mul(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::mul, dst, operand); }
constexpr Part<1> div(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::div, dst, operand); }
constexpr Part<1> mod(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::mod, dst, operand); }
constexpr Part<1> and_(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::and_, dst, operand); }
constexpr Part<1> or_(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::or_, dst, operand); }
constexpr Part<1> xor_(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::xor_, dst, operand); }
constexpr Part<1> lsh(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::lsh, dst, operand); }
constexpr Part<1> rsh(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::rsh, dst, operand); }
constexpr Part<1> arsh(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::arsh, dst, operand); }
constexpr Part<1> mov(Register dst, Operand operand) { return build::alu(Class::alu64, Alu::mov, dst, operand); }
constexpr Part<1> neg(Register dst) { return build::alu(Class::alu64, Alu::neg, dst, 0); }
constexpr Part<1> add32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::add, dst, operand); }
constexpr Part<1> sub32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::sub, dst, operand); }
constexpr Part<1> mul32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::mul, dst, operand); }
constexpr Part<1> div32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::div, dst, operand); }
constexpr Part<1> mod32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::mod, dst, operand); }
constexpr Part<1> and32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::and_, dst, operand); }
constexpr Part<1> or32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::or_, dst, operand); }
constexpr Part<1> xor32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::xor_, dst, operand); }
constexpr Part<1> lsh32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::lsh, dst, operand); }
constexpr Part<1> rsh32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::rsh, dst, operand); }
constexpr Part<1> arsh32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::arsh, dst, operand); }
constexpr Part<1> mov32(Register dst, Operand operand) { return build::alu(Class::alu, Alu::mov, dst, operand); }
constexpr Part<1> neg32(Register dst) { return build::alu(Class::alu, Alu::neg, dst, 0); }

// Signed division and its remainder, which has dst's sign (Linux 6.6).
constexpr Part<1> sdiv(Register dst, Operand operand) {
  return build::alu(Class::alu64, Alu::div, dst, operand, kSignedDivision);
}
constexpr Part<1> smod(Register dst, Operand operand) {
  return build::alu(Class::alu64, Alu::mod, dst, operand, kSignedDivision);
}
constexpr Part<1> sdiv32(Register dst, Operand operand) {
  return build::alu(Class::alu, Alu::div, dst, operand, kSignedDivision);
}
constexpr Part<1> smod32(Register dst, Operand operand) {
  return build::alu(Class::alu, Alu::mod, dst, operand, kSignedDivision);
}

// dst = src as a T, sign-extended to 64 bits, or to 32 with the upper ones becoming 0 (Linux 6.6).
template <SignedPart T>
constexpr Part<1> movsx(Register dst, Register src) {
  return build::alu(Class::alu64, Alu::mov, dst, src, 8 * sizeof(T));
}
template <SignedPart T>
  requires(sizeof(T) < 4)
constexpr Part<1> movsx32(Register dst, Register src) {
  return build::alu(Class::alu, Alu::mov, dst, src, 8 * sizeof(T));
}

// dst = src, a pointer into the address space `from`, as one into `to`. Linux has 0, the kernel's, and 1, an arena's
// (6.9).
constexpr Part<1> addr_space_cast(Register dst, Register src, std::uint16_t to, std::uint16_t from) {
  auto part = build::alu(Class::alu64, Alu::mov, dst, src, kAddrSpaceCast);
  part.instruction.imm = static_cast<std::int32_t>(static_cast<std::uint32_t>(to) << 16 | from);
  return part;
}

// The lower `bits` (16, 32 or 64) of dst between the host's byte order and little or big-endian, or always swapped
// (6.6).
constexpr Part<1> to_le(Register dst, int bits) { return build::swap(Class::alu, kToLe, dst, bits); }
constexpr Part<1> to_be(Register dst, int bits) { return build::swap(Class::alu, kToBe, dst, bits); }
constexpr Part<1> bswap(Register dst, int bits) { return build::swap(Class::alu64, kToLe, dst, bits); }

// dst = *(T *)(src + offset), the rest of dst becoming 0; with load_sx, copies of the sign (Linux 6.6).
template <UnsignedWord T>
constexpr Part<1> load(Register dst, Register src, std::int16_t offset) {
  return build::memory<T>(Class::ldx, Mode::mem, dst, build::number_of(src), offset);
}
template <SignedPart T>
constexpr Part<1> load_sx(Register dst, Register src, std::int16_t offset) {
  return build::memory<T>(Class::ldx, Mode::memsx, dst, build::number_of(src), offset);
}

// *(T *)(dst + offset) = src, or a number, which for 8 bytes is sign-extended.
template <Word T>
constexpr Part<1> store(Register dst, std::int16_t offset, Register src) {
  return build::memory<T>(Class::stx, Mode::mem, dst, build::number_of(src), offset);
}
template <Word T>
constexpr Part<1> store_imm(Register dst, std::int16_t offset, std::int32_t number) {
  return build::memory<T>(Class::st, Mode::mem, dst, 0, offset, number);
}

// r0 = a big-endian T in the packet, at a byte offset from its start; r6 must be the context. Socket filters and tc
// only; ends the program where the packet is shorter.
template <UnsignedWord T>
  requires(sizeof(T) < 8)
constexpr Part<1> load_abs(std::int32_t offset) {
  return build::memory<T>(Class::ld, Mode::abs, r0, 0, 0, offset);
}
template <UnsignedWord T>
  requires(sizeof(T) < 8)
constexpr Part<1> load_ind(Register base, std::int32_t offset) {
  return build::memory<T>(Class::ld, Mode::ind, r0, build::number_of(base), 0, offset);
}

// Atomic operations on the T at dst + offset; those with "fetch" put the value from before into src (Linux 5.12, as are
// all but atomic_add).
template <AtomicWord T>
constexpr Part<1> atomic_add(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicAdd, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_and(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicAnd, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_or(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicOr, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_xor(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicXor, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_fetch_add(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicAdd | kAtomicFetch, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_fetch_and(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicAnd | kAtomicFetch, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_fetch_or(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicOr | kAtomicFetch, dst, offset, src);
}
template <AtomicWord T>
constexpr Part<1> atomic_fetch_xor(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicXor | kAtomicFetch, dst, offset, src);
}
// Memory gets src, src what was in memory.
template <AtomicWord T>
constexpr Part<1> atomic_exchange(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicXchg, dst, offset, src);
}
// Memory gets src if it is equal to r0; r0 gets what was in memory, either way.
template <AtomicWord T>
constexpr Part<1> atomic_compare_exchange(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicCmpXchg, dst, offset, src);
}
// As load() and store(), ordered before or after all other accesses (Linux 6.15).
template <UnsignedWord T>
constexpr Part<1> load_acquire(Register dst, Register src, std::int16_t offset) {
  return build::atomic<T>(kAtomicLoadAcq, dst, offset, src);
}
template <Word T>
constexpr Part<1> store_release(Register dst, std::int16_t offset, Register src) {
  return build::atomic<T>(kAtomicStoreRel, dst, offset, src);
}

// Names the place before the next instruction, as the target of a jump or as the start of a function.
constexpr Part<0> label(std::string_view name) { return {{.link = Link::label, .name = name}}; }

// Jumps to a label of the same program: within 16 bits of distance, or 32 (jump_long, Linux 6.6). may_goto jumps only
// once the program has gone round for too long (Linux 6.9).
constexpr Part<1> jump(std::string_view to) { return {{{.opcode = kGoto}, Link::offset, to}}; }
constexpr Part<1> jump_long(std::string_view to) { return {{{.opcode = kGotol}, Link::imm, to}}; }
constexpr Part<1> may_goto(std::string_view to) { return {{{.opcode = kMayGoto}, Link::offset, to}}; }
constexpr Part<1> jump_register(Register to) { return {{{.opcode = kGotox, .dst = build::number_of(to)}}}; }

// Jumps if `dst condition operand`, on 64 bits or the lower 32 (Linux 5.1).
constexpr Part<1> jump_if(Condition condition, Register dst, Operand operand, std::string_view to) {
  return build::jump_if(Class::jmp, condition, dst, operand, to);
}
constexpr Part<1> jump_if32(Condition condition, Register dst, Operand operand, std::string_view to) {
  return build::jump_if(Class::jmp32, condition, dst, operand, to);
}

// Calls: arguments are in r1 to r5, the result in r0.
constexpr Part<1> call_helper(helper id) { return {{{.opcode = kCall, .imm = static_cast<std::int32_t>(id)}}}; }
// A function of this program, which starts at the label.
constexpr Part<1> call_function(std::string_view name) {
  return {{{.opcode = kCall, .src = kPseudoCall}, Link::imm, name}};
}
// A function that is not in this program, by its name: one of another program that the loader links to it, or a kfunc.
constexpr Part<1, 1> call_extern(std::string_view name) {
  return {{{.opcode = kCall, .src = kPseudoCall, .imm = -1}, Link::function, name}};
}
// A kfunc by its type in the BTF of the kernel, or of the module whose BTF is number `module` of the fd_array (not 0).
constexpr Part<1> call_kfunc(std::int32_t btf_id, std::int16_t module = 0) {
  return {{{.opcode = kCall, .src = kPseudoKfuncCall, .offset = module, .imm = btf_id}}};
}
constexpr Part<1> call_register(Register to) { return {{{.opcode = kCallx, .dst = build::number_of(to)}}}; }

// Returns from the function, or ends the program, with r0.
constexpr Part<1> exit_() { return {{{.opcode = kExit}}}; }

// dst = a 64-bit number.
constexpr Part<2> load_imm64(Register dst, std::int64_t number) { return {{build::wide(dst, 0, number)}}; }

// dst = a map, by its name, or `offset` bytes into the one value of an array map (Linux 5.2).
constexpr Part<2, 1> load_map(Register dst, std::string_view name) {
  return {{build::wide(dst, kPseudoMapFd, 0), Link::map, name}};
}
constexpr Part<2, 1> load_map_value(Register dst, std::string_view name, std::int32_t offset) {
  return {{build::wide(dst, kPseudoMapValue, wide_imm(0, offset)), Link::map_value, name}};
}
// The same with the map's file descriptor, where that is known already.
constexpr Part<2> load_map_fd(Register dst, int fd) { return {{build::wide(dst, kPseudoMapFd, wide_imm(fd, 0))}}; }
constexpr Part<2> load_map_fd_value(Register dst, int fd, std::int32_t offset) {
  return {{build::wide(dst, kPseudoMapValue, wide_imm(fd, offset))}};
}

// dst = the function of this program that starts at the label, for helpers that take a callback (Linux 5.13).
constexpr Part<2> load_function(Register dst, std::string_view name) {
  return {{build::wide(dst, kPseudoFunc, 0), Link::imm, name}};
}

}  // namespace ebpf::insn
