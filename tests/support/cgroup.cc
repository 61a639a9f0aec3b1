// The out-of-line part of cgroup.h: cgroups(7), and proc(5) for the mountinfo and cgroup files.
#include "tests/support/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

// The mount point of the cgroup2 hierarchy, or an empty string.
std::string cgroup2_mount() {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream fields(line);
    std::string skipped, mount_point;
    for (int i = 0; i < 4; ++i) fields >> skipped;
    fields >> mount_point;
    return mount_point;
  }
  return {};
}

// The path of this process's group within the cgroup2 hierarchy, "/" for its root.
std::string current_group() {
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);)
    if (std::string_view(line).starts_with("0::")) return line.substr(3);
  return "/";
}

// Returns 0 or the errno. "0" stands for the process that writes it.
int move_self_to(const std::string& group) {
  const int fd = open((group + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = write(fd, "0", 1) == 1 ? 0 : errno;
  close(fd);
  return error;
}

}  // namespace

Cgroup::Cgroup() {
  static std::atomic<int> count = 0;
  const std::string mount = cgroup2_mount();
  if (mount.empty()) SKIP_TEST("no cgroup2 hierarchy is mounted");
  path_ = mount + "/ebpf-test-" + std::to_string(getpid()) + "-" + std::to_string(count++);
  if (mkdir(path_.c_str(), 0755) != 0) SKIP_TEST("cannot make " + path_ + ": " + std::strerror(errno));
  fd_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) {
    const int error = errno;
    rmdir(path_.c_str());
    throw std::system_error(error, std::generic_category(), path_);
  }
}

Cgroup::~Cgroup() {
  // A process that stayed in the group would keep it on the machine.
  if (!previous_.empty() && move_self_to(previous_) != 0) std::terminate();
  close(fd_);
  rmdir(path_.c_str());
}

void Cgroup::enter() {
  if (!previous_.empty()) return;
  const std::string from = cgroup2_mount() + current_group();
  if (const int error = move_self_to(path_); error != 0)
    throw std::system_error(error, std::generic_category(), "enter " + path_);
  previous_ = from;
}

}  // namespace ebpf::test
