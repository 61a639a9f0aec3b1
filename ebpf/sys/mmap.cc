// Mapping: mmap(2) and munmap(2).
#include "ebpf/sys/mmap.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "ebpf/base/text.h"
#include "ebpf/sys/fd.h"

namespace ebpf::sys {

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      writable_(std::exchange(other.writable_, false)) {}

// What this had before is unmapped with `taken`.
Mapping& Mapping::operator=(Mapping&& other) noexcept {
  Mapping taken(std::move(other));
  std::swap(data_, taken.data_);
  std::swap(size_, taken.size_);
  std::swap(writable_, taken.writable_);
  return *this;
}

Mapping::~Mapping() {
  if (data_ == nullptr) return;
  const int saved_errno = errno;
  ::munmap(data_, size_);
  errno = saved_errno;
}

Result<Mapping> map_shared(int fd, std::size_t length, bool writable, off_t offset, std::uint64_t address) {
  const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const int placement = address != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* const wanted = reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
  void* const got = ::mmap(wanted, length, protection, MAP_SHARED | placement, fd, offset);
  if (got == MAP_FAILED) return fail_errno(errno, "mmap");
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(got);
  mapping.size_ = length;
  mapping.writable_ = writable;
  return mapping;
}

Result<Mapping> map_file(const std::string& path) {
  const auto failed = [&path](std::string_view verb) {
    return fail(errc::io, errno, verb, " ", quoted(path), ": ", errno_name(errno));
  };
  const int raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (raw < 0) return failed("open");
  EBPF_TRY(const Fd& fd, Fd::adopt(raw));
  struct stat status;
  if (::fstat(fd.get(), &status) != 0) return failed("stat");
  if (status.st_size <= 0) return fail(errc::io, "map ", quoted(path), ": it is empty or no file");
  const auto length = static_cast<std::size_t>(status.st_size);
  // Private, although nothing is written: the kernel's own BTF can be mapped no other way.
  void* const got = ::mmap(nullptr, length, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (got == MAP_FAILED) return failed("map");
  Mapping mapping;
  mapping.data_ = static_cast<std::byte*>(got);
  mapping.size_ = length;
  return mapping;
}

}  // namespace ebpf::sys
