// BPF_LINK_CREATE with BPF_XDP.
#include "ebpf/link/xdp.h"

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {

Result<Link> attach_xdp(const Program& program, std::uint32_t ifindex, const XdpOptions& options) {
  const std::string target = cat("xdp on interface number ", ifindex);
  EBPF_CHECK(require_type(program, ProgramType::xdp, target));
  sys::LinkCreateAttr attr;
  attr.target_ifindex = ifindex;
  attr.attach_type = AttachType::xdp;
  attr.flags = static_cast<std::uint32_t>(options.mode);
  auto fd = LinkFactory::create(program, attr);
  if (!fd && is_missing_interface(fd.error(), ifindex)) return missing_interface(program, target, ifindex, fd.error());
  if (!fd) return attach_error(program, target, std::move(fd).error());
  return LinkFactory::kernel_link(*std::move(fd));
}

}  // namespace ebpf
