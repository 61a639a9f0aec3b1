// Tracepoints: "sched/sched_switch", listed in tracefs under events/. The program gets the event's formatted fields.
#pragma once

#include <cstdint>
#include <string_view>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct TracepointOptions {
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 5.15
};

// Linux 4.7; needs tracefs mounted, CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN before 5.8). Errors: not_found for a
// tracepoint that this kernel does not have; denied; type_mismatch for a program of another type.
Result<Link> attach_tracepoint(const Program& program, std::string_view category, std::string_view event,
                               const TracepointOptions& options = {});

}  // namespace ebpf
