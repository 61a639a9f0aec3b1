// What older kernels do not take although an object can do without it: asked when something was refused, once per
// process. Internal. (Types have answers of their own, in load_types.h.)
#pragma once

#include <span>
#include <vector>

#include "ebpf/asm/slot.h"
#include "ebpf/base/error.h"

namespace ebpf::loader {

class Token;

// Leaves of an object's name what the kernel takes: nothing before Linux 4.15, no dots before 5.2. Says whether that
// changed it. Costs up to three calls of BPF_MAP_CREATE, the first time.
bool fit_name(char (&name)[16]);

// Calls of bpf_probe_read_kernel() and its like (Linux 5.5) made calls of bpf_probe_read(), which is what they were
// before, where the kernel does not have them; empty where nothing is to be changed. Costs a call of BPF_PROG_LOAD, the
// first time that code has one.
std::vector<insn::Slot> fit_helpers(std::span<const insn::Slot> code);

// Whether this is a program of type tracepoint to the kernel. A call of BPF_PROG_LOAD. Errors: where the kernel did not
// come to look at it: denied, no memory.
Result<bool> is_accepted(std::span<const insn::Slot> code, Token& token);

// For tests that pretend to be another kernel: asks again from now on.
void forget_old_kernel();

}  // namespace ebpf::loader
