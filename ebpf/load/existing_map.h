// Maps that exist already and take the place of one that would be created. Internal.
#pragma once

#include "ebpf/base/error.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// The map behind `fd` becomes the plan's, with the contents that it has. Errors: map_incompatible, naming what differs,
// where it is not such a map as the plan would create; invalid_argument where it is no map at all.
Result<void> take_existing(MapPlan& map, Fd fd);

}  // namespace ebpf::loader
