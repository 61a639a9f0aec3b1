// The hash by which the kernel knows a program (Linux 6.18: before it was another one). Internal.
#pragma once

#include "ebpf/base/sha256.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// SHA-256 of the program's instructions as the kernel will be given them, without the descriptors and offsets of maps;
// known before the maps are there. Its first 8 bytes are the program's tag (ProgramDetails::tag).
Sha256 program_hash(LoadPlan& plan, const ProgramPlan& program);

}  // namespace ebpf::loader
