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
constexpr Wanted kSysAdmin = {kCapSysAdmin, "CAP_SYS_ADMIN"};

// By bpf_prog_load, map_create and what these call, kernel/bpf/syscall.c. Types of programs and maps that need nothing
// where unprivileged use is allowed are here with CAP_BPF, which they need where it is not.
std::span<const Wanted> wanted(Need need) {
  static constexpr Wanted kNetwork[] = {kBpf, kNetAdmin};
  static constexpr Wanted kTracing[] = {kBpf, kPerfmon};
  static constexpr Wanted kExtension[] = {kBpf, kPerfmon, kNetAdmin};
  static constexpr Wanted kAdmin[] = {kSysAdmin};
  switch (need) {
    case Need::network_map:
      // Such maps want CAP_BPF for the sysctl alone.
      return unprivileged_use() == true ? std::span(kNetwork).last(1) : kNetwork;
    case Need::network_program:
    case Need::link:
      return kNetwork;
    case Need::tracing_program:
      return kTracing;
    case Need::ext:
      return kExtension;
    case Need::admin_map:
      return kAdmin;
    case Need::map:
    case Need::btf:
    case Need::program:
      break;
  }
  return std::span(kNetwork).first(1);
}

// CAP_SYS_ADMIN stands for CAP_NET_ADMIN where programs are loaded, and everywhere since 6.9.
bool stands_for_network(Context& context, Need need) {
  const bool everywhere = context.kernel_version() >= sys::kernel_version(6, 9, 0);
  return has(context.capabilities(), kCapSysAdmin) && (everywhere || (need != Need::network_map && need != Need::link));
}

std::string missing_capabilities(Context& context, Need need) {
  std::string out;
  for (const Wanted& each : wanted(need)) {
    const bool is_there = may(context.capabilities(), each.capability) ||
                          (each.capability == kCapNetAdmin && stands_for_network(context, need));
    if (!is_there) out += cat(out.empty() ? "" : " and ", each.name);
  }
  return out;
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

Answer make(Denier by, int os_error, std::string sentence) {
  return {.verdict = Verdict::denied, .denied_by = by, .os_error = os_error, .sentence = std::move(sentence)};
}

// Who denied what the kernel answered with EPERM. It is not lockdown, which denies some helpers and nothing else of
// bpf(2) (LOCKDOWN_BPF_WRITE_USER, LOCKDOWN_BPF_READ_KERNEL; helpers.cc).
Answer denied(Context& context, Need need) {
  const std::string missing = missing_capabilities(context, need);
  if (!missing.empty() && in_user_namespace())
    return make(Denier::capability, EPERM,
                cat("the process lacks ", missing,
                    ": it is in a user namespace, whose capabilities do not count for bpf(2) without a token"));
  if (!missing.empty() && !may(context.capabilities(), kCapBpf) && unprivileged_use() == false)
    return make(Denier::sysctl, EPERM, cat("kernel.unprivileged_bpf_disabled is on, and the process lacks ", missing));
  if (!missing.empty()) return make(Denier::capability, EPERM, cat("the process lacks ", missing));
  // Who may lift the limit has tried without one (Context::call).
  const bool is_limited = context.kernel_version() != 0 && context.kernel_version() < sys::kernel_version(5, 11, 0) &&
                          !has(context.capabilities(), kCapSysResource);
  if (is_limited && (need == Need::map || need == Need::network_map))
    return make(Denier::memlock, EPERM,
                "no capability is missing: RLIMIT_MEMLOCK, which counts before Linux 5.11, may be too small");
  const std::string modules = modules_that_look();
  if (!modules.empty())
    return make(Denier::lsm, EPERM, cat("no capability is missing; a security module may deny it: ", modules));
  return make(Denier::unclear, EPERM, "no capability is missing: a container or the kernel's own settings deny it");
}

}  // namespace

std::uint64_t effective_capabilities() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return std::uint64_t{data[1].effective} << 32 | data[0].effective;
}

// The number of the initial one is fixed: PROC_USER_INIT_INO, include/linux/proc_ns.h.
bool in_user_namespace() {
  constexpr std::string_view kInitial = "user:[4026531837]";
  char text[64];
  const ssize_t length = ::readlink("/proc/self/ns/user", text, sizeof text);
  return length >= 0 && std::string_view(text, static_cast<std::size_t>(length)) != kInitial;
}

std::uint64_t counted_capabilities() { return in_user_namespace() ? 0 : effective_capabilities(); }

std::optional<bool> unprivileged_use() {
  const auto text = sys::read_text_file("/proc/sys/kernel/unprivileged_bpf_disabled", 64);
  if (!text) return std::nullopt;
  return text->starts_with('0');
}

Answer absent(int os_error, std::string sentence) {
  return {.verdict = Verdict::absent, .os_error = os_error, .sentence = std::move(sentence)};
}

Answer unknown(int os_error, std::string sentence) {
  return {.verdict = Verdict::unknown, .os_error = os_error, .sentence = std::move(sentence)};
}

Answer only_with(const Answer& needed, Answer answer) {
  const bool is_told = needed.verdict == Verdict::supported || needed.verdict == Verdict::absent;
  return is_told || answer.verdict != Verdict::supported ? std::move(answer) : needed;
}

Answer only_with(Context& context, sys::Command command, Answer answer) {
  const Outcome outcome = context.reach(command);
  if (outcome.ok()) return answer;
  return only_with(refused(context, outcome, Need::program, sys::name(command)), std::move(answer));
}

Answer refused(Context& context, const Outcome& outcome, Need need, std::string_view what) {
  switch (outcome.gate) {
    case Gate::kills:
      return make(Denier::seccomp, 0, cat("a seccomp filter kills who calls bpf(2): ", what));
    case Gate::pretends:
      return make(Denier::seccomp, 0, cat("a seccomp filter answers for bpf(2) and does nothing: ", what));
    case Gate::untold:
      return unknown(context.trial_error(),
                     cat("a seccomp filter may kill who calls bpf(2), and no child process could try: ",
                         errno_name(context.trial_error())));
    case Gate::refuses:
      return make(Denier::seccomp, outcome.os_error,
                  cat("a seccomp filter refuses bpf(2) with ", errno_name(outcome.os_error), ": ", what));
    case Gate::absent:
      return absent(outcome.os_error, "this kernel has no bpf(2)");
    case Gate::open:
      break;
  }
  switch (outcome.os_error) {
    case EPERM:
      return denied(context, need);
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EINTR:
    case EBUSY:
      return unknown(outcome.os_error,
                     cat(what, ": ", errno_name(outcome.os_error), ", which says nothing about the feature"));
    default:
      return absent(outcome.os_error, cat(what, ": ", errno_name(outcome.os_error)));
  }
}

}  // namespace ebpf::features
