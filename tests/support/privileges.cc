// The out-of-line part of privileges.h. System calls are made by their numbers: the C library's functions of these
// names change the user of every thread of the process.
#include "tests/support/privileges.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>
#include <thread>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

constexpr unsigned kNobody = 65534;

void check(long result, const char* what) {
  if (result != 0) throw std::system_error(errno, std::generic_category(), what);
}

// From root to nobody with these capabilities only, a bit each. Of the calling thread.
void give_up_the_rest(std::uint64_t capabilities) {
  check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "PR_SET_KEEPCAPS");
  check(syscall(SYS_setgroups, 0, nullptr), "setgroups");
  check(syscall(SYS_setresgid, kNobody, kNobody, kNobody), "setresgid");
  check(syscall(SYS_setresuid, kNobody, kNobody, kNobody), "setresuid");
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  for (int i = 0; i < 2; ++i) {
    const auto half = static_cast<std::uint32_t>(capabilities >> (32 * i));
    data[i] = {.effective = half, .permitted = half, .inheritable = 0};
  }
  check(syscall(SYS_capset, &header, data), "capset");
  // Another user's process would have to be root to look into /proc/self.
  check(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "PR_SET_DUMPABLE");
}

void run_with(std::uint64_t capabilities, const std::function<void()>& act) {
  if (geteuid() != 0) SKIP_TEST("needs root, to give up its rights");
  std::exception_ptr thrown;
  std::thread([&] {
    try {
      give_up_the_rest(capabilities);
      act();
    } catch (...) {
      // A failed REQUIRE and SKIP_TEST among them: doctest is to see it where the test case runs.
      thrown = std::current_exception();
    }
  }).join();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

void unprivileged(const std::function<void()>& act) { run_with(0, act); }

void with_capabilities_only(std::initializer_list<int> capabilities, const std::function<void()>& act) {
  std::uint64_t set = 0;
  for (const int capability : capabilities) set |= std::uint64_t{1} << capability;
  run_with(set, act);
}

}  // namespace ebpf::test
