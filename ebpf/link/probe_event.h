// The perf events of kprobes and uprobes (Linux 4.17): kinds of events that exist where the kernel has them, and whose
// number sysfs tells. Internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/program.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/perf.h"

namespace ebpf {

struct ProbeEvent {
  std::string_view source;   // "kprobe", "uprobe"
  const std::string* place;  // the function; the file
  std::uint64_t offset;      // in bytes: in the function, in the file
  bool at_return;
  std::uint32_t reference_counter = 0;  // of a uprobe: where in the file the counter is that says it is wanted
  sys::PerfTarget target = {};
};

// Errors: not_supported where this kernel has no such events; denied; those of perf_event_open(2).
Result<Fd> open_probe_event(const ProbeEvent& event);

// The program's section, without the mark of those that are not loaded by themselves.
std::string_view probe_section(const Program& program);
// Whether it is one for returns: "kretprobe/…", "uretprobe.multi/…".
bool section_says_return(const Program& program);

// "name+8", "name+0x10": the name, and the offset. Errors: invalid_argument.
struct PlaceInFunction {
  std::string_view name;
  std::uint64_t offset;
};
Result<PlaceInFunction> split_offset(std::string_view text);

}  // namespace ebpf
