// BPF_LINK_CREATE with BPF_NETFILTER.
#include "ebpf/link/netfilter.h"

#include <cerrno>
#include <iterator>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"

namespace ebpf {
namespace {

constexpr std::string_view kHookNames[] = {"pre-routing", "local-in", "forward", "local-out", "post-routing"};
constexpr std::uint32_t kDefragment = 1u << 0;  // BPF_F_NETFILTER_IP_DEFRAG

Result<Link> attach(const Program& program, NetfilterFamily family, std::uint32_t hook,
                    const NetfilterOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::netfilter));
  sys::LinkCreateAttr attr;
  attr.attach_type = AttachType::netfilter;
  attr.netfilter.pf = static_cast<std::uint32_t>(family);
  attr.netfilter.hooknum = hook;
  attr.netfilter.priority = options.priority;
  attr.netfilter.flags = options.defragment ? kDefragment : 0;
  auto fd = LinkFactory::create(program, attr);
  if (!fd && fd.error().os_error() == EBUSY)
    return fail(errc::busy, EBUSY, "EBUSY: priority ", std::int64_t{options.priority},
                " is taken at this hook: choose another");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_netfilter(const Program& program, NetfilterFamily family, NetfilterHook hook,
                              const NetfilterOptions& options) {
  const auto number = static_cast<std::uint32_t>(hook);
  const std::string target = cat("netfilter ", family == NetfilterFamily::ipv4 ? "ipv4 " : "ipv6 ",
                                 kHookNames[number % std::size(kHookNames)]);
  return attached(program, target, attach(program, family, number, options));
}

}  // namespace ebpf
