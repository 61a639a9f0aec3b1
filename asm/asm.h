// The eBPF instruction set as plain values: reading, judging, printing and writing code.
//
// An eBPF program is a sequence of slots of eight bytes. An instruction is one slot, or two in the case of ld_imm64.
// The room has a type for each view of it, and no other state:
//
//     bytes of a file ──read_slot──► Slot ──decode──► Instruction ──to_text──► "r1 = *(u32 *)(r1 + 0x4c)"
//                     ◄─write_slot──      ◄──encode──             ◄──parse────
//                                      ▲
//                                   assemble ◄── Item ◄── mov(r0, 0), load<...>(...), jump_if(...), ...
//
// slot.h         Slot is the kernel's struct bpf_insn. The loader relocates and links on slots, because that is what
//                every offset in an eBPF program counts. opcode.h has the numbers that it needs for it. These two are
//                light, and code that needs no more should include no more.
// rules.h        What each opcode is and which fields it may use: one table and a few functions, all constexpr. All
//                that follows asks here.
// instruction.h  Instruction has the fields under their names, ld_imm64 being one instruction with a 64-bit imm.
//                decode() trusts nothing; what it accepts is an instruction of the ISA document, or one that Linux
//                has added since.
// print.h        The text of an instruction in LLVM's syntax.
// parse.h        That syntax back into instructions and programs. One table of texts, shape.h, serves both.
// item.h         An instruction whose label, map or function is still a name.
// builder.h      A function per kind of item, for writing programs without a compiler: tests and feature probes.
// assembler.h    Resolves labels and encodes; at compile time where the program is known then, so that a jump to
//                nowhere is a compile error, and otherwise at run time.
// helper.h       The numbers and names of the kernel's helpers.
//
// Rules come from Documentation/bpf/standardization/instruction-set.rst; the room also knows what is in no edition of
// it yet: address space casts, may_goto, load_acquire, store_release, gotox and callx. Instructions that exist only
// inside of the kernel, after the verifier has rewritten a program, are unknown here.
//
// All functions are pure and may be called from any thread.
#pragma once

#include "ebpf/asm/assembler.h"
#include "ebpf/asm/builder.h"
#include "ebpf/asm/helper.h"
#include "ebpf/asm/instruction.h"
#include "ebpf/asm/item.h"
#include "ebpf/asm/opcode.h"
#include "ebpf/asm/parse.h"
#include "ebpf/asm/print.h"
#include "ebpf/asm/rules.h"
#include "ebpf/asm/slot.h"
