// The capabilities of this process, by capabilities(7). Internal.
#pragma once

#include <cstdint>
#include <optional>

namespace ebpf::features {

inline constexpr unsigned kCapNetAdmin = 12;
inline constexpr unsigned kCapIpcLock = 14;
inline constexpr unsigned kCapSysAdmin = 21;
inline constexpr unsigned kCapSysResource = 24;
inline constexpr unsigned kCapSyslog = 34;
inline constexpr unsigned kCapPerfmon = 38;  // 5.8, as is
inline constexpr unsigned kCapBpf = 39;      // before them CAP_SYS_ADMIN was needed

// The effective ones of the calling thread, a bit each; none where the kernel does not tell.
std::uint64_t effective_capabilities();

// Whether this process is in a user namespace other than the initial one; not where /proc does not tell.
bool in_user_namespace();

// The effective ones in so far as they count for bpf(2) without a BPF token: those of a user namespace do not.
std::uint64_t counted_capabilities();

// Whether the kernel lets who lacks CAP_BPF use bpf(2) (kernel.unprivileged_bpf_disabled); nothing where /proc does not
// tell.
std::optional<bool> unprivileged_use();

inline bool has(std::uint64_t capabilities, unsigned capability) { return (capabilities >> capability & 1) != 0; }

// CAP_SYS_ADMIN stands for CAP_BPF and CAP_PERFMON, not for CAP_NET_ADMIN.
inline bool may(std::uint64_t capabilities, unsigned capability) {
  const bool by_admin = (capability == kCapBpf || capability == kCapPerfmon) && has(capabilities, kCapSysAdmin);
  return has(capabilities, capability) || by_admin;
}

}  // namespace ebpf::features
