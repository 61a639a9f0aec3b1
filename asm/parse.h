// Text to instructions: what print.h prints, and what is written by hand in the same syntax, that of llvm-mc.
//
//     r0 = 0; exit                          statements end with a line or a ';'
//     top: r1 += 1                          labels; jumps go to one, or a distance: goto top, goto -2
//     if w1 s> 0xffffffff goto top          numbers are decimal or hexadecimal; blanks do not matter
//     r1 = *(u64 *)(r10 - 8)    # -8 bytes  comments: #, //, and /* */
//     call bpf_ktime_get_ns                 a helper by its name; otherwise a label, or a function outside
//     r1 = counts ll                        the address of a map; of a function, where "counts" is a label
//     r1 = counts + 8 ll                    8 bytes into the map's first value
//
// A whole file with sections, data and symbols is for assemble_object() (object.h). Pure functions; any thread.
#pragma once

#include <string_view>

#include "ebpf/asm/assembler.h"
#include "ebpf/asm/instruction.h"
#include "ebpf/base/error.h"

namespace ebpf::insn {

// One instruction without names other than a helper's. For every instruction that encode() takes,
// parse_instruction(to_source(insn)) is `insn`. Errors: malformed; the sentence has line, column and what was expected.
Result<Instruction> parse_instruction(std::string_view text);

// A program: slots, and references by name to what it does not define. The names are views into `text`. Errors:
// malformed, as above.
Result<Code> parse(std::string_view text);

}  // namespace ebpf::insn
