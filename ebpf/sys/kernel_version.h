// What the running kernel says about itself: its version, and how many CPUs it counts per-CPU values for. Internal.
#pragma once

#include <cstdint>
#include <string_view>

#include "ebpf/base/error.h"

namespace ebpf::sys {

// A version as LINUX_VERSION_CODE has it: a last part above 255, as in 4.14.336, counts as 255.
constexpr std::uint32_t kernel_version(std::uint32_t major, std::uint32_t minor, std::uint32_t patch) {
  return (major << 16) + (minor << 8) + (patch > 255 ? 255 : patch);
}

// The version of the running kernel, as it must stand in ProgLoadAttr::kern_version of a kprobe before 5.0. Debian and
// Ubuntu name their kernels by their own count ("6.1.0-18-amd64") and tell the version that was built elsewhere, which
// is looked at first.
Result<std::uint32_t> running_kernel_version();

// The same from the three texts: utsname::release, utsname::version, and /proc/version_signature (empty where there is
// none, as everywhere but on Ubuntu).
Result<std::uint32_t> parse_kernel_version(std::string_view release, std::string_view version,
                                           std::string_view ubuntu_signature);

// How many CPUs are possible, online or not: as many values as bpf(2) reads and writes for an element of a per-CPU map.
// Reads /sys/devices/system/cpu/possible once per process. Safe to call from any thread.
Result<unsigned> possible_cpus();

// The number of CPUs in a list such as "0-3,8-11\n", which is ascending.
Result<unsigned> parse_cpu_list(std::string_view list);

}  // namespace ebpf::sys
