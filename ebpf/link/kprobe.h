// Kprobes: a program runs where the kernel enters a function, or returns from it. It sees the processor's registers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct KprobeOptions {
  // Where the function returns, instead of where it begins; nothing: as the program's section says ("kretprobe").
  std::optional<bool> at_return = {};
  std::uint64_t offset = 0;  // in bytes, from the function's beginning; not of a return
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 5.15
};

// `function` is a symbol of the kernel or of a module ("do_unlinkat", see /proc/kallsyms). Linux 4.17 with
// CONFIG_KPROBES; needs sysfs, CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN before 5.8). Errors: not_found for a function
// that is not there or cannot be probed; not_supported where the kernel has no kprobes; denied; invalid_argument for an
// offset that begins no instruction; type_mismatch for a program of another type.
Result<Link> attach_kprobe(const Program& program, std::string_view function, const KprobeOptions& options = {});

// The function of a system call, by the call's name ("openat"), whatever this machine and this kernel call it. Errors:
// as attach_kprobe().
Result<Link> attach_ksyscall(const Program& program, std::string_view system_call, const KprobeOptions& options = {});

}  // namespace ebpf
