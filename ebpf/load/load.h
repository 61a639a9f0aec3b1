// The loader's door: a spec goes in, a plan with all its descriptors comes out. Internal; users call Collection::load.
#pragma once

#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// Runs the passes that make no system call that changes anything: the plan, of which nothing but `spec` and `options`
// is set, gets each program's code with its subprograms linked in, and no descriptors. For tools that show what would
// be loaded.
Result<void> prepare(LoadPlan& plan);

// Runs all passes on such a plan. Where it fails, nothing is left behind once the plan is destroyed: no descriptor, no
// pin. Pins are taken back with it, too, until plan.new_pins.keep() is called.
Result<void> run(LoadPlan& plan);

// The name of an object's map among pins: its own; of a data section also the object's, since every object has one of
// that name. A bpf file system has no names with dots: "hits", "counter_bss".
std::string pin_name(std::string_view object, std::string_view map);

}  // namespace ebpf::loader
