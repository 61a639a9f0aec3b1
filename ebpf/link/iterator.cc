// BPF_LINK_CREATE with BPF_TRACE_ITER, and BPF_ITER_CREATE.
#include "ebpf/link/iterator.h"

#include <unistd.h>

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {
namespace {

constexpr std::size_t kReadSize = 64u << 10;

// Whether the options ask for a part of the whole, and for which.
bool describe_target(const IteratorOptions& options, sys::IterTarget& target) {
  if (options.map != nullptr) {
    target.map.map_fd = static_cast<std::uint32_t>(options.map->fd().get());
  } else if (options.cgroup_fd >= 0) {
    target.cgroup.order = sys::CgroupIterOrder::descendants_pre;
    target.cgroup.cgroup_fd = static_cast<std::uint32_t>(options.cgroup_fd);
  } else if (options.task_id != 0 || options.process_id != 0) {
    target.task.tid = options.task_id;
    target.task.pid = options.process_id;
  } else {
    return false;
  }
  return true;
}

Result<Link> attach(const Program& program, const IteratorOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::tracing));
  sys::IterTarget target = {};
  sys::LinkCreateAttr attr;
  attr.attach_type = AttachType::trace_iter;
  const bool is_partial = describe_target(options, target);
  if (is_partial) {
    attr.iter.iter_info = sys::to_u64(&target);
    attr.iter.iter_info_len = sizeof target;
  }
  auto fd = LinkFactory::create(program, attr);
  const int refusal = fd ? 0 : fd.error().os_error();
  if (is_partial && (refusal == EINVAL || refusal == E2BIG))
    return fail(errc::not_supported, refusal, errno_name(refusal),
                ": the iterator does not take this option, or not before Linux 6.1");
  if (!is_partial && refusal == EBADF)
    return fail(errc::invalid_argument, EBADF,
                "EBADF: it iterates over a map's elements: give it the map (IteratorOptions::map)");
  return LinkFactory::kernel_link(std::move(fd));
}

}  // namespace

Result<Link> attach_iterator(const Program& program, const IteratorOptions& options) {
  return attached(program, cat("iterator ", program.attach_to()), attach(program, options));
}

Result<Fd> open_iterator(const Link& link) {
  sys::IterCreateAttr attr;
  attr.link_fd = static_cast<std::uint32_t>(link.fd().get());
  EBPF_TRY_IN(Fd fd, sys::iter_create(attr), "open iterator");
  return fd;
}

Result<std::string> read_iterator(const Link& link, std::size_t max_bytes) {
  EBPF_TRY(const Fd& run, open_iterator(link));
  std::string text;
  for (;;) {
    const std::size_t used = text.size();
    if (used > max_bytes) return fail(errc::out_of_range, "read iterator: longer than ", max_bytes, " bytes");
    text.resize(used + kReadSize);
    const ssize_t count = ::read(run.get(), text.data() + used, kReadSize);
    text.resize(used + static_cast<std::size_t>(count > 0 ? count : 0));
    if (count == 0) return text;
    // EAGAIN: the program asked to be called again, or a signal came.
    if (count < 0 && errno != EINTR && errno != EAGAIN) return fail_errno(errno, "read iterator");
  }
}

}  // namespace ebpf
