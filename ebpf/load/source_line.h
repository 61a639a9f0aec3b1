// Where in the source an instruction comes from. Internal.
#pragma once

#include <cstdint>
#include <string>

#include "ebpf/load/plan.h"

namespace ebpf::loader {

// "counter.bpf.c:31:  value = *p;"; empty where the object has no line information for the instruction.
std::string source_line(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot);

// "counter.bpf.c:31", or empty.
std::string source_place(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot);

}  // namespace ebpf::loader
