// EPERM has many causes, and the kernel names none of them: a capability (capabilities(7)), the sysctl
// kernel.unprivileged_bpf_disabled, lockdown, an LSM, seccomp, and before 5.11 RLIMIT_MEMLOCK. What can be told apart
// from here is told apart; nothing is blamed without reason.
#include "ebpf/load/denied.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::loader {
namespace {

constexpr unsigned kCapNetAdmin = 12;
constexpr unsigned kCapSysAdmin = 21;
constexpr unsigned kCapPerfmon = 38;
constexpr unsigned kCapBpf = 39;  // Linux 5.8; before it CAP_SYS_ADMIN was needed

// The effective capabilities of the calling thread, a bit each; none where the kernel does not tell.
std::uint64_t effective_capabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return std::uint64_t{data[1].effective} << 32 | data[0].effective;
}

bool has(std::uint64_t capabilities, unsigned capability) { return (capabilities >> capability & 1) != 0; }

std::string missing_capabilities(Need need) {
  const std::uint64_t own = effective_capabilities();
  if (has(own, kCapSysAdmin)) return {};
  std::string missing;
  const auto want = [&](unsigned capability, const char* name) {
    if (!has(own, capability)) missing += missing.empty() ? name : cat(", ", name);
  };
  want(kCapBpf, "CAP_BPF (CAP_SYS_ADMIN before Linux 5.8)");
  if (need == Need::load_program && has(own, kCapBpf)) {
    want(kCapPerfmon, "CAP_PERFMON (for tracing programs)");
    want(kCapNetAdmin, "CAP_NET_ADMIN (for networking programs)");
  }
  return missing;
}

// "[integrity]" of "none [integrity] confidentiality": the mode that is on.
std::string lockdown_mode() {
  const auto text = sys::read_text_file("/sys/kernel/security/lockdown", 4096);
  if (!text) return {};
  const auto begin = text->find('[');
  const auto end = text->find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return text->substr(begin + 1, end - begin - 1);
}

bool before_memcg_accounting() {
  const auto version = sys::running_kernel_version();
  return version && *version < sys::kernel_version(5, 11, 0);
}

// Whether there is a limit that may have been reached.
bool memlock_limit_counts() {
  rlimit limit = {};
  return before_memcg_accounting() && ::prlimit(0, RLIMIT_MEMLOCK, nullptr, &limit) == 0 &&
         limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

Failure explain_denied(Error&& error, Need need) {
  const std::string missing = missing_capabilities(need);
  std::string why;
  if (!missing.empty()) {
    why = cat("the process lacks ", missing);
  } else if (const std::string mode = lockdown_mode(); !mode.empty() && mode != "none") {
    why = cat("no capability is missing; the kernel is locked down (", mode, "), which denies some kinds of programs");
  } else {
    why = "no capability is missing: an LSM, a seccomp filter or a container may deny bpf(2)";
  }
  if (missing.empty() && memlock_limit_counts())
    why += ", or RLIMIT_MEMLOCK is too small and could not be raised (it counts before Linux 5.11)";
  return fail(errc::denied, error.os_error(), error.message(), ": ", why);
}

bool raise_memlock_limit() {
  if (!before_memcg_accounting()) return false;
  const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  return ::prlimit(0, RLIMIT_MEMLOCK, &unlimited, nullptr) == 0;
}

}  // namespace ebpf::loader
