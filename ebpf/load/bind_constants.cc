// Pass: maps of read-only data are bound to every program (LoadOptions::bind_constants), so that tools that look at a
// program find what its object says about itself. That nothing is bound is no reason not to load.
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {

Result<void> bind_constants(LoadPlan& plan) {
  if (!plan.options.bind_constants) return {};
  for (const MapPlan& map : plan.maps) {
    if (!map.spec->is_data || !map.spec->name.starts_with(".rodata") || !map.is_wanted()) continue;
    for (const ProgramPlan& program : plan.programs) {
      sys::ProgBindMapAttr attr;
      attr.prog_fd = static_cast<std::uint32_t>(program.fd.get());
      attr.map_fd = static_cast<std::uint32_t>(map.fd.get());
      const auto bound = sys::prog_bind_map(attr);
      if (bound) continue;
      plan.notes.push_back(cat("map ", quoted(map.spec->name), " is not bound to program ", quoted(program.spec->name),
                               ": ", bound.error().message(),
                               bound.error().os_error() == EINVAL ? " (needs Linux 5.10)" : ""));
    }
  }
  return {};
}

}  // namespace ebpf::loader
