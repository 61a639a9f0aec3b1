// The loader's door: a spec goes in, a plan with all its descriptors comes out. Internal; users call Collection::load.
#pragma once

#include "ebpf/base/error.h"
#include "ebpf/load/plan.h"

namespace ebpf::load {

// Runs all passes. Nothing is left behind where it fails: no descriptor, no pin. The plan refers to `spec` and
// `options`.
Result<LoadPlan> run(const CollectionSpec& spec, const LoadOptions& options);

}  // namespace ebpf::load
