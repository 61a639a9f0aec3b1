// BPF_LINK_CREATE with BPF_XDP.
#include "ebpf/link/xdp.h"

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {
namespace {

Result<Link> attach(const Program& program, std::uint32_t ifindex, const XdpOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::xdp));
  sys::LinkCreateAttr attr;
  attr.target_ifindex = ifindex;
  attr.attach_type = AttachType::xdp;
  attr.flags = static_cast<std::uint32_t>(options.mode);
  auto fd = LinkFactory::create(program, attr);
  if (!fd && is_missing_interface(fd.error(), ifindex)) return missing_interface(ifindex, fd.error());
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_xdp(const Program& program, std::uint32_t ifindex, const XdpOptions& options) {
  return attached(program, cat("xdp on interface number ", ifindex), attach(program, ifindex, options));
}

}  // namespace ebpf
