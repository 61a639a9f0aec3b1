// A control group of one's own, for tests of cgroup programs.
#pragma once

#include <string>

namespace ebpf::test {

// A new, empty group under the root of the cgroup2 hierarchy, removed by the destructor. Skips the test case where no
// cgroup2 hierarchy is mounted or it cannot be written to.
class Cgroup {
 public:
  Cgroup();
  ~Cgroup();
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;

  const std::string& path() const { return path_; }
  // A descriptor of the group's directory, as attaching wants it. The object owns it.
  int fd() const { return fd_; }

  // Moves this process (all its threads) into the group, until the object is destroyed. The sockets that it makes from
  // then on belong to the group.
  void enter();

 private:
  std::string path_;
  std::string previous_;  // where enter() took the process from; empty if it did not
  int fd_ = -1;
};

}  // namespace ebpf::test
