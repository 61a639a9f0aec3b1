// Uprobes: a program runs where a process enters a function of a program or shared library, or returns from it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct UprobeOptions {
  // Where the function returns, instead of where it begins; nothing: as the program's section says ("uretprobe").
  std::optional<bool> at_return = {};
  std::uint64_t offset = 0;  // in bytes, from the function's beginning
  // One process, or (-1) every one that has the file mapped, now or later.
  pid_t pid = -1;
  // Where in the file the counter is that the kernel raises while somebody is attached (a USDT semaphore), in bytes; 0
  // for none. 4.20.
  std::uint32_t reference_counter = 0;
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 5.15
};

// `file` is a path, or the name of a program or library in the usual folders ("libc.so.6", "bash"); the function one of
// its symbols. Reads the whole file to find it. Linux 4.17; needs sysfs, CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN before
// 5.8). Errors: not_found for a file or function that is not there; invalid_argument where the name is that of several
// functions; out_of_range for an offset behind its end; denied; type_mismatch for a program of another type.
Result<Link> attach_uprobe(const Program& program, std::string_view file, std::string_view function,
                           const UprobeOptions& options = {});

// The same at a place that is known, `file_offset` bytes from the file's beginning; UprobeOptions::offset is added. The
// symbols of the file are not looked at.
Result<Link> attach_uprobe(const Program& program, std::string_view file, std::uint64_t file_offset,
                           const UprobeOptions& options = {});

}  // namespace ebpf
