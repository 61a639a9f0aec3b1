// Mapping: the owner of memory that is shared with the kernel through a descriptor (an array map, a ring buffer, a perf
// event). Internal.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "ebpf/base/error.h"

namespace ebpf::sys {

// Move-only. Unmaps when destroyed, so no view of the memory may outlive it. The mapping keeps the kernel object alive
// also after the descriptor is closed.
class Mapping {
 public:
  constexpr Mapping() = default;
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  // The first byte, on a page boundary; null where nothing is mapped. Writing to it faults unless writable().
  std::byte* data() const { return data_; }
  // In bytes, as it was asked for.
  std::size_t size() const { return size_; }
  bool writable() const { return writable_; }

 private:
  friend Result<Mapping> map_shared(int fd, std::size_t length, bool writable, off_t offset, std::uint64_t address);
  friend Result<Mapping> map_file(const std::string& path);

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool writable_ = false;
};

// Maps `length` bytes of `fd` from `offset`, a multiple of the page size, MAP_SHARED. "mmap: EPERM" where the kernel
// does not let this descriptor be mapped that way (a frozen or read-only map, writable).
// At `address` where that is not 0, and nowhere else: EEXIST where something is there already (4.17).
Result<Mapping> map_shared(int fd, std::size_t length, bool writable, off_t offset = 0, std::uint64_t address = 0);

// Maps all of a file, to be read. Only for files that nobody shortens meanwhile, such as those in /sys: reading behind
// a file's new end stops the process. errc::io where it cannot be opened or mapped; the sentence names the path.
Result<Mapping> map_file(const std::string& path);

}  // namespace ebpf::sys
