// tcx: programs that see each packet that enters or leaves a network interface, several in a row.
#pragma once

#include <cstdint>

#include "ebpf/link/anchor.h"
#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

enum class TcxDirection : std::uint32_t {
  ingress = static_cast<std::uint32_t>(AttachType::tcx_ingress),
  egress = static_cast<std::uint32_t>(AttachType::tcx_egress),
};

struct TcxOptions {
  Anchor anchor = {};
  // Fails with busy where the programs on this interface have changed since a query gave this number; 0 for any.
  std::uint64_t expected_revision = 0;
};

// For sched_cls programs, whatever their section says about the direction. `ifindex` as of if_nametoindex(3).
// Linux 6.6; CAP_NET_ADMIN and CAP_BPF. Errors: not_found; denied; type_mismatch.
Result<Link> attach_tcx(const Program& program, std::uint32_t ifindex, TcxDirection direction,
                        const TcxOptions& options = {});

}  // namespace ebpf
