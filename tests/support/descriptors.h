// Counting this process's descriptors, to show that an operation leaked none.
#pragma once

#include <cstddef>

namespace ebpf::test {

// How many descriptors this process has open, the one that reading /proc/self/fd takes not counted.
std::size_t open_fd_count();

}  // namespace ebpf::test
