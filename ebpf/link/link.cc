// What all links can do.
#include "ebpf/link/link.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/pin.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/info.h"

namespace ebpf {
namespace {

constexpr std::size_t kTargetLength = 256;

// The parts of the kernel's answer that are filled for this type of link.
void read_target(const sys::LinkInfo& info, LinkDetails& out) {
  switch (info.type) {
    case LinkType::tracing:
      out.attach_type = info.tracing.attach_type;
      out.target_id = info.tracing.target_obj_id;
      break;
    case LinkType::cgroup:
      out.attach_type = info.cgroup.attach_type;
      out.cgroup_id = info.cgroup.cgroup_id;
      break;
    case LinkType::netns:
      out.attach_type = info.netns.attach_type;
      break;
    case LinkType::xdp:
      out.attach_type = AttachType::xdp;
      out.ifindex = info.xdp.ifindex;
      break;
    case LinkType::tcx:
    case LinkType::netkit:
      out.attach_type = info.tcx.attach_type;
      out.ifindex = info.tcx.ifindex;
      break;
    case LinkType::struct_ops:
      out.attach_type = AttachType::struct_ops;
      out.map_id = info.struct_ops.map_id;
      break;
    case LinkType::sockmap:
      out.attach_type = info.sockmap.attach_type;
      break;
    default:
      break;
  }
}

// A perf event's or tracepoint's name has to be asked for once the type is known: where its buffer goes depends on it.
void ask_for_target(int fd, const sys::LinkInfo& known, LinkDetails& out) {
  char buffer[kTargetLength] = {};
  sys::LinkInfo info;
  if (known.type == LinkType::raw_tracepoint) {
    info.raw_tracepoint.tp_name = sys::to_u64(buffer);
    info.raw_tracepoint.tp_name_len = sizeof buffer;
  } else if (known.type == LinkType::iter) {
    info.iter.target_name = sys::to_u64(buffer);
    info.iter.target_name_len = sizeof buffer;
  } else if (known.type == LinkType::perf_event && known.perf_event.type == sys::PerfEventType::tracepoint) {
    info.perf_event.tracepoint.tp_name = sys::to_u64(buffer);
    info.perf_event.tracepoint.name_len = sizeof buffer;
  } else {
    return;
  }
  if (sys::obj_get_info(fd, info)) out.target.assign(buffer, strnlen(buffer, sizeof buffer));
}

// Before 6.6 a link of a perf event does not say where it hangs; the event does, to the one who has it.
std::string target_of_event(const Fd& event) {
  char buffer[kTargetLength] = {};
  sys::TaskFdQueryAttr attr;
  attr.pid = static_cast<std::uint32_t>(::getpid());
  attr.fd = static_cast<std::uint32_t>(event.get());
  attr.buf = sys::to_u64(buffer);
  attr.buf_len = sizeof buffer;
  if (!sys::task_fd_query(attr)) return {};
  return std::string(buffer, strnlen(buffer, sizeof buffer));
}

}  // namespace

Result<Link> Link::open_pinned(const std::string& path) {
  EBPF_TRY(Fd fd, open_pinned_object(path));
  return from_fd(std::move(fd));
}

Result<Link> Link::from_fd(Fd fd) {
  EBPF_CHECK(require_object(fd, "link"));
  Link link = LinkFactory::kernel_link(std::move(fd));
  EBPF_CHECK(link.info());
  link.held_elsewhere_ = true;
  return link;
}

Result<void> MapRegistration::end() {
  if (!map_.valid()) return {};
  const std::uint32_t key = 0;
  const int result = sys::map_delete_elem(map_.get(), &key, 0);
  map_.close();
  // Somebody may have been faster.
  if (result == 0 || result == -ENOENT || result == -EINPROGRESS) return {};
  return fail_errno(-result, "unregister");
}

Result<void> Link::require_kernel_link(std::string_view what) const {
  if (in_kernel_) return {};
  if (registration_.valid())
    return fail(errc::not_supported, what,
                ": the struct_ops map is registered without a link; those of SEC(\".struct_ops.link\") have one");
  return fail(errc::not_supported, what,
              ": the program is attached to a perf event without a BPF link (Linux before 5.15), and only for "
              "as long as this process has it");
}

Result<void> Link::detach() {
  if (registration_.valid()) return registration_.end();
  auto detached = in_kernel_ ? sys::link_detach(fd_.get()) : Result<void>();
  // Types without a detach of their own say EOPNOTSUPP, kernels before 5.9 EINVAL: there, the last one to close
  // detaches.
  const bool only_closing =
      !detached && (detached.error().os_error() == EOPNOTSUPP || detached.error().os_error() == EINVAL);
  if (only_closing && held_elsewhere_)
    return fail(
        errc::not_supported, detached.error().os_error(),
        "detach: this kernel detaches links of this type only when nobody holds them any more, and a pin or another "
        "descriptor may hold this one: remove the pin");
  if (!detached && !only_closing) return fail_in(std::move(detached), "detach");
  fd_.close();
  perf_event_.close();
  return {};
}

Result<void> Link::pin(const std::string& path) {
  EBPF_CHECK(require_kernel_link("pin"));
  EBPF_CHECK(pin_object(fd_, path));
  held_elsewhere_ = true;
  return {};
}

void Link::disconnect() {
  (void)fd_.release();
  (void)perf_event_.release();
  registration_.forget();
}

Result<LinkDetails> Link::info() const {
  EBPF_CHECK(require_kernel_link("link info"));
  sys::LinkInfo info;
  EBPF_CHECK(sys::obj_get_info(fd_.get(), info));
  LinkDetails out = {};
  out.id = info.id;
  out.type = info.type;
  out.program_id = info.prog_id;
  read_target(info, out);
  ask_for_target(fd_.get(), info, out);
  if (out.target.empty() && perf_event_.valid()) out.target = target_of_event(perf_event_);
  return out;
}

Result<Fd> LinkFactory::create(const Program& program, sys::LinkCreateAttr attr) {
  attr.prog_fd = static_cast<std::uint32_t>(program.fd().get());
  return sys::link_create(attr);
}

Result<Link> attached(const Program& program, std::string_view target, Result<Link> link) {
  if (!link) return fail_in(std::move(link), "attach ", quoted(program.name), " to ", target);
  return link;
}

// What if_indextoname(3) asks, which brings 18 KB of glibc into a static binary.
bool is_missing_interface(const Error& refusal, std::uint32_t ifindex) {
  if (refusal.os_error() != EINVAL && refusal.os_error() != ENODEV) return false;
  const auto socket = Fd::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(ifindex);
  return socket && ::ioctl(socket->get(), SIOCGIFNAME, &request) < 0 && errno == ENODEV;
}

Failure missing_interface(std::uint32_t ifindex, const Error& refusal) {
  const std::string_view hint =
      ifindex == 0 ? "; 0 is what if_nametoindex(3) makes of a name that it does not know" : "";
  return fail(errc::not_found, refusal.os_error(), errno_name(refusal.os_error()),
              ": there is no such interface in this network namespace", hint);
}

Result<void> require_type(const Program& program, ProgramType wanted) {
  if (program.type() == wanted) return {};
  return fail(errc::type_mismatch, "it is of type ", name(program.type()), ", not ", name(wanted));
}

}  // namespace ebpf
