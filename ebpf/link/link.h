// Link: a program that is attached. The ways to attach one are in the other headers of this folder, a file each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "ebpf/base/error.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/types.h"

namespace ebpf {

// What the kernel says about a link.
struct LinkDetails {
  std::uint32_t id;
  LinkType type;
  std::uint32_t program_id;
  AttachType attach_type;   // of tcx, netkit, cgroup, netns, tracing and sockmap links
  std::uint32_t ifindex;    // of xdp, tcx and netkit links; 0 when the interface is gone
  std::uint64_t cgroup_id;  // of cgroup links
  std::uint32_t map_id;     // of struct_ops links
  // Of tracing links (5.13), to the number of what: of a program, or of the BTF of the kernel or a module.
  std::uint32_t target_id;
  // Of raw tracepoint, iterator and perf event links: the tracepoint or function. Of a perf event's link that was made
  // elsewhere, or pinned, only from 6.6 on.
  std::string target;
};

// A struct_ops map that is registered without a link in the kernel. Destroying it unregisters the map.
class MapRegistration {
 public:
  MapRegistration() = default;
  explicit MapRegistration(Fd map) : map_(std::move(map)) {}
  MapRegistration(MapRegistration&&) = default;
  MapRegistration& operator=(MapRegistration&& other) noexcept {
    if (this != &other) {
      (void)end();
      map_ = std::move(other.map_);
    }
    return *this;
  }
  ~MapRegistration() { (void)end(); }

  bool valid() const { return map_.valid(); }
  Result<void> end();
  // Leaves it registered.
  void forget() { map_.close(); }

 private:
  Fd map_;
};

// Move-only. Destroying it detaches the program, unless it is pinned or disconnected.
class Link {
 public:
  // A link that is pinned on a bpf file system. Linux 5.7.
  static Result<Link> open_pinned(const std::string& path);
  // Takes over a descriptor of a link.
  static Result<Link> from_fd(Fd fd);

  const Fd& fd() const { return fd_; }

  // Detaches now, and closes. Where the kernel can take the program away from the link (most types, 5.9), also when the
  // link is pinned: the pin stays, with nothing attached. Errors: not_supported where only the last holder's closing
  // detaches and there is a pin or another descriptor; this object is then as it was.
  Result<void> detach();
  // A name on a bpf file system that keeps the program attached when this process is gone. Linux 5.7; for perf events
  // 5.15. Errors: not_supported where the program is attached without a link in the kernel.
  Result<void> pin(const std::string& path);
  // Leaves the program attached when this object is destroyed: for as long as the process lives, or longer where the
  // link is pinned. The descriptor is given up, not closed.
  void disconnect();
  // Linux 5.8. Errors: not_supported, as pin().
  Result<LinkDetails> info() const;

 private:
  friend class LinkFactory;
  Link(Fd fd, Fd perf_event, bool in_kernel)
      : fd_(std::move(fd)), perf_event_(std::move(perf_event)), in_kernel_(in_kernel) {}
  explicit Link(MapRegistration registration) : registration_(std::move(registration)), in_kernel_(false) {}
  Result<void> require_kernel_link(std::string_view what) const;

  Fd fd_;
  Fd perf_event_;                 // what a tracepoint link hangs on; must stay open as long as the link
  MapRegistration registration_;  // of a struct_ops map without a link
  bool held_elsewhere_ = false;   // pinned, or a descriptor from somebody
  bool in_kernel_;                // a BPF link; false for a program on a perf event, before 5.15, and for such a map
};

}  // namespace ebpf
