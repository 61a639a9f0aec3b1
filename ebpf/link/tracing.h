// Programs that are attached to something the kernel's BTF names: functions (fentry, fexit, fmod_ret), tracepoints with
// typed arguments (tp_btf) and LSM hooks. What they attach to was settled when they were loaded, by the names of their
// sections; attaching takes no more than the program.
#pragma once

#include <cstdint>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct TracingOptions {
  std::uint64_t cookie = 0;  // bpf_get_attach_cookie(); 5.19
};

// For tracing programs other than iterators, and for lsm programs that are not for one cgroup. Linux 5.5, lsm 5.7;
// CAP_PERFMON and CAP_BPF (CAP_SYS_ADMIN before 5.8), for lsm also CAP_MAC_ADMIN. Errors: denied; type_mismatch; busy
// for a function that has as many programs as it can take.
Result<Link> attach_tracing(const Program& program, const TracingOptions& options = {});

}  // namespace ebpf
