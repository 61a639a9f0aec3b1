// Control groups: programs that are asked about what the processes of a cgroup do with sockets, devices and sysctls.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ebpf/link/anchor.h"
#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

struct CgroupOptions {
  // Instead of the attach type that the program was loaded with; needed where that is not known: for "cgroup/skb"
  // programs, whose section says none, and for pinned ones.
  std::optional<AttachType> attach_type = {};
  Anchor anchor = {};  // 6.17
};

// `path` is a directory of a cgroup2 file system. The program applies to the cgroup and those below it, together with
// others that are attached there. Linux 5.7; CAP_NET_ADMIN and CAP_BPF. Errors: io for the path; invalid_argument where
// it is on no cgroup2 file system, or the program is of a type that does not attach to cgroups.
Result<Link> attach_cgroup(const Program& program, const std::string& path, const CgroupOptions& options = {});

}  // namespace ebpf
