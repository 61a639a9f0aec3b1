// XDP: a program that sees each packet that a network interface receives, before the network stack does.
#pragma once

#include <cstdint>

#include "ebpf/link/link.h"
#include "ebpf/program.h"

namespace ebpf {

// Where the program runs: wherever is fastest; in the network stack, for any driver; in the driver; on the device.
// XDP_FLAGS_* of <linux/if_link.h>.
enum class XdpMode : std::uint32_t { automatic = 0, generic = 1u << 1, driver = 1u << 2, hardware = 1u << 3 };

struct XdpOptions {
  XdpMode mode = XdpMode::automatic;
};

// `ifindex` as of if_nametoindex(3), in the network namespace of the caller. One program per interface and mode.
// Linux 5.9; CAP_NET_ADMIN and CAP_BPF. Errors: busy where there is one already; not_found; type_mismatch.
Result<Link> attach_xdp(const Program& program, std::uint32_t ifindex, const XdpOptions& options = {});

}  // namespace ebpf
