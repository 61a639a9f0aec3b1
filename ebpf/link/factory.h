// How the files of this folder make links. Internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/link/link.h"
#include "ebpf/program.h"
#include "ebpf/sys/attr.h"

namespace ebpf {

class LinkFactory {
 public:
  static Link kernel_link(Fd fd) { return Link(std::move(fd), {}, true); }
  static Link perf_link(Fd fd, Fd perf_event) { return Link(std::move(fd), std::move(perf_event), true); }
  static Link perf_event_alone(Fd perf_event) { return Link(std::move(perf_event), {}, false); }

  static Link registered_map(Fd map) { return Link(MapRegistration(std::move(map))); }

  // The program on an event, which is then enabled (perf_event.cc).
  static Result<Link> on_event(const Program& program, Fd event, std::uint64_t cookie);

  // BPF_LINK_CREATE with the program filled in.
  static Result<Fd> create(const Program& program, sys::LinkCreateAttr attr);

  // The link that the kernel made, or why it made none.
  static Result<Link> kernel_link(Result<Fd> fd) {
    EBPF_TRY(Fd made, std::move(fd));
    return kernel_link(std::move(made));
  }
};

// What every attach function ends with: its link, or its error with `attach "count" to eth0` in front.
Result<Link> attached(const Program& program, std::string_view target, Result<Link> link);

// Errors: type_mismatch where the program is of another type.
Result<void> require_type(const Program& program, ProgramType wanted);

// Whether the kernel refused because the network namespace lacks an interface of this number. It says ENODEV, or EINVAL
// as of much else.
bool is_missing_interface(const Error& refusal, std::uint32_t ifindex);

// What is said then. `refusal` is the kernel's.
Failure missing_interface(std::uint32_t ifindex, const Error& refusal);

}  // namespace ebpf
