// Programs of a network namespace: which socket gets a connection (sk_lookup), and where packets' headers are
// (flow_dissector).
#pragma once

#include <string>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

// `path` names the namespace: "/proc/self/ns/net", "/run/netns/NAME". Linux 5.8 for flow_dissector, of which a
// namespace has one; 5.9 for sk_lookup, several in a row. Needs CAP_NET_ADMIN (flow_dissector: in the namespace's
// users) and CAP_BPF. Errors: io and invalid_argument for a path that is no network namespace; busy; denied;
// type_mismatch.
Result<Link> attach_netns(const Program& program, const std::string& path = "/proc/self/ns/net");

}  // namespace ebpf
