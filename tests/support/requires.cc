// The requirements that are looked up; those that are tried out by bpf(2) are in probes.cc.
#include "tests/support/requires.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ebpf/sys/kernel_version.h"
#include "tests/support/test.h"

namespace ebpf::test {
namespace {

// Runs modprobe(8). Returns why it did not load the module, or nothing where it did.
std::optional<std::string> modprobe(const char* name) {
  const char* const argv[] = {"modprobe", "-q", name, nullptr};
  pid_t child = -1;
  if (const int error = posix_spawnp(&child, argv[0], nullptr, nullptr, const_cast<char* const*>(argv), environ);
      error != 0)
    return std::string("modprobe: ") + std::strerror(error);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return "modprobe does not load it";
  return std::nullopt;
}

}  // namespace

Requirement kernel(unsigned major, unsigned minor) {
  const Result<std::uint32_t> running = sys::running_kernel_version();
  if (!running) return {running.error().message()};
  if (*running >= sys::kernel_version(major, minor, 0)) return {};
  return {"Linux " + std::to_string(major) + "." + std::to_string(minor)};
}

Requirement module(const char* name) {
  // sysfs knows what is loaded, and what is built in with parameters, by its name with underscores.
  std::string folder = std::string("/sys/module/") + name;
  std::ranges::replace(folder, '-', '_');
  if (access(folder.c_str(), F_OK) == 0) return {};
  const std::optional<std::string> problem = modprobe(name);
  if (!problem) return {};
  return {std::string("module ") + name + ": " + *problem};
}

Requirement kprobes() {
  if (access("/sys/bus/event_source/devices/kprobe/type", R_OK) == 0) return {};
  return {"kprobes: no perf events of that type"};
}

Requirement kernel_btf() {
  if (access("/sys/kernel/btf/vmlinux", R_OK) == 0) return {};
  return {std::string("/sys/kernel/btf/vmlinux: ") + std::strerror(errno)};
}

void test_requires(const Requirement& requirement) {
  if (requirement.missing) SKIP_TEST("needs " + *requirement.missing);
}

}  // namespace ebpf::test
