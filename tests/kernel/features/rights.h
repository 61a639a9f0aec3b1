// Capabilities of a process of its own (in_child.h), which does not get them back.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace ebpf::test {

inline constexpr std::uint64_t kNetAdmin = 1ull << 12, kSysAdmin = 1ull << 21, kSysResource = 1ull << 24,
                               kPerfmon = 1ull << 38, kBpf = 1ull << 39;

// Leaves the process with these capabilities and no others.
inline bool keep_only(std::uint64_t capabilities) {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  for (int i = 0; i < 2; ++i)
    data[i].effective = data[i].permitted = static_cast<std::uint32_t>(capabilities >> 32 * i);
  return ::syscall(SYS_capset, &header, data) == 0;
}

}  // namespace ebpf::test
