// EPERM has many causes, and the kernel names none: capabilities(7), the sysctl kernel.unprivileged_bpf_disabled,
// lockdown, an LSM, seccomp, and before 5.11 RLIMIT_MEMLOCK. From the surest to the vaguest.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "ebpf/base/text.h"
#include "ebpf/features/capabilities.h"
#include "ebpf/features/context.h"
#include "ebpf/sys/file.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::features {
namespace {

struct Wanted {
  unsigned capability;
  const char* name;
};

constexpr Wanted kBpf = {kCapBpf, "CAP_BPF (CAP_SYS_ADMIN before Linux 5.8)"};
constexpr Wanted kPerfmon = {kCapPerfmon, "CAP_PERFMON (CAP_SYS_ADMIN before Linux 5.8)"};
constexpr Wanted kNetAdmin = {kCapNetAdmin, "CAP_NET_ADMIN"};

std::span<const Wanted> wanted(Need need) {
  static constexpr Wanted kNetwork[] = {kBpf, kNetAdmin};
  static constexpr Wanted kTracing[] = {kBpf, kPerfmon};
  switch (need) {
    case Need::network_program:
    case Need::link:
      return kNetwork;
    case Need::tracing_program:
      return kTracing;
    case Need::map:
    case Need::btf:
    case Need::program:
      break;
  }
  return std::span(kNetwork).first(1);
}

// Those of the active security modules that look at bpf(2); empty where there are none, or where they are not shown.
std::string modules_that_look() {
  constexpr std::string_view kLooking[] = {"selinux", "bpf"};  // BPF itself, by programs of type lsm
  auto list = sys::read_text_file("/sys/kernel/security/lsm", 1024);
  if (!list) return {};
  std::string out;
  for (std::string_view rest = *list; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find_first_of(",\n"));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (std::ranges::find(kLooking, name) != std::end(kLooking)) out += cat(out.empty() ? "" : ", ", name);
  }
  return out;
}

bool unprivileged_use_is_off() {
  const auto text = sys::read_text_file("/proc/sys/kernel/unprivileged_bpf_disabled", 64);
  return text && !text->starts_with('0');
}

Answer make(Denier by, int os_error, std::string sentence) {
  return {.verdict = Verdict::denied, .denied_by = by, .os_error = os_error, .sentence = std::move(sentence)};
}

}  // namespace

std::uint64_t effective_capabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return std::uint64_t{data[1].effective} << 32 | data[0].effective;
}

Answer absent(int os_error, std::string sentence) {
  return {.verdict = Verdict::absent, .os_error = os_error, .sentence = std::move(sentence)};
}

Answer unknown(int os_error, std::string sentence) {
  return {.verdict = Verdict::unknown, .os_error = os_error, .sentence = std::move(sentence)};
}

Answer denied(Context& context, int os_error, Need need) {
  switch (context.gate()) {
    case Gate::kills:
      return make(Denier::seccomp, os_error, "a seccomp filter kills who calls bpf(2)");
    case Gate::refuses:
      return make(Denier::seccomp, os_error, cat("a seccomp filter refuses bpf(2) with ", errno_name(os_error)));
    case Gate::open:
    case Gate::absent:
      break;
  }
  const std::uint64_t own = context.capabilities();
  std::string missing;
  for (const Wanted& each : wanted(need))
    if (!may(own, each.capability)) missing += cat(missing.empty() ? "" : " and ", each.name);
  if (!missing.empty() && !may(own, kCapBpf) && unprivileged_use_is_off())
    return make(Denier::sysctl, os_error,
                cat("kernel.unprivileged_bpf_disabled is on, and the process lacks ", missing));
  if (!missing.empty()) return make(Denier::capability, os_error, cat("the process lacks ", missing));
  if (context.kernel_version() != 0 && context.kernel_version() < sys::kernel_version(5, 11, 0) && need == Need::map)
    return make(Denier::memlock, os_error,
                "no capability is missing: RLIMIT_MEMLOCK, which counts before Linux 5.11, may be too small");
  const std::string& mode = context.lockdown();
  if (!mode.empty() && mode != "none")
    return make(Denier::lockdown, os_error, cat("no capability is missing; the kernel is locked down (", mode, ")"));
  const std::string modules = modules_that_look();
  if (!modules.empty())
    return make(Denier::lsm, os_error, cat("no capability is missing; a security module may deny it: ", modules));
  return make(Denier::unclear, os_error, "no capability is missing: a container or the kernel's own settings deny it");
}

Answer refused(Context& context, int os_error, Need need, std::string_view what) {
  switch (os_error) {
    case EPERM:
      return denied(context, os_error, need);
    case ENOSYS:
      return context.gate() == Gate::refuses ? denied(context, os_error, need)
                                             : absent(os_error, "this kernel has no bpf(2)");
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EINTR:
    case EBUSY:
      return unknown(os_error, cat(what, ": ", errno_name(os_error), ", which says nothing about the feature"));
    default:
      if (context.gate() == Gate::refuses) return denied(context, os_error, need);
      return absent(os_error, cat(what, ": ", errno_name(os_error)));
  }
}

}  // namespace ebpf::features
