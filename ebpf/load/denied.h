// What to say, and to try, when the kernel answers EPERM. Internal.
#pragma once

#include "ebpf/base/error.h"

namespace ebpf::loader {

// What was denied.
enum class Need { load_btf, create_map, load_program };

// Adds to a denied call's error which capability is missing, or, where none is, what else there is that denies.
Failure explain_denied(Error&& error, Need need);

// Before Linux 5.11, memory of BPF objects counted against RLIMIT_MEMLOCK, and running out of it was reported as EPERM.
// Takes that limit away, for the whole process, on such kernels only. True where it is worth trying again.
bool raise_memlock_limit();

}  // namespace ebpf::loader
