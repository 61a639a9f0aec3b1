// Pass: maps that the caller has already (LoadOptions::replacements). They are used as they are: nothing is written to
// them, and they are neither looked for among the pins nor pinned.
#include "ebpf/base/text.h"
#include "ebpf/load/existing_map.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

Result<void> replace(LoadPlan& plan, const MapReplacement& replacement) {
  MapPlan* map = plan.map(replacement.name);
  if (map == nullptr) return fail(errc::invalid_argument, "the object has no such map to be replaced");
  if (map->reused) return fail(errc::invalid_argument, "two maps are given to replace it");
  if (replacement.map == nullptr)
    return fail(errc::invalid_argument, "the map that is to replace it is a null pointer");
  EBPF_TRY(Fd fd, replacement.map->duplicate());
  EBPF_CHECK_IN(take_existing(*map, std::move(fd)), "the map that is to replace it");
  map->struct_ops.value = {};  // nothing of this object is registered through it
  map->struct_ops.callbacks.clear();
  return {};
}

}  // namespace

Result<void> replace_maps(LoadPlan& plan) {
  for (const MapReplacement& replacement : plan.options.replacements)
    EBPF_CHECK_IN(replace(plan, replacement), "map ", quoted(replacement.name));
  return {};
}

}  // namespace ebpf::loader
