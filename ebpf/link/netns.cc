// BPF_LINK_CREATE with the descriptor of a network namespace.
#include "ebpf/link/netns.h"

#include <fcntl.h>

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {
namespace {

Result<Link> attach(const Program& program, const std::string& path) {
  if (program.type() != ProgramType::flow_dissector) EBPF_CHECK(require_type(program, ProgramType::sk_lookup));
  const int raw = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (raw < 0) return fail(errc::io, errno, "open: ", errno_name(errno));
  EBPF_TRY(const Fd& space, Fd::adopt(raw));
  sys::LinkCreateAttr attr;
  attr.target_fd = static_cast<std::uint32_t>(space.get());
  attr.attach_type = program.type() == ProgramType::sk_lookup ? AttachType::sk_lookup : AttachType::flow_dissector;
  auto fd = LinkFactory::create(program, attr);
  const int refusal = fd ? 0 : fd.error().os_error();
  switch (refusal) {
    case EINVAL:
      return fail(errc::invalid_argument, EINVAL,
                  "EINVAL: it is no network namespace, or this kernel has no links of such programs (Linux 5.8 for "
                  "flow_dissector, 5.9 for sk_lookup)");
    case E2BIG:
    case EEXIST:
      return fail(errc::busy, refusal, errno_name(refusal), ": the namespace has such a program, and takes no other");
    default:
      return LinkFactory::kernel_link(std::move(fd));
  }
}

}  // namespace

Result<Link> attach_netns(const Program& program, const std::string& path) {
  return attached(program, cat("network namespace ", path), attach(program, path));
}

}  // namespace ebpf
