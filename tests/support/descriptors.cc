// The out-of-line part of descriptors.h.
#include "tests/support/descriptors.h"

#include <filesystem>
#include <iterator>

namespace ebpf::test {

std::size_t open_fd_count() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(entries, std::filesystem::directory_iterator())) - 1;
}

}  // namespace ebpf::test
