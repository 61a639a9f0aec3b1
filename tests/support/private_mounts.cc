// The out-of-line part of private_mounts.h. bpf(2) is called here by its number: a test must not trust the library that
// it tests to find out whether it can run.
#include "tests/support/private_mounts.h"

#include <linux/bpf.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

// Before 5.11 the memory of maps counts against this limit, which libraries raise when they are refused; maps that are
// gone may count for a while.
void raise_memlock_limit() {
  const rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  (void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
}

// Makes the simplest of all maps and closes it again. Returns 0 or the errno.
int try_map_create() {
  union bpf_attr attr;
  std::memset(&attr, 0, sizeof attr);
  attr.map_type = BPF_MAP_TYPE_ARRAY;
  attr.key_size = 4;
  attr.value_size = 4;
  attr.max_entries = 1;
  const long fd = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
  if (fd < 0) return errno;
  close(static_cast<int>(fd));
  return 0;
}

void mount_or_skip(const char* type, const char* target) {
  if (mount(type, target, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0) return;
  // There is one tracefs only, and the kernel does not mount it upon itself: it is there already.
  if (errno != EBUSY) SKIP_TEST(std::string("cannot mount ") + type + " at " + target + ": " + std::strerror(errno));
}

void make_private_mounts() {
  if (unshare(CLONE_NEWNS) != 0) SKIP_TEST(std::string("no mount namespace of our own: ") + std::strerror(errno));
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    SKIP_TEST(std::string("cannot make mounts private: ") + std::strerror(errno));
  mount_or_skip("tracefs", "/sys/kernel/tracing");
  mount_or_skip("bpf", "/sys/fs/bpf");
}

}  // namespace

void require_root_and_bpf() {
  if (geteuid() != 0) SKIP_TEST("needs root");
  int error = try_map_create();
  if (error == EPERM) {
    raise_memlock_limit();
    error = try_map_create();
  }
  if (error != 0) SKIP_TEST(std::string("bpf(2) refuses to create a map: ") + std::strerror(error));
}

void private_mounts() {
  require_root_and_bpf();
  // Thread-safe, and tried again by the next test case where it was left by SKIP_TEST.
  [[maybe_unused]] static const bool done = (make_private_mounts(), true);
}

}  // namespace ebpf::test
