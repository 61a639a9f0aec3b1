// BPF_LINK_CREATE with BPF_TCX_INGRESS and BPF_TCX_EGRESS.
#include "ebpf/link/tcx.h"

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {

Result<Link> attach_tcx(const Program& program, std::uint32_t ifindex, TcxDirection direction,
                        const TcxOptions& options) {
  const std::string target =
      cat("tcx ", direction == TcxDirection::ingress ? "ingress" : "egress", " of interface number ", ifindex);
  EBPF_CHECK(require_type(program, ProgramType::sched_cls, target));
  sys::LinkCreateAttr attr;
  attr.target_ifindex = ifindex;
  attr.attach_type = static_cast<AttachType>(direction);
  options.anchor.apply(attr, attr.tcx);
  attr.tcx.expected_revision = options.expected_revision;
  auto fd = LinkFactory::create(program, attr);
  if (!fd) return std::unexpected(attach_error(program, target, std::move(fd).error()));
  return LinkFactory::kernel_link(*std::move(fd));
}

}  // namespace ebpf
