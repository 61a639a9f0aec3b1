// BPF_RAW_TRACEPOINT_OPEN, whose descriptor has been a link since 5.8.
#include "ebpf/link/raw_tracepoint.h"

#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {
namespace {

Result<Link> attach(const Program& program, const std::string& event, const RawTracepointOptions& options) {
  if (program.type() != ProgramType::raw_tracepoint_writable)
    EBPF_CHECK(require_type(program, ProgramType::raw_tracepoint));
  sys::RawTracepointOpenAttr attr;
  attr.name = sys::to_u64(event.c_str());
  attr.prog_fd = static_cast<std::uint32_t>(program.fd().get());
  attr.cookie = options.cookie;
  auto fd = sys::raw_tracepoint_open(attr);
  if (!fd && fd.error().os_error() == ENOENT)
    return fail(errc::not_found, ENOENT, "this kernel has no such tracepoint");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_raw_tracepoint(const Program& program, std::string_view event,
                                   const RawTracepointOptions& options) {
  return attached(program, cat("raw tracepoint ", event), attach(program, std::string(event), options));
}

}  // namespace ebpf
