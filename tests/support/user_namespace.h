// A user namespace with a bpf file system to which a privileged process has delegated rights: what a container manager
// sets up for a container that may use BPF (Linux 6.9).
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ebpf::test {

// Mount options, as {"delegate_cmds", "any"}.
using MountOptions = std::vector<std::pair<std::string, std::string>>;

// Runs `act` in a child process that is root of a user namespace and of a mount namespace of its own, where a bpf file
// system with these options is mounted at `target`, a directory that is there. Returns what `act` returns: an empty
// string where all is well, otherwise what is wrong; assertions do not work there. Skips the test case where such a
// file system cannot be made.
std::string in_user_namespace(const MountOptions& options, const std::string& target,
                              const std::function<std::string()>& act);

}  // namespace ebpf::test
