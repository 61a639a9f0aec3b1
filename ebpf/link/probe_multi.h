// Many kprobes or uprobes in one link: as fast to attach as one, and faster when they are hit.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct KprobeMultiOptions {
  // Where the functions return; nothing: as the program's section says ("kretprobe.multi"). A session's program runs at
  // both.
  std::optional<bool> at_return = {};
  // bpf_get_attach_cookie(), one for each function; none, or as many.
  std::span<const std::uint64_t> cookies = {};
};

// For programs whose attach type is trace_kprobe_multi or trace_kprobe_session (sections "kprobe.multi" and the like).
// Linux 5.18 with CONFIG_FPROBE; sessions 6.10. CAP_PERFMON and CAP_BPF. Errors: not_found where one of them is not
// there, or cannot be traced; not_supported; denied; invalid_argument for no function, and for cookies of another
// number; type_mismatch for a program of another type or attach type.
Result<Link> attach_kprobe_multi(const Program& program, std::span<const std::string> functions,
                                 const KprobeMultiOptions& options = {});

// All functions whose names match, with `*` for any text and `?` for any character, of the kernel and its modules.
// Needs tracefs. Before Linux 6.5 it takes no name that several functions have: tracefs does not say which of them it
// means. No cookies. Errors: also not_found where no function matches.
Result<Link> attach_kprobe_multi(const Program& program, std::string_view pattern,
                                 const KprobeMultiOptions& options = {});

struct UprobeMultiOptions {
  std::optional<bool> at_return = {};  // as KprobeMultiOptions
  // One process, or (0) every one that has the file mapped, now or later.
  pid_t pid = 0;
  // One for each place; none, or as many.
  std::span<const std::uint64_t> cookies = {};
  std::span<const std::uint64_t> reference_counters = {};  // as UprobeOptions::reference_counter
};

// Places in a file, in bytes from its beginning. For programs whose attach type is trace_uprobe_multi or
// trace_uprobe_session. Linux 6.6; sessions 6.13. Errors: as attach_kprobe_multi().
Result<Link> attach_uprobe_multi(const Program& program, std::string_view file, std::span<const std::uint64_t> places,
                                 const UprobeMultiOptions& options = {});

// All functions of the file whose names match. As attach_uprobe() for what `file` may be.
Result<Link> attach_uprobe_multi(const Program& program, std::string_view file, std::string_view pattern,
                                 const UprobeMultiOptions& options = {});

}  // namespace ebpf
