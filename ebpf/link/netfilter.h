// Netfilter: programs at the hooks of the network stack, among those of iptables and nftables.
#pragma once

#include <cstdint>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

// NFPROTO_* of <linux/netfilter.h>.
enum class NetfilterFamily : std::uint32_t { ipv4 = 2, ipv6 = 10 };

// NF_INET_* of <linux/netfilter.h>.
enum class NetfilterHook : std::uint32_t { pre_routing, local_in, forward, local_out, post_routing };

struct NetfilterOptions {
  // Where among the others: smaller ones come first. Every number is taken once per hook; neither the first nor the
  // last that there is can be had.
  std::int32_t priority = 0;
  // Packets come as a whole, and not in fragments (BPF_F_NETFILTER_IP_DEFRAG). 6.6; its modules have to be there.
  bool defragment = false;
};

// In the network namespace of the calling thread. Linux 6.4 with CONFIG_NETFILTER_BPF_LINK; CAP_NET_ADMIN and CAP_BPF.
// Errors: busy where the priority is taken; not_supported; denied; type_mismatch for a program of another type.
Result<Link> attach_netfilter(const Program& program, NetfilterFamily family, NetfilterHook hook,
                              const NetfilterOptions& options = {});

}  // namespace ebpf
