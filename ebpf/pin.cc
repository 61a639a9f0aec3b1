// BPF_OBJ_PIN and BPF_OBJ_GET, and the check that tells a wrong file system from other failures.
#include "ebpf/pin.h"

#include <unistd.h>

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"

namespace ebpf {
Result<void> pin_object(const Fd& fd, const std::string& path) {
  sys::ObjPinAttr attr;
  attr.pathname = sys::to_u64(path.c_str());
  attr.bpf_fd = static_cast<std::uint32_t>(fd.get());
  auto pinned = sys::obj_pin(attr);
  if (pinned) return {};
  // The kernel says EPERM for any other file system.
  EBPF_CHECK_IN(sys::require_bpffs(sys::directory_of(path)), "pin at ", quoted(path));
  return fail_in(std::move(pinned), "pin at ", quoted(path));
}

Result<Fd> open_pinned_object(const std::string& path) {
  sys::ObjPinAttr attr;
  attr.pathname = sys::to_u64(path.c_str());
  EBPF_TRY_IN(Fd fd, sys::obj_get(attr), "open the pin ", quoted(path));
  return fd;
}

Result<void> require_object(const Fd& fd, std::string_view kind) {
  char target[64];  // "anon_inode:bpf-map"
  const ssize_t length = ::readlink(cat("/proc/self/fd/", fd.get()).c_str(), target, sizeof target);
  if (length < 0) return {};
  const std::string_view there(target, static_cast<std::size_t>(length));
  if (there.starts_with("anon_inode:") && there.find(kind) != std::string_view::npos) return {};
  return fail(errc::invalid_argument, "the descriptor is of ", quoted(there), ", not of a ", kind);
}

Result<void> unpin(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return {};
  return fail_errno(errno, "remove the pin ", quoted(path));
}

}  // namespace ebpf
