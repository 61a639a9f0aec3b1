// Proof that the numbers of opcode.h are the kernel's, as far as the system's <linux/bpf.h> knows them.
#include "ebpf/asm/opcode.h"

#include <linux/bpf.h>

#include <type_traits>

namespace ebpf::insn {
namespace {

template <class E>
constexpr bool is(E ours, int kernels) {
  if constexpr (std::is_enum_v<E>)
    return static_cast<int>(ours) == kernels;
  else
    return ours == kernels;
}

static_assert(is(Class::ld, BPF_LD) && is(Class::ldx, BPF_LDX) && is(Class::st, BPF_ST) && is(Class::stx, BPF_STX));
static_assert(is(Class::alu, BPF_ALU) && is(Class::jmp, BPF_JMP) && is(Class::jmp32, BPF_JMP32) &&
              is(Class::alu64, BPF_ALU64));
static_assert(is(Source::k, BPF_K) && is(Source::x, BPF_X) && is(kToLe, BPF_TO_LE) && is(kToBe, BPF_TO_BE));

static_assert(is(Alu::add, BPF_ADD) && is(Alu::sub, BPF_SUB) && is(Alu::mul, BPF_MUL) && is(Alu::div, BPF_DIV) &&
              is(Alu::or_, BPF_OR) && is(Alu::and_, BPF_AND) && is(Alu::lsh, BPF_LSH) && is(Alu::rsh, BPF_RSH) &&
              is(Alu::neg, BPF_NEG) && is(Alu::mod, BPF_MOD) && is(Alu::xor_, BPF_XOR) && is(Alu::mov, BPF_MOV) &&
              is(Alu::arsh, BPF_ARSH) && is(Alu::end, BPF_END));
static_assert(is(Jump::ja, BPF_JA) && is(Jump::jeq, BPF_JEQ) && is(Jump::jgt, BPF_JGT) && is(Jump::jge, BPF_JGE) &&
              is(Jump::jset, BPF_JSET) && is(Jump::jne, BPF_JNE) && is(Jump::jsgt, BPF_JSGT) &&
              is(Jump::jsge, BPF_JSGE) && is(Jump::call, BPF_CALL) && is(Jump::exit, BPF_EXIT) &&
              is(Jump::jlt, BPF_JLT) && is(Jump::jle, BPF_JLE) && is(Jump::jslt, BPF_JSLT) && is(Jump::jsle, BPF_JSLE));

static_assert(is(Size::w, BPF_W) && is(Size::h, BPF_H) && is(Size::b, BPF_B) && is(Size::dw, BPF_DW));
static_assert(is(Mode::imm, BPF_IMM) && is(Mode::abs, BPF_ABS) && is(Mode::ind, BPF_IND) && is(Mode::mem, BPF_MEM) &&
              is(Mode::atomic, BPF_ATOMIC));

static_assert(is(kLdImm64, BPF_LD | BPF_IMM | BPF_DW) && is(kGoto, BPF_JMP | BPF_JA) &&
              is(kGotol, BPF_JMP32 | BPF_JA) && is(kGotox, BPF_JMP | BPF_JA | BPF_X) && is(kCall, BPF_JMP | BPF_CALL) &&
              is(kCallx, BPF_JMP | BPF_CALL | BPF_X) && is(kExit, BPF_JMP | BPF_EXIT));
static_assert(kMayGoto == opcode_of(Class::jmp, Jump::jcond, Source::k));
static_assert(kMaxRegister == MAX_BPF_REG - 1);

static_assert(kPseudoMapFd == BPF_PSEUDO_MAP_FD && kPseudoMapValue == BPF_PSEUDO_MAP_VALUE &&
              kPseudoBtfId == BPF_PSEUDO_BTF_ID && kPseudoFunc == BPF_PSEUDO_FUNC &&
              kPseudoMapIdx == BPF_PSEUDO_MAP_IDX && kPseudoMapIdxValue == BPF_PSEUDO_MAP_IDX_VALUE);
static_assert(kPseudoCall == BPF_PSEUDO_CALL && kPseudoKfuncCall == BPF_PSEUDO_KFUNC_CALL);

static_assert(kAtomicAdd == BPF_ADD && kAtomicOr == BPF_OR && kAtomicAnd == BPF_AND && kAtomicXor == BPF_XOR &&
              kAtomicFetch == BPF_FETCH && kAtomicXchg == BPF_XCHG && kAtomicCmpXchg == BPF_CMPXCHG);

}  // namespace
}  // namespace ebpf::insn
