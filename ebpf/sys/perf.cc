// perf_event_open(2) and its ioctls.
#include "ebpf/sys/perf.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

namespace ebpf::sys {
namespace {

Result<void> event_ioctl(int fd, unsigned long request, int argument, std::string_view request_name) {
  if (::ioctl(fd, request, argument) < 0) return fail_errno(errno, request_name);
  return {};
}

}  // namespace

Result<Fd> perf_event_open(const perf_event_attr& attr, PerfTarget target) {
  // A copy, since the kernel writes the size that it wants when it refuses this one.
  perf_event_attr sized = attr;
  sized.size = sizeof sized;
  constexpr int kNoGroup = -1;
  const long raw = ::syscall(SYS_perf_event_open, &sized, target.pid, target.cpu, kNoGroup, PERF_FLAG_FD_CLOEXEC);
  if (raw < 0) return fail_errno(errno, "perf_event_open");
  return Fd::adopt(static_cast<int>(raw));
}

Result<Fd> perf_open_tracepoint(std::uint64_t tracepoint_id, PerfTarget target) {
  perf_event_attr attr = {};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = tracepoint_id;
  return perf_event_open(attr, target);
}

Result<void> perf_set_bpf(int fd, int prog_fd) {
  return event_ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd, "PERF_EVENT_IOC_SET_BPF");
}

Result<void> perf_enable(int fd) { return event_ioctl(fd, PERF_EVENT_IOC_ENABLE, 0, "PERF_EVENT_IOC_ENABLE"); }

Result<void> perf_disable(int fd) { return event_ioctl(fd, PERF_EVENT_IOC_DISABLE, 0, "PERF_EVENT_IOC_DISABLE"); }

}  // namespace ebpf::sys
