// BPF_LINK_CREATE with BPF_TCX_INGRESS and BPF_TCX_EGRESS.
#include "ebpf/link/tcx.h"

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf {
namespace {

bool is_before_tcx() {
  const auto version = sys::running_kernel_version();
  return version && *version < sys::kernel_version(6, 6, 0);
}

Result<Link> attach(const Program& program, std::uint32_t ifindex, TcxDirection direction, const TcxOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::sched_cls));
  sys::LinkCreateAttr attr;
  attr.target_ifindex = ifindex;
  attr.attach_type = static_cast<AttachType>(direction);
  options.anchor.apply(attr, attr.tcx);
  attr.tcx.expected_revision = options.expected_revision;
  auto fd = LinkFactory::create(program, attr);
  if (!fd && is_missing_interface(fd.error(), ifindex)) return missing_interface(ifindex, fd.error());
  if (!fd && fd.error().os_error() == EINVAL && is_before_tcx())
    return fail(errc::not_supported, EINVAL, "EINVAL: tcx came with Linux 6.6");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_tcx(const Program& program, std::uint32_t ifindex, TcxDirection direction,
                        const TcxOptions& options) {
  const std::string_view side = direction == TcxDirection::ingress ? "ingress" : "egress";
  return attached(program, cat("tcx ", side, " of interface number ", ifindex),
                  attach(program, ifindex, direction, options));
}

}  // namespace ebpf
