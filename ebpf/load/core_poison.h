// Instructions that need what this kernel does not have: how they are marked, and what is said when the verifier comes
// to one. Internal.
#pragma once

#include <optional>

#include "ebpf/asm/slot.h"
#include "ebpf/base/error.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// A call of a helper that no kernel has; libbpf uses the same number (0xbad2310, "bad relo").
inline constexpr insn::Slot kPoison = insn::make_slot(0x85, 0, 0, 0, 0xbad2310);

// What is missing, where the instruction at `slot` is such a one: "CO-RE: struct task_struct::foo (agent.bpf.c:12) does
// not exist in this kernel, …". Nothing otherwise.
std::optional<std::string> explain_poison(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot);

}  // namespace ebpf::loader
