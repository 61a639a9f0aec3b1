// BPF_RAW_TRACEPOINT_OPEN without a name, which attaches to what the program was loaded for; with a cookie
// BPF_LINK_CREATE, which older kernels do not know for these programs.
#include "ebpf/link/tracing.h"

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {
namespace {

Result<Fd> open_plain(const Program& program) {
  sys::RawTracepointOpenAttr attr;
  attr.prog_fd = static_cast<std::uint32_t>(program.fd().get());
  return sys::raw_tracepoint_open(attr);
}

Result<Fd> open_with_cookie(const Program& program, std::uint64_t cookie) {
  sys::LinkCreateAttr attr;
  attr.attach_type = *program.attach_type();
  attr.tracing.cookie = cookie;
  auto fd = LinkFactory::create(program, attr);
  if (!fd && fd.error().os_error() == EINVAL)
    return fail(errc::not_supported, EINVAL, "EINVAL: cookies of tracing programs need Linux 5.19");
  return fd;
}

Result<Link> attach(const Program& program, std::uint64_t cookie) {
  if (program.type() != ProgramType::lsm) EBPF_CHECK(require_type(program, ProgramType::tracing));
  if (!program.attach_type())
    return fail(errc::invalid_argument, "it was loaded without an attach type (ProgramSpec::attach_type)");
  auto fd = cookie != 0 ? open_with_cookie(program, cookie) : open_plain(program);
  if (!fd && fd.error().os_error() == E2BIG)
    return fail(errc::busy, E2BIG, "E2BIG: it has as many programs as it can take");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_tracing(const Program& program, const TracingOptions& options) {
  return attached(program, program.attach_to(), attach(program, options.cookie));
}

}  // namespace ebpf
