// The calls that probes make, and what is looked up once: the kernel's types, its configuration, its version.
#include "ebpf/features/context.h"

#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "ebpf/base/text.h"
#include "ebpf/features/capabilities.h"
#include "ebpf/features/tables.h"
#include "ebpf/sys/file.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::features {
namespace {

constexpr std::size_t kLogSize = 16u << 10;
constexpr std::size_t kMostText = 1u << 16;

// Larger than any version's attributes: the kernel answers E2BIG before it looks at the command or its arguments.
constexpr unsigned kTooLarge = 1u << 20;

// How a child process ends that has lived through its call: as nobody else would.
constexpr int kReturned = 113;

// fork(3) would call what this process has given to pthread_atfork(3), which a look at the kernel should not. No signal
// tells the end of this child: who ignores SIGCHLD, or waits for all children, would take it away (clone(2), __WCLONE).
// All arguments are 0, so that their order, which differs between processors, does not matter.
long make_child() { return ::syscall(SYS_clone, 0, 0, 0, 0, 0); }

// Returns 0 or an errno.
int wait_for(pid_t child, int& status) {
  while (::waitpid(child, &status, __WALL) < 0)
    if (errno != EINTR) return errno;
  return 0;
}

struct TargetRow {
  const char* name;
  btf::Kind kind = btf::Kind::function;
};
// In the order of Target.
constexpr TargetRow kTargets[] = {
    {""},
    {"bpf_fentry_test1"},
    {"security_file_open"},
    {"vfs_read"},
    {"bpf_iter_task"},
    {"bpf_lsm_file_open"},
    {"bpf_lsm_socket_bind"},
    {"bpf_iter_num_new"},
    {"bpf_iter_num_destroy"},
    {"btf_trace_sched_switch", btf::Kind::type_definition},
    {"tcp_congestion_ops", btf::Kind::structure},
    {"bpf_link_type", btf::Kind::enumeration},
    {"bpf_attach_type", btf::Kind::enumeration},
};
static_assert(std::size(kTargets) == static_cast<std::size_t>(Target::bpf_attach_type) + 1);

std::string key_of(std::string_view name, btf::Kind kind) {
  return cat(unsigned{static_cast<std::uint8_t>(kind)}, ":", name);
}

// Before 5.11 the memory of BPF objects counts against RLIMIT_MEMLOCK, also for a while after they are gone, and EPERM
// means that there is none left. A probe must not fail for that, nor leave the process with another limit.
class MemoryLimitLifted {
 public:
  MemoryLimitLifted() {
    const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    lifted_ = ::prlimit(0, RLIMIT_MEMLOCK, &none, &before_) == 0;
  }
  MemoryLimitLifted(const MemoryLimitLifted&) = delete;
  MemoryLimitLifted& operator=(const MemoryLimitLifted&) = delete;
  ~MemoryLimitLifted() {
    if (lifted_) ::prlimit(0, RLIMIT_MEMLOCK, &before_, nullptr);
  }

 private:
  rlimit before_ = {};
  bool lifted_ = false;
};

bool gives_descriptor(sys::Command command) {
  switch (command) {
    case sys::Command::map_create:
    case sys::Command::prog_load:
    case sys::Command::btf_load:
    case sys::Command::link_create:
    case sys::Command::raw_tracepoint_open:
    case sys::Command::token_create:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<std::vector<btf::TypeId>> search(const btf::Spec& types, std::span<const btf::NameQuery> queries) {
  btf::NameSearch names;
  for (const btf::NameQuery& each : queries) names.add(each);
  names.run(types);
  std::vector<std::vector<btf::TypeId>> found;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    const auto matches = names.matches(i);
    found.emplace_back(matches.begin(), matches.end());
  }
  return found;
}

bool Context::filtered() {
  if (filtered_) return *filtered_;
  // The file first: a filter may also be one that kills whoever asks by prctl(2).
  if (const auto status = sys::read_text_file("/proc/self/status", kMostText)) {
    const auto line = status->find("\nSeccomp:\t");
    filtered_ = line != std::string::npos && status->compare(line + 10, 1, "0") != 0;
  } else {
    filtered_ =
        try_in_child(SYS_prctl, PR_GET_SECCOMP, 0, 0) != Gate::open || ::prctl(PR_GET_SECCOMP) != SECCOMP_MODE_DISABLED;
  }
  return *filtered_;
}

Context::Answers::iterator Context::place_of(const Feature& feature) {
  return std::ranges::lower_bound(answers_, feature, {},
                                  [](const auto& each) -> const Feature& { return each->feature; });
}

const Answer* Context::known(const Feature& feature) {
  const auto place = place_of(feature);
  return place != answers_.end() && (*place)->feature == feature ? &(*place)->answer : nullptr;
}

const Answer& Context::keep(const Feature& feature, Answer answer) {
  auto place = place_of(feature);
  if (place == answers_.end() || (*place)->feature != feature)
    place = answers_.insert(place, std::make_unique<Known>(feature));
  return (*place)->answer = std::move(answer);
}

// What becomes of who makes a system call: open, kills or untold. A child makes it. It may do nothing else: this
// process may have threads, of whose locks the child has copies.
Gate Context::try_in_child(long number, long first, long second, long third) {
  const long child = make_child();
  if (child == 0) {
    const rlimit no_core = {0, 0};
    ::prlimit(0, RLIMIT_CORE, &no_core, nullptr);
    ::syscall(number, first, second, third);
    ::_exit(kReturned);
  }
  int status = 0;
  const int problem = child < 0 ? errno : wait_for(static_cast<pid_t>(child), status);
  if (problem != 0) return trial_error_ = problem, Gate::untold;
  return WIFEXITED(status) && WEXITSTATUS(status) == kReturned ? Gate::open : Gate::kills;
}

// Before 6.5 the kernel itself had one answer to all commands of who lacks CAP_BPF: kernel.unprivileged_bpf_disabled.
bool Context::kernel_refuses_everything() {
  return kernel_version() < sys::kernel_version(6, 5, 0) && !may(capabilities(), kCapBpf) && unprivileged_use() != true;
}

Outcome Context::find_gate(sys::Command command) {
  if (filtered()) {
    const Gate gate = try_in_child(SYS_bpf, static_cast<long>(command), 0, kTooLarge);
    if (gate != Gate::open) return {.os_error = EPERM, .gate = gate};
  }
  const int os_error = static_cast<int>(-sys::raw_bpf(command, nullptr, kTooLarge));
  if (os_error <= 0) return {.os_error = EPERM, .gate = Gate::pretends};
  if (os_error == E2BIG || (os_error == EPERM && kernel_refuses_everything())) return {};
  if (filtered()) return {.os_error = os_error, .gate = Gate::refuses};
  if (os_error == ENOSYS) return {.os_error = ENOSYS, .gate = Gate::absent};
  return {};
}

Outcome Context::reach(sys::Command command) {
  if (reached) return {};
  std::optional<Reached>& known = gates_[static_cast<std::size_t>(command)];
  if (!known) {
    const Outcome found = find_gate(command);
    known = {found.gate, found.os_error};
  }
  return {.os_error = known->os_error, .gate = known->gate};
}

// A filter may ask somebody who looks at the arguments (SECCOMP_RET_USER_NOTIF), so that a refusal is tried.
Outcome Context::call(sys::Command command, void* attr, unsigned size) {
  const Gate gate = reach(command).gate;
  if (is_barred(gate)) return {.os_error = EPERM, .gate = gate};
  long result = sys::raw_bpf(command, attr, size);
  if (result == -EPERM && memory_is_limited()) {
    const MemoryLimitLifted lifted;
    result = sys::raw_bpf(command, attr, size);
  }
  if (result < 0) return {.os_error = static_cast<int>(-result), .gate = gate};
  if (!gives_descriptor(command)) return {};
  auto fd = Fd::adopt(static_cast<int>(result));
  if (!fd) return {.os_error = fd.error().os_error()};
  return {.fd = *std::move(fd)};
}

bool Context::memory_is_limited() { return kernel_version() != 0 && kernel_version() < sys::kernel_version(5, 11, 0); }

Outcome Context::load(sys::ProgLoadAttr attr, std::span<const insn::Slot> code) {
  constexpr int kAttempts = 5;  // a signal makes the verifier give up
  if (log_.empty()) log_.resize(kLogSize);
  attr.insns = sys::to_u64(code.data());
  attr.insn_cnt = static_cast<std::uint32_t>(code.size());
  attr.license = sys::to_u64("GPL");
  // Only what the verifier says at the end, without the way there (5.2).
  attr.log_level = kernel_version() >= sys::kernel_version(5, 2, 0) ? sys::kLogStatistics : sys::kLogBranches;
  attr.log_buf = sys::to_u64(log_.data());
  attr.log_size = static_cast<std::uint32_t>(log_.size());
  // Before 5.0 the version of a kprobe had to be the kernel's own.
  if (attr.prog_type == ProgramType::kprobe) attr.kern_version = kernel_version();
  Outcome out;
  for (int i = 0; i < kAttempts; ++i) {
    log_[0] = '\0';
    out = call(sys::Command::prog_load, attr);
    if (out.os_error != EAGAIN) break;
  }
  out.log = std::string_view(log_).substr(0, log_.find('\0'));
  return out;
}

Outcome Context::load_btf(std::span<const std::uint32_t> words) {
  sys::BtfLoadAttr attr;
  attr.btf = sys::to_u64(words.data());
  attr.btf_size = static_cast<std::uint32_t>(words.size_bytes());
  if (token >= 0) {
    attr.btf_flags = sys::kMapTokenFd;
    attr.btf_token_fd = token;
  }
  return call(sys::Command::btf_load, attr);
}

// Where the file cannot be read, KernelTypes would ask bpf(2), which must not be tried where that is barred.
void Context::open_types() {
  if (types_) return;
  constexpr sys::Command kAsked[] = {sys::Command::btf_get_next_id, sys::Command::btf_get_fd_by_id,
                                     sys::Command::obj_get_info_by_fd};
  const auto is_out_of_reach = [this](sys::Command command) { return is_barred(reach(command).gate); };
  if (::access("/sys/kernel/btf/vmlinux", R_OK) != 0 && std::ranges::any_of(kAsked, is_out_of_reach))
    types_ = fail(errc::denied, "/sys/kernel/btf/vmlinux cannot be read, and bpf(2) cannot be asked");
  else
    types_ = KernelTypes::running();
  if (!*types_) types_problem_ = types_->error().message();
}

const btf::Spec* Context::types() {
  open_types();
  return *types_ ? &(**types_)->types() : nullptr;
}

const KernelTypes* Context::kernel_types() {
  open_types();
  return *types_ ? (*types_)->get() : nullptr;
}

const std::string& Context::types_problem() {
  open_types();
  return types_problem_;
}

std::optional<btf::TypeId> Context::find(std::string_view name, btf::Kind kind) {
  const std::string key = key_of(name, kind);
  for (const KnownId& known : ids_)
    if (known.key == key) return known.id;
  const btf::Spec* const all = types();
  std::optional<btf::TypeId> id;
  if (all != nullptr) {
    // One pass over the kernel's types answers for all that probes attach to.
    std::vector<btf::NameQuery> queries = {{.name = name, .kinds = btf::kind_bit(kind)}};
    if (ids_.empty())
      for (const TargetRow& each : kTargets) queries.push_back({.name = each.name, .kinds = btf::kind_bit(each.kind)});
    const std::vector<std::vector<btf::TypeId>> found = search(*all, queries);
    const auto first = [&](std::size_t query) {
      return found[query].empty() ? std::nullopt : std::optional(found[query].front());
    };
    id = first(0);
    for (std::size_t i = 1; i < found.size(); ++i)
      ids_.push_back({key_of(kTargets[i - 1].name, kTargets[i - 1].kind), first(i)});
  }
  ids_.push_back({key, id});
  return id;
}

std::string_view name(Target target) { return kTargets[static_cast<std::size_t>(target)].name; }

std::optional<btf::TypeId> Context::find(Target target) {
  const TargetRow& row = kTargets[static_cast<std::size_t>(target)];
  return find(row.name, row.kind);
}

std::optional<bool> Context::has_enumerator(Target enumeration, std::string_view enumerator) {
  const auto id = find(enumeration);
  if (!id) return std::nullopt;
  const auto type = types()->type(*id);
  if (!type) return std::nullopt;
  for (std::uint32_t i = 0; i < type->vlen(); ++i)
    if (type->enumerator(i).name == enumerator) return true;
  return false;
}

const Result<KernelConfig>& Context::config() {
  if (!config_) config_ = KernelConfig::running();
  return *config_;
}

std::optional<std::string_view> Context::option(std::uint32_t number) {
  if (options_.empty()) {
    std::vector<std::string_view> names;
    for (std::uint32_t i = 1; !option_name(i).empty(); ++i) names.push_back(option_name(i));
    options_ = (*config_)->values(names);
  }
  return options_[number - 1];
}

std::uint32_t Context::kernel_version() {
  if (!version_) version_ = sys::running_kernel_version().value_or(0);
  return *version_;
}

const std::string& Context::lockdown() {
  if (lockdown_) return *lockdown_;
  lockdown_.emplace();
  const auto text = sys::read_text_file("/sys/kernel/security/lockdown", kMostText);
  if (!text) return *lockdown_;
  const auto begin = text->find('[');
  const auto end = text->find(']');
  if (begin != std::string::npos && end != std::string::npos && begin < end)
    lockdown_ = text->substr(begin + 1, end - begin - 1);
  return *lockdown_;
}

std::uint64_t Context::capabilities() {
  if (!capabilities_) capabilities_ = counted_capabilities();
  return *capabilities_;
}

}  // namespace ebpf::features
