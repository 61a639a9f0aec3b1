// Anchor: where among the programs that are attached to the same place already (tcx, netkit, cgroups since 6.17).
#pragma once

#include <cstdint>

#include "ebpf/sys/attr.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {

class Link;
class Program;

// first() and last() of all; before() and after() another program or link, which must be attached there. The other is
// used only during the call of the attach function.
class Anchor {
 public:
  Anchor() = default;  // last
  static Anchor first() { return Anchor(sys::kAttachBefore, 0); }
  static Anchor last() { return Anchor(); }
  static Anchor before(const Program& program);
  static Anchor before(const Link& link);
  static Anchor after(const Program& program);
  static Anchor after(const Link& link);

  // Internal: into the attributes of BPF_LINK_CREATE.
  void apply(sys::LinkCreateAttr& attr, sys::LinkCreateAttr::Relative& relative) const {
    attr.flags |= flags_;
    relative.relative_fd = relative_fd_;
  }

 private:
  Anchor(std::uint32_t flags, std::uint32_t relative_fd) : flags_(flags), relative_fd_(relative_fd) {}

  std::uint32_t flags_ = 0;
  std::uint32_t relative_fd_ = 0;
};

}  // namespace ebpf
