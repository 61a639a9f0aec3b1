// BPF_LINK_CREATE with the descriptor of a cgroup's directory.
#include "ebpf/link/cgroup.h"

#include <fcntl.h>

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {
namespace {

Result<Fd> open_directory(const std::string& path) {
  const int raw = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (raw < 0) return fail(errc::io, errno, "open: ", errno_name(errno));
  return Fd::adopt(raw);
}

Result<Link> attach(const Program& program, const std::string& path, const CgroupOptions& options) {
  EBPF_TRY(const Fd& directory, open_directory(path));
  const std::optional<AttachType> attach_type = options.attach_type ? options.attach_type : program.attach_type();
  if (!attach_type)
    return fail(errc::invalid_argument, "to what in the cgroup is not known: set CgroupOptions::attach_type");
  sys::LinkCreateAttr attr;
  attr.target_fd = static_cast<std::uint32_t>(directory.get());
  attr.attach_type = *attach_type;
  options.anchor.apply(attr, attr.cgroup);
  auto fd = LinkFactory::create(program, attr);
  if (!fd && fd.error().os_error() == EBADF)
    return fail(errc::invalid_argument, EBADF, "EBADF: the directory is on no cgroup2 file system");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_cgroup(const Program& program, const std::string& path, const CgroupOptions& options) {
  return attached(program, cat("cgroup ", path), attach(program, path, options));
}

}  // namespace ebpf
