// Answer: what was found out about a feature, and Version, the Linux in which it came.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace ebpf::features {

enum class Verdict : std::uint8_t {
  supported,
  absent,   // this kernel does not have it: too old, or built without
  denied,   // not for this process; the kernel may have it or not
  unknown,  // it cannot be told; the sentence says why
};

// Who denied. The kernel says EPERM and no more; what can be told apart is told apart.
enum class Denier : std::uint8_t {
  none,
  capability,  // the process lacks some, which the sentence names; in a user namespace it has none that count
  sysctl,      // kernel.unprivileged_bpf_disabled, and no capability to go past it
  lockdown,    // the kernel is locked down, which denies some helpers
  lsm,         // a security module that looks at bpf(2) is active, and nothing else explains it
  seccomp,     // a filter refuses the system call, or kills who makes it
  memlock,     // RLIMIT_MEMLOCK, which counts before Linux 5.11
  unclear,     // no capability is missing: a container, a mode of the kernel that it does not show
};

// A release of Linux; {0, 0} for what has no version, such as a mount.
struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

struct Answer {
  Verdict verdict = Verdict::unknown;
  Denier denied_by = Denier::none;
  int os_error = 0;        // of the decisive call, positive; 0 where none was made
  std::string value{};     // of what has one: a sysctl, an option of the configuration, where something is mounted
  std::string sentence{};  // why; empty where there is nothing to add to the verdict
};

// "supported", "absent", "denied", "unknown".
std::string_view name(Verdict verdict);
// "capability", "sysctl", …; empty for none.
std::string_view name(Denier denier);
// "5.8"; empty for {0, 0}.
std::string text(Version version);

}  // namespace ebpf::features
