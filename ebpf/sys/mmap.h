// Mapping: the owner of memory that is shared with the kernel through a descriptor (an array map, a ring buffer, a perf
// event). Internal.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

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

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  bool writable_ = false;
};

// Maps `length` bytes of `fd` from `offset`, a multiple of the page size, MAP_SHARED. "mmap: EPERM" where the kernel
// does not let this descriptor be mapped that way (a frozen or read-only map, writable).
// At `address` where that is not 0, and nowhere else: EEXIST where something is there already (4.17).
Result<Mapping> map_shared(int fd, std::size_t length, bool writable, off_t offset = 0, std::uint64_t address = 0);

}  // namespace ebpf::sys
