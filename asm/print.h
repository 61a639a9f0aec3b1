// Instructions as text, in the syntax of llvm-objdump and llvm-mc (LLVM 19), which clang's inline assembler reads too:
//
//     r1 = *(u32 *)(r1 + 0x4c)      if r1 s> 0x0 goto +0x5      lock *(u64 *)(r1 + 0x0) += r2
//     w0 = 0x1                      r1 = 0x100000000 ll         r2 = atomic_fetch_add((u64 *)(r1 + 0x0), r2)
//
// A text is that of `llvm-objdump-19 -d`, but for these:
//
//   32-bit atomics      w registers, as llvm-objdump prints them with --mattr=+alu32; without it, it knows only one of
//                       them, and takes the fetching `add` for the other
//   ld_imm64 of a map,  the ISA document's functions, "r1 = map_val(map_by_fd(0x3)) + 0x8 ll", where llvm-objdump's
//   variable or code    ld_pseudo drops the second half
//   load_ind            with its imm, "r0 = *(u32 *)skb[r2 + 0x4]", unless that is 0
//   load_acquire        which LLVM 19 does not know; as by later ones, with w registers for 1, 2 and 4 bytes
//   store_release
//   gotox               the same: as by LLVM 22 and the kernel
//
// The text of a call does not tell a helper, a function and a kfunc apart, nor does llvm-objdump's; Instruction does,
// and to_source() does too. Jumps are in slots, relative to the next instruction. There is no "<symbol+0x8>" behind
// them.
#pragma once

#include <string>

#include "ebpf/asm/instruction.h"

namespace ebpf::insn {

// The text of one instruction, without a newline; "<unknown>" where find_flaw() finds something.
std::string to_text(const Instruction& insn);

// The same, but for calls of anything other than a helper: "call pc+0x5" of a function, as the kernel's verifier writes
// it, and "call btf_id(0x1234)" of a kfunc, with its module's number behind a comma unless that is 0.
// parse_instruction() (parse.h) makes the same instruction of it.
std::string to_source(const Instruction& insn);

}  // namespace ebpf::insn
