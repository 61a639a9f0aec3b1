// Perf events: a program runs whenever an event counts so far. What opens one is perf_event_open(2), for which
// ebpf/sys/perf.h has a function; tracepoints, kprobes and uprobes have calls of their own.
#pragma once

#include <cstdint>

#include "ebpf/link/link.h"
#include "ebpf/program.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

struct PerfEventOptions {
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 5.15
};

// For perf_event programs. Takes the event over, and starts it. Linux 4.9; a link in the kernel from 5.15 on. Needs
// CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN before 5.8). Errors: type_mismatch for a program of another type; busy where
// the event has a program; denied; not_supported for a cookie before 5.15.
Result<Link> attach_perf_event(const Program& program, Fd event, const PerfEventOptions& options = {});

}  // namespace ebpf
