// What a load costs: the bpf(2) calls of a load on a current kernel are one for each map and program, one for the
// types, and what writes and freezes the contents of maps. None of them asks what the kernel can do. The calls are
// counted from outside, by ptrace(2), so that none escapes.
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

// <linux/ptrace.h> has what follows, and does not go together with <sys/ptrace.h>.
#ifndef PTRACE_GET_SYSCALL_INFO
#define PTRACE_GET_SYSCALL_INFO 0x420e
#endif

using namespace ebpf;
using namespace ebpf::test;

namespace {

// By the name of the command.
using Calls = std::map<std::string, int>;

// struct ptrace_syscall_info of <linux/ptrace.h> (Linux 5.3).
struct SyscallInfo {
  std::uint8_t op;  // 1: a system call begins
  std::uint8_t pad[3];
  std::uint32_t arch;
  std::uint64_t instruction_pointer;
  std::uint64_t stack_pointer;
  std::uint64_t nr;
  std::uint64_t args[6];
  std::uint64_t more[4];
};
constexpr std::uint8_t kEntry = 1;

void count_call(pid_t child, Calls& calls) {
  SyscallInfo info{};
  const long got = ptrace(static_cast<__ptrace_request>(PTRACE_GET_SYSCALL_INFO), child, sizeof info, &info);
  REQUIRE(got > 0);
  if (info.op == kEntry && info.nr == SYS_bpf) ++calls[std::string(sys::name(static_cast<sys::Command>(info.args[0])))];
}

// Runs `act`, which returns whether it worked, in a child process and counts its calls of bpf(2).
Calls calls_of(const std::function<bool()>& act) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(2);
    raise(SIGSTOP);
    _exit(act() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSTOPPED(status));
  REQUIRE(ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
  Calls calls;
  for (int signal = 0;;) {
    REQUIRE(ptrace(PTRACE_SYSCALL, child, nullptr, signal) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
    if (!WIFSTOPPED(status)) break;
    const bool is_syscall = WSTOPSIG(status) == (SIGTRAP | 0x80);
    if (is_syscall) count_call(child, calls);
    signal = is_syscall ? 0 : WSTOPSIG(status);
  }
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  return calls;
}

bool has_bytes_to_write(const MapSpec& map) {
  return std::any_of(map.data.begin(), map.data.end(), [](std::byte b) { return b != std::byte{0}; });
}

// What the object asks for, counted in its spec.
Calls needed(const CollectionSpec& spec) {
  Calls calls;
  if (!spec.types.empty()) calls["BPF_BTF_LOAD"] = 1;
  for (const MapSpec& map : spec.maps) {
    calls["BPF_MAP_CREATE"] += 1 + static_cast<int>(map.inner.size());
    const int writes = static_cast<int>(map.contents.size() + map.slots.size()) + (has_bytes_to_write(map) ? 1 : 0);
    if (writes > 0) calls["BPF_MAP_UPDATE_ELEM"] += writes;
    if (map.freeze) ++calls["BPF_MAP_FREEZE"];
  }
  for (const ProgramSpec& program : spec.programs)
    if (program.autoload) ++calls["BPF_PROG_LOAD"];
  return calls;
}

void check_calls(const CollectionSpec& spec, const Calls& expected, const LoadOptions& options = {}) {
  const Calls calls = calls_of([&] { return Collection::load(spec, options).has_value(); });
  CHECK(calls == expected);
  for (const auto& [command, times] : calls) {
    CAPTURE(command);
    const auto wanted = expected.find(command);
    CHECK(times == (wanted == expected.end() ? 0 : wanted->second));
  }
}

}  // namespace

TEST_CASE("bpf calls of a load: maps, programs, types, data and freezes, and nothing else") {
  require_root_and_bpf();
  test_requires(kernel(6, 1), kernel_btf());
  for (const std::string object : {"globals", "maps", "packet", "subprograms", "tracing", "globals_nobtf"}) {
    CAPTURE(object);
    const CollectionSpec spec = read_object(object);
    check_calls(spec, needed(spec));
  }
}

TEST_CASE("bpf calls of a load: options and symbols of the kernel cost none of their own") {
  require_root_and_bpf();
  test_requires(kernel(6, 2), kernel_btf());
  const CollectionSpec spec = read_object("externs");
  Calls expected = needed(spec);
  ++expected["BPF_MAP_UPDATE_ELEM"];  // .kconfig, whose bytes are not in the file
  check_calls(spec, expected, {.kernel_config = "CONFIG_HZ=250\nCONFIG_BPF_SYSCALL=y\n"});
}

TEST_CASE("bpf calls of a load: options cost nothing") {
  require_root_and_bpf();
  test_requires(kernel(6, 1));
  const CollectionSpec spec = read_object("maps");
  check_calls(spec, needed(spec), {.keep_going = true});
}
