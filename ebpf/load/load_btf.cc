// Pass: the object's BTF is given to the kernel, which then knows the types of maps and functions, and shows source
// lines in verifier logs.
//
// An older kernel may not know a kind of type that a newer compiler writes: then it gets the types without
// (load_types.h), and Collection::notes says so. Where it refuses those, too, most objects work without any, as they
// do when they are compiled without (those with struct_ops do not), so a refusal of what the BTF says does not end the
// load. It is remembered, and told where something then fails, and by Collection::notes.
#include <algorithm>

#include "ebpf/load/load_types.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {

namespace {

// The kernel takes no struct_ops map without the object's types, although it looks at its own.
bool needs_types(const LoadPlan& plan) {
  return std::ranges::any_of(plan.maps, [](const MapPlan& map) { return map.struct_ops.wrapper.type != 0; });
}

}  // namespace

Result<void> load_btf(LoadPlan& plan) {
  if (plan.types.empty()) return {};
  auto loaded = load_types(plan.types, plan.token);
  if (loaded) {
    plan.btf = std::move(loaded->fd);
    plan.btf_degraded = loaded->degraded;
  } else if (is_about_contents(loaded.error()) && !needs_types(plan)) {
    plan.btf_refusal = loaded.error().message();
  } else {
    return fail_in(std::move(loaded));
  }
  return {};
}

}  // namespace ebpf::loader
