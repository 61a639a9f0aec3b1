// Fd: adopting, duplicating and closing a descriptor; see fcntl(2) and close(2).
#include "ebpf/sys/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace ebpf {
namespace {

// The descriptors of standard input, output and error are 0..2.
constexpr int kFirstOwnable = 3;

}  // namespace

Result<Fd> Fd::adopt(int raw) {
  Fd fd(raw);
  if (raw >= kFirstOwnable) return fd;
  return fd.duplicate();
}

Result<Fd> Fd::duplicate() const {
  const int copy = ::fcntl(raw_, F_DUPFD_CLOEXEC, kFirstOwnable);
  if (copy < 0) return fail_errno(errno, "fcntl(F_DUPFD_CLOEXEC)");
  return Fd(copy);
}

void Fd::close() noexcept {
  if (!valid()) return;
  // Linux frees the number also when close(2) fails, so there is nothing to try again and nobody to tell.
  const int saved_errno = errno;
  ::close(release());
  errno = saved_errno;
}

}  // namespace ebpf
