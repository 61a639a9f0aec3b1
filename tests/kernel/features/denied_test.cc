// Who is named where something is denied: each command of bpf(2) refused alone and killed alone, each set of
// capabilities, a user namespace, lockdown. What the process has with all rights is what is compared with.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ebpf/features/probe.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/uapi.h"
#include "tests/kernel/features/filters.h"
#include "tests/kernel/features/in_child.h"
#include "tests/kernel/features/rights.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::features;
using ebpf::test::in_child;
using ebpf::test::install_filter;
using ebpf::test::kBpf;
using ebpf::test::keep_only;
using ebpf::test::kNetAdmin;
using ebpf::test::kPerfmon;
using ebpf::test::kSysAdmin;
using ebpf::test::kSysResource;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Answer ask(std::string_view name) {
  const auto feature = parse_feature(name);
  return feature ? probe(*feature) : Answer{.sentence = feature.error().message()};
}

std::string told(std::string_view name, const Answer& answer) {
  return std::string(name) + " is " + std::string(features::name(answer.verdict)) + " by \"" +
         std::string(features::name(answer.denied_by)) + "\", errno " + std::to_string(answer.os_error) + ": " +
         answer.sentence + "\n";
}

std::string expect_denied(std::string_view name, Denier by, std::string_view part = {}) {
  const Answer answer = ask(name);
  const bool is_right = answer.verdict == Verdict::denied && answer.denied_by == by && contains(answer.sentence, part);
  return is_right ? std::string() : told(name, answer);
}

std::string expect_supported(std::string_view name) {
  const Answer answer = ask(name);
  return answer.verdict == Verdict::supported ? std::string() : told(name, answer);
}

// What is asked of a kernel by bpf(2), but for helpers and kfuncs, and with an answer that rights may change.
std::vector<Feature> asked_features() {
  std::vector<Feature> out;
  for (const Group group :
       {Group::program, Group::map, Group::map_flag, Group::attach, Group::link, Group::btf, Group::isa, Group::misc})
    for (const Feature& each : all(group)) out.push_back(each);
  for (const char* name : {"system:bpf_syscall", "kfunc:bpf_task_acquire", "helper:socket_filter:map_lookup_elem"})
    if (const auto feature = parse_feature(name)) out.push_back(*feature);
  return out;
}

std::vector<Answer> answers_to(const std::vector<Feature>& features) {
  std::vector<Answer> out;
  for (const Feature& each : features) out.push_back(probe(each));
  return out;
}

// ---- Filters ----

// A feature for which each command that probes make is needed; what no probe calls is not here.
struct Use {
  sys::Command command;
  const char* feature;
};
constexpr Use kUses[] = {
    {sys::Command::map_create, "map:hash"},
    {sys::Command::prog_load, "prog:socket_filter"},
    {sys::Command::prog_attach, "attach:cgroup_device"},
    {sys::Command::raw_tracepoint_open, "link:raw_tracepoint"},
    {sys::Command::raw_tracepoint_open, "link:tracing"},
    {sys::Command::btf_load, "btf:types"},
    {sys::Command::map_lookup_batch, "misc:batch_operations"},
    {sys::Command::link_create, "link:xdp"},
    {sys::Command::link_create, "link:iter"},
    {sys::Command::link_create, "link:struct_ops"},
    {sys::Command::link_update, "misc:link_update"},
    {sys::Command::prog_bind_map, "misc:prog_bind_map"},
    {sys::Command::token_create, "misc:token"},
    {sys::Command::prog_stream_read_by_fd, "misc:streams"},
    {sys::Command::prog_assoc_struct_ops, "misc:assoc_struct_ops"},
};

bool is_used(sys::Command command) {
  for (const Use& each : kUses)
    if (each.command == command) return true;
  return false;
}

// What is wrong with an answer under a filter that ends a command with `action`.
std::string judge(const Feature& feature, const Answer& before, const Answer& now, std::uint32_t action) {
  if (now.verdict == before.verdict && now.denied_by == before.denied_by) return {};
  const bool kills = (action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO;
  const int os_error = kills ? 0 : static_cast<int>(action & SECCOMP_RET_DATA);
  const bool is_right = now.verdict == Verdict::denied && now.denied_by == Denier::seccomp && now.os_error == os_error;
  return is_right ? std::string() : told(features::name(feature), now);
}

// In a child: what is wrong with the answers where one command is filtered.
std::string problems_under(sys::Command command, std::uint32_t action, const std::vector<Feature>& asked,
                           const std::vector<Answer>& before) {
  forget();
  if (!install_filter(action, static_cast<int>(command))) return "no filter";
  std::string out;
  for (std::size_t i = 0; i < asked.size(); ++i) out += judge(asked[i], before[i], probe(asked[i]), action);
  for (const Use& each : kUses) {
    if (each.command != command) continue;
    const auto feature = parse_feature(each.feature);
    for (std::size_t i = 0; i < asked.size(); ++i)
      if (feature && asked[i] == *feature && before[i].verdict == Verdict::supported)
        out += expect_denied(each.feature, Denier::seccomp);
  }
  return out + expect_supported("system:bpf_syscall");
}

}  // namespace

TEST_CASE(
    "features: each command of bpf(2) refused alone, and killed alone: seccomp is named, and nothing else changes") {
  test::require_root_and_bpf();
  forget();
  const std::vector<Feature> asked = asked_features();
  const std::vector<Answer> before = answers_to(asked);
  for (std::uint32_t number = 0; number < sys::kCommandCount; ++number) {
    const auto command = sys::Command{number};
    for (const std::uint32_t action :
         {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS}) {
      if (action != SECCOMP_RET_KILL_PROCESS && !is_used(command)) continue;
      CAPTURE(number);
      CAPTURE(action);
      CHECK(in_child([&] { return problems_under(command, action, asked, before); }) == "");
    }
  }
}

TEST_CASE("features: where all of bpf(2) is filtered only what is read is supported, and the errno is the filter's") {
  test::require_root_and_bpf();
  forget();
  const std::vector<Feature> asked = asked_features();
  const std::vector<Answer> before = answers_to(asked);
  for (const std::uint32_t action : {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO | ENOSYS,
                                     SECCOMP_RET_ERRNO | EBADF, SECCOMP_RET_ERRNO | EFAULT}) {
    CAPTURE(action);
    CHECK(in_child([&] {
            forget();
            if (!install_filter(action)) return std::string("no filter");
            std::string out;
            for (std::size_t i = 0; i < asked.size(); ++i) {
              const Answer now = probe(asked[i]);
              out += judge(asked[i], before[i], now, action);
              const std::string name = features::name(asked[i]);
              const bool is_read = name == "btf:kernel" || name == "btf:modules";
              if (!is_read && now.verdict == Verdict::supported) out += told(name, now);
            }
            return out;
          }) == "");
  }
}

TEST_CASE("features: a filter that lets a call through is not named for it") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          // Before 6.5 the kernel itself answers EPERM to every command of such a process.
          const bool is_off = ask("system:unprivileged_bpf").verdict == Verdict::absent;
          if (!install_filter(SECCOMP_RET_ERRNO | EPERM, static_cast<int>(sys::Command::prog_query)) || !keep_only(0))
            return std::string("no filter");
          const Denier by = is_off ? Denier::sysctl : Denier::capability;
          return expect_denied("prog:xdp", by) + expect_denied("map:lru_hash", by) + expect_denied("link:cgroup", by);
        }) == "");
}

TEST_CASE("features: a filter that answers 0 for bpf(2) is not believed, and no descriptor is lost by it") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          if (!install_filter(SECCOMP_RET_ERRNO)) return std::string("no filter");
          const std::size_t open = test::open_fd_count();
          std::string out;
          for (const char* name : {"map:hash", "prog:xdp", "btf:func", "system:bpf_syscall", "misc:token"})
            out += expect_denied(name, Denier::seccomp);
          return test::open_fd_count() == open ? out : out + "descriptors were closed";
        }) == "");
}

TEST_CASE("features: a filter that kills is found where nobody is told of children") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          std::signal(SIGCHLD, SIG_IGN);
          if (!install_filter(SECCOMP_RET_KILL_PROCESS)) return std::string("no filter");
          return expect_denied("map:hash", Denier::seccomp) + expect_denied("prog:xdp", Denier::seccomp);
        }) == "");
}

TEST_CASE("features: a filter that kills is found where another thread takes every child") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          std::atomic<bool> done = false;
          std::thread reaper([&] {
            while (!done) {
              ::waitpid(-1, nullptr, 0);
              std::this_thread::yield();
            }
          });
          std::string out = install_filter(SECCOMP_RET_KILL_PROCESS) ? "" : "no filter";
          for (const char* name : {"map:hash", "prog:xdp", "btf:func", "link:cgroup", "misc:token"})
            if (out.empty()) out += expect_denied(name, Denier::seccomp);
          done = true;
          reaper.join();
          return out;
        }) == "");
}

TEST_CASE("features: where no child process can be made under a filter, nothing is tried and nothing is known") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          if (!install_filter(SECCOMP_RET_KILL_PROCESS)) return std::string("no filter");
          if (!install_filter(SECCOMP_RET_ERRNO | EAGAIN, -1, SYS_clone)) return std::string("no filter");
          std::string out;
          for (const char* name :
               {"map:hash", "prog:xdp", "helper:xdp:redirect_map", "btf:func", "link:iter", "system:bpf_syscall"}) {
            const Answer answer = ask(name);
            const bool is_right = answer.verdict == Verdict::unknown && answer.os_error == EAGAIN &&
                                  contains(answer.sentence, "no child process");
            if (!is_right) out += told(name, answer);
          }
          return out;
        }) == "");
}

// ---- Capabilities ----

namespace {

constexpr std::array kRights = {kBpf, kPerfmon, kNetAdmin, kSysAdmin};
constexpr std::array<std::string_view, 4> kNames = {"CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"};
constexpr unsigned kSets = 1u << kRights.size();

// With those of kRights that are bits of `set`. The limit of memory that counts before 5.11 is not what is tested.
std::uint64_t rights_of(unsigned set) {
  std::uint64_t out = ask("cap:sys_resource").verdict == Verdict::supported ? kSysResource : 0;
  for (std::size_t i = 0; i < kRights.size(); ++i)
    if ((set >> i & 1) != 0) out |= kRights[i];
  return out;
}

// The set of those that a sentence names: "the process lacks CAP_BPF (CAP_SYS_ADMIN before Linux 5.8)".
unsigned named_in(std::string sentence) {
  for (std::size_t open; (open = sentence.find(" (")) != std::string::npos;)
    sentence.erase(open, sentence.find(')', open) - open + 1);
  unsigned out = 0;
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (contains(sentence, kNames[i])) out |= 1u << i;
  return out;
}

// One answer as in_child() can hand it over.
struct Seen {
  char verdict;  // the first letter of its name
  unsigned named;
  std::string text;
};

// What a child with a set of rights answers, a line for each feature.
std::vector<Seen> seen_with(unsigned set, const std::vector<Feature>& asked) {
  const std::string lines = in_child([&] {
    forget();
    if (!keep_only(rights_of(set))) return std::string("capset");
    std::string out;
    for (const Feature& each : asked) {
      const Answer answer = probe(each);
      const bool by_rights = answer.denied_by == Denier::capability || answer.denied_by == Denier::sysctl;
      out += features::name(answer.verdict).front();
      out += static_cast<char>('a' + (by_rights ? named_in(answer.sentence) : 0));
      out += told(features::name(each), answer);
    }
    return out;
  });
  std::vector<Seen> out;
  for (std::size_t at = 0, end; (end = lines.find('\n', at)) != std::string::npos; at = end + 1)
    if (end - at > 2)
      out.push_back({lines[at], static_cast<unsigned>(lines[at + 1] - 'a'), lines.substr(at + 2, end - at - 2)});
  return out;
}

constexpr char kSupported = 's', kAbsent = 'a', kDenied = 'd';

}  // namespace

TEST_CASE(
    "features: with each set of capabilities: what is named as missing is what is missing, and nothing is absent for "
    "it") {
  test::require_root_and_bpf();
  test_requires(test::kernel(5, 8));  // CAP_BPF
  const std::vector<Feature> asked = asked_features();
  std::array<std::vector<Seen>, kSets> seen;
  for (unsigned set = 0; set < kSets; ++set) {
    seen[set] = seen_with(set, asked);
    REQUIRE(seen[set].size() == asked.size());
  }
  const std::vector<Seen>& full = seen[kSets - 1];
  for (unsigned set = 0; set < kSets; ++set)
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (full[i].verdict != kSupported) continue;
      const Seen& now = seen[set][i];
      CAPTURE(set);
      CAPTURE(now.text);
      CHECK(now.verdict != kAbsent);
      if (now.verdict != kDenied) continue;
      CHECK(now.named != 0);
      CHECK((now.named & set) == 0);
      // A flag whose type of map is denied says so, and no more.
      if (asked[i].group == Group::map_flag) continue;
      // Not known, for who lacks what the verifier wants to see a program through.
      CHECK(seen[set | now.named][i].verdict != kDenied);
      for (unsigned one = 1; one < kSets; one <<= 1)
        if ((now.named & one) != 0) CHECK(seen[set | (now.named & ~one)][i].verdict != kSupported);
    }
}

TEST_CASE("features: nothing but what is read is supported for who may not call bpf(2)") {
  test::require_root_and_bpf();
  std::string setting;
  std::getline(std::ifstream("/proc/sys/kernel/unprivileged_bpf_disabled") >> std::ws, setting);
  if (setting.empty() || setting == "0") SKIP_TEST("needs kernel.unprivileged_bpf_disabled");
  const std::vector<Feature> asked = asked_features();
  const std::vector<Seen> seen = seen_with(0, asked);
  REQUIRE(seen.size() == asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const std::string name = features::name(asked[i]);
    if (name == "btf:kernel" || name == "btf:modules" || name == "system:bpf_syscall") continue;
    CAPTURE(seen[i].text);
    CHECK(seen[i].verdict != kSupported);
  }
}

// As a kernel answers that lets everybody use bpf(2), but take no more than 4096 instructions.
static long unprivileged_limit(sys::Command command, void* attr, unsigned size) {
  if (command == sys::Command::prog_load && size == sizeof(sys::ProgLoadAttr))
    return static_cast<const sys::ProgLoadAttr*>(attr)->insn_cnt > 4096 ? -E2BIG : -EPERM;
  return sys::straight_bpf(command, attr, size);
}

TEST_CASE("features: large programs are not absent for who may not load them") {
  test::require_root_and_bpf();
  CHECK(in_child([] {
          forget();
          if (!keep_only(0)) return std::string("capset");
          sys::set_bpf_hook(unprivileged_limit);
          const Answer answer = ask("misc:large_programs");
          return answer.verdict == Verdict::unknown ? std::string() : told("misc:large_programs", answer);
        }) == "");
}

TEST_CASE("features: an extension wants three capabilities, and all that are missing are named at once") {
  test::require_root_and_bpf();
  test_requires(test::kernel(5, 8));  // CAP_BPF
  CHECK(in_child([] {
          forget();
          if (!keep_only(kBpf)) return std::string("capset");
          const Answer answer = ask("prog:ext");
          const unsigned named = named_in(answer.sentence);
          return named == 0b0110 ? std::string() : told("prog:ext", answer);
        }) == "");
}

TEST_CASE("features: in a user namespace capabilities do not count, which is said") {
  test::require_root_and_bpf();
  const std::string problem = in_child([] {
    forget();
    if (::unshare(CLONE_NEWUSER) != 0) return std::string("no user namespaces here");
    constexpr std::string_view kWhy = "user namespace";
    return expect_denied("map:hash", Denier::capability, kWhy) + expect_denied("prog:xdp", Denier::capability, kWhy) +
           expect_denied("prog:kprobe", Denier::capability, kWhy) + expect_denied("cap:bpf", Denier::capability, kWhy) +
           expect_denied("cap:sys_admin", Denier::capability, kWhy);
  });
  if (problem == "no user namespaces here") SKIP_TEST(problem.c_str());
  CHECK(problem == "");
}

// ---- Lockdown ----

namespace {

// What securityfs shows of a kernel in this mode, in a mount namespace of the child's own.
bool show_lockdown(const char* text) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  if (::mount("none", "/sys/kernel/security", "tmpfs", 0, nullptr) != 0) return false;
  std::ofstream("/sys/kernel/security/lockdown") << text;
  return true;
}

}  // namespace

TEST_CASE("features: lockdown is not named for what it does not deny") {
  test::require_root_and_bpf();
  test_requires(test::kernel(5, 8));  // CAP_BPF
  if (::access("/sys/kernel/security", F_OK) != 0) SKIP_TEST("needs CONFIG_SECURITYFS");
  for (const char* mode : {"none [integrity] confidentiality\n", "none integrity [confidentiality]\n"}) {
    CAPTURE(std::string(mode));
    CHECK(in_child([&] {
            forget();
            if (!show_lockdown(mode)) return std::string("mount");
            if (!keep_only(kBpf | kPerfmon)) return std::string("capset");
            return expect_denied("map:devmap", Denier::capability, "CAP_NET_ADMIN");
          }) == "");
    CHECK(in_child([&] {
            forget();
            if (!show_lockdown(mode)) return std::string("mount");
            if (::unshare(CLONE_NEWUSER) != 0) return std::string();
            return expect_denied("map:hash", Denier::capability, "user namespace");
          }) == "");
    CHECK(in_child([&] {
            forget();
            if (!show_lockdown(mode)) return std::string("mount");
            if (!install_filter(SECCOMP_RET_ERRNO | EPERM, static_cast<int>(sys::Command::link_update)))
              return std::string("no filter");
            return expect_denied("misc:link_update", Denier::seccomp);
          }) == "");
  }
}
