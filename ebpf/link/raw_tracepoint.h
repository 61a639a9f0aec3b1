// Raw tracepoints: "sys_enter". The program gets the arguments of the tracepoint in the kernel's code, unformatted.
#pragma once

#include <cstdint>
#include <string_view>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct RawTracepointOptions {
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 6.10
};

// For raw_tracepoint and raw_tracepoint_writable programs. Linux 4.17; CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN
// before 5.8). Errors: not_found for a tracepoint that this kernel does not have; denied; type_mismatch.
Result<Link> attach_raw_tracepoint(const Program& program, std::string_view event,
                                   const RawTracepointOptions& options = {});

}  // namespace ebpf
