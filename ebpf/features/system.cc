// What is looked up rather than tried: sysctls, mounts, capabilities, the kernel's configuration.
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/base/words.h"
#include "ebpf/features/capabilities.h"
#include "ebpf/features/context.h"
#include "ebpf/features/tables.h"
#include "ebpf/sys/file.h"

namespace ebpf::features {
namespace {

// What a number in a sysctl means for the feature of that name.
enum class Meaning : std::uint8_t { on_unless_zero, on_when_zero, value };

struct SystemRow {
  Row row;
  const char* path = "";  // of a sysctl
  Meaning meaning = Meaning::value;
};

constexpr SystemRow kSystem[] = {
    {{"bpf_syscall", {3, 18}, "CONFIG_BPF_SYSCALL"}},
    {{"unprivileged_bpf", {4, 4}}, "/proc/sys/kernel/unprivileged_bpf_disabled", Meaning::on_when_zero},
    {{"jit"}, "/proc/sys/net/core/bpf_jit_enable", Meaning::on_unless_zero},
    {{"jit_harden"}, "/proc/sys/net/core/bpf_jit_harden", Meaning::on_unless_zero},
    {{"jit_kallsyms"}, "/proc/sys/net/core/bpf_jit_kallsyms", Meaning::on_unless_zero},
    {{"jit_limit"}, "/proc/sys/net/core/bpf_jit_limit", Meaning::value},
    {{"stats"}, "/proc/sys/kernel/bpf_stats_enabled", Meaning::on_unless_zero},
    {{"perf_event_paranoid"}, "/proc/sys/kernel/perf_event_paranoid", Meaning::value},
    {{"kptr_restrict"}, "/proc/sys/kernel/kptr_restrict", Meaning::value},
    {{"memcg_accounting", {5, 11}}},
    {{"lockdown"}},
};
constexpr std::uint32_t kSyscall = 0, kMemcg = std::size(kSystem) - 2, kLockdown = std::size(kSystem) - 1;

struct MountRow {
  Row row;
  const char* type;     // in /proc/self/mountinfo
  std::uint32_t magic;  // in statfs(2)
  const char* usual_place;
};
constexpr MountRow kMounts[] = {
    {{"tracefs"}, "tracefs", 0x74726163, "/sys/kernel/tracing"},
    {{"bpffs"}, "bpf", 0xcafe4a11, "/sys/fs/bpf"},
    {{"cgroup2"}, "cgroup2", 0x63677270, "/sys/fs/cgroup"},
    {{"securityfs"}, "securityfs", 0x73636673, "/sys/kernel/security"},
    {{"debugfs"}, "debugfs", 0x64626720, "/sys/kernel/debug"},
};

struct CapabilityRow {
  Row row;
  unsigned capability;
};
constexpr CapabilityRow kCapabilities[] = {
    {{"bpf"}, kCapBpf},
    {{"perfmon"}, kCapPerfmon},
    {{"net_admin"}, kCapNetAdmin},
    {{"sys_admin"}, kCapSysAdmin},
    {{"sys_resource"}, kCapSysResource},
    {{"syslog"}, kCapSyslog},
};

// The names of the list, as they are in the program.
constexpr auto kOptions = words<[] { return std::to_array(kOptionNames); }>();

constexpr std::size_t kMostText = 1u << 20;

Answer of_sysctl(const SystemRow& row) {
  auto text = sys::read_text_file(row.path, 256);
  if (!text) {
    const int os_error = text.error().os_error();
    if (os_error == EACCES || os_error == EPERM)
      return {.verdict = Verdict::denied,
              .denied_by = Denier::capability,
              .os_error = os_error,
              .sentence = text.error().message()};
    return unknown(os_error, text.error().message());
  }
  while (text->ends_with('\n')) text->pop_back();
  Answer out = supported();
  if (row.meaning != Meaning::value && (*text == "0") != (row.meaning == Meaning::on_when_zero))
    out = absent(0, cat("it is switched off: ", row.path, " is ", *text));
  out.value = *std::move(text);
  return out;
}

// A filter may refuse some commands: who can make maps or load programs has the system call.
Answer of_syscall(Context& context) {
  const Outcome outcome = context.reach(sys::Command::prog_load);
  if (outcome.ok() || context.reach(sys::Command::map_create).ok()) return supported();
  return refused(context, outcome, Need::program, "BPF_PROG_LOAD");
}

Answer of_lockdown(Context& context) {
  const std::string& mode = context.lockdown();
  if (mode.empty()) return unknown(0, "/sys/kernel/security/lockdown is not there: securityfs may not be mounted");
  Answer out = mode == "none" ? absent(0, "the kernel is not locked down") : supported();
  out.value = mode;
  return out;
}

// Memory is charged to the cgroup since the release that has this helper; before, RLIMIT_MEMLOCK counts.
Answer of_accounting(Context& context) {
  return ask(context, feature(ProgramType::socket_filter, insn::helper::ktime_get_coarse_ns));
}

// The kernel writes blanks, newlines and backslashes of a path as "\040".
std::string unescaped(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    std::string_view digits = path.substr(1, 3);
    const auto code = path.front() == '\\' ? take_unsigned(digits, 8, UINT8_MAX) : std::nullopt;
    const bool is_escape = code && digits.data() == path.data() + 4;
    out += is_escape ? static_cast<char>(*code) : path.front();
    path.remove_prefix(is_escape ? 4 : 1);
  }
  return out;
}

// The mount point of the first mount of a type: "36 35 98:0 / /mnt rw - ext3 …" (proc_pid_mountinfo(5)).
std::string mount_point(std::string_view mounts, std::string_view type) {
  const std::string wanted = cat(" - ", type, " ");
  const auto found = mounts.find(wanted);
  if (found == std::string_view::npos) return {};
  const auto newline = mounts.rfind('\n', found);
  std::string_view line = mounts.substr(newline == std::string_view::npos ? 0 : newline + 1);
  for (int field = 0; field < 4; ++field) line.remove_prefix(std::min(line.find(' '), line.size() - 1) + 1);
  return unescaped(line.substr(0, line.find(' ')));
}

}  // namespace

const Row* system_row(std::uint32_t number) { return number < std::size(kSystem) ? &kSystem[number].row : nullptr; }
const Row* mount_row(std::uint32_t number) { return number < std::size(kMounts) ? &kMounts[number].row : nullptr; }
const Row* capability_row(std::uint32_t number) {
  return number < std::size(kCapabilities) ? &kCapabilities[number].row : nullptr;
}

std::string_view option_name(std::uint32_t number) {
  return number != 0 && number <= kOptions.size() ? kOptions[number - 1] : std::string_view();
}

Answer probe_system(Context& context, std::uint32_t row) {
  if (row == kSyscall) return of_syscall(context);
  if (row == kMemcg) return of_accounting(context);
  if (row == kLockdown) return of_lockdown(context);
  return of_sysctl(kSystem[row]);
}

Answer probe_mount(std::uint32_t row) {
  const MountRow& wanted = kMounts[row];
  Answer out = supported();
  if (const auto mounts = sys::read_text_file("/proc/self/mountinfo", kMostText)) {
    out.value = mount_point(*mounts, wanted.type);
    if (!out.value.empty()) return out;
    return absent(0, cat("not mounted; mount -t ", wanted.type, " ", wanted.type, " ", wanted.usual_place));
  }
  struct statfs status;
  if (::statfs(wanted.usual_place, &status) == 0 && static_cast<std::uint32_t>(status.f_type) == wanted.magic) {
    out.value = wanted.usual_place;
    return out;
  }
  return unknown(0, cat("not mounted at ", wanted.usual_place, ", and there is no /proc to tell where else"));
}

Answer probe_capability(std::uint32_t row) {
  const unsigned capability = kCapabilities[row].capability;
  if (may(counted_capabilities(), capability)) return supported();
  if (may(effective_capabilities(), capability))
    return {.verdict = Verdict::denied,
            .denied_by = Denier::capability,
            .sentence = "the process has it in a user namespace, where it does not count for bpf(2)"};
  return {.verdict = Verdict::denied, .denied_by = Denier::capability, .sentence = "the process does not have it"};
}

Answer probe_config(Context& context, std::string_view option) {
  const auto& config = context.config();
  if (!config) return unknown(0, config.error().message());
  const std::size_t index = kOptions.find(option);
  const auto value =
      index < kOptions.size() ? context.option(static_cast<std::uint32_t>(index + 1)) : config->value(option);
  if (!value || *value == "n") return absent(0, cat("it is not set in ", config->source()));
  Answer out = supported();
  out.value = *value;
  return out;
}

}  // namespace ebpf::features
