// A BPF link on a perf event (5.15) or, before, the ioctl PERF_EVENT_IOC_SET_BPF.
#include "ebpf/link/perf_event.h"

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/perf.h"

namespace ebpf {
namespace {

Result<Link> attach_by_ioctl(const Program& program, Fd event) {
  EBPF_CHECK(sys::perf_set_bpf(event.get(), program.fd().get()));
  EBPF_CHECK(sys::perf_enable(event.get()));
  return LinkFactory::perf_event_alone(std::move(event));
}

}  // namespace

Result<Link> LinkFactory::on_event(const Program& program, Fd event, std::uint64_t cookie) {
  sys::LinkCreateAttr attr;
  attr.target_fd = static_cast<std::uint32_t>(event.get());
  attr.attach_type = AttachType::perf_event;
  attr.perf_event.bpf_cookie = cookie;
  auto link = create(program, attr);
  if (!link && link.error().os_error() == EINVAL && cookie == 0) return attach_by_ioctl(program, std::move(event));
  if (!link && link.error().os_error() == EINVAL)
    return fail(errc::not_supported, EINVAL, "EINVAL: cookies of perf events need Linux 5.15");
  if (!link) return fail_in(std::move(link));
  EBPF_CHECK(sys::perf_enable(event.get()));
  return perf_link(*std::move(link), std::move(event));
}

namespace {

Result<Link> attach(const Program& program, Fd event, const PerfEventOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::perf_event));
  auto link = LinkFactory::on_event(program, std::move(event), options.cookie);
  if (!link && link.error().os_error() == EEXIST) return fail(errc::busy, EEXIST, "EEXIST: it has a program");
  return link;
}

}  // namespace

Result<Link> attach_perf_event(const Program& program, Fd event, const PerfEventOptions& options) {
  return attached(program, "a perf event", attach(program, std::move(event), options));
}

}  // namespace ebpf
