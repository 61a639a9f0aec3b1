// perf_event_open(2), as far as BPF needs it: an event that a program hangs on, or whose ring buffer a program fills.
// Internal.
//
// The attributes are struct perf_event_attr of <linux/perf_event.h>: unlike bpf(2)'s, its copy in the distributions has
// had all that is needed here for many years.
#pragma once

#include <linux/perf_event.h>
#include <sys/types.h>

#include <cstdint>

#include "ebpf/base/error.h"
#include "ebpf/sys/fd.h"

namespace ebpf::sys {

// Whose events count: one process (or every one, -1) on one CPU (or every one, -1), not both -1.
struct PerfTarget {
  pid_t pid = -1;
  int cpu = 0;
};

// A perf event, close-on-exec. attr.size need not be set. Needs CAP_PERFMON (CAP_SYS_ADMIN before 5.8), or a low enough
// /proc/sys/kernel/perf_event_paranoid. "perf_event_open: EACCES".
Result<Fd> perf_event_open(const perf_event_attr& attr, PerfTarget target);

// The event of a tracepoint, by the number in tracefs (events/<group>/<name>/id), to carry a program: it counts, but
// samples nothing and wakes nobody.
Result<Fd> perf_open_tracepoint(std::uint64_t tracepoint_id, PerfTarget target);

// Runs `prog_fd` at each hit of the event: PERF_EVENT_IOC_SET_BPF, 4.1. For kprobes and tracepoints the program hangs
// on the underlying tracepoint, whatever the event's target, until the event is closed; EEXIST where it does already.
Result<void> perf_set_bpf(int fd, int prog_fd);

// PERF_EVENT_IOC_ENABLE, PERF_EVENT_IOC_DISABLE.
Result<void> perf_enable(int fd);
Result<void> perf_disable(int fd);

}  // namespace ebpf::sys
