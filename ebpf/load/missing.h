// Instructions that need what this kernel does not have: how they are marked, and what is said when the verifier comes
// to one. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "ebpf/asm/slot.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// Calls of helpers that no kernel has. The numbers are libbpf's, so that tools that know them from verifier logs find
// them here, too: 0xbad2310 ("bad relo"), one for each map, and one for each extern.
inline constexpr insn::Slot kPoison = insn::make_slot(0x85, 0, 0, 0, 0xbad2310);
constexpr insn::Slot missing_function_call(std::size_t external) {
  return insn::make_slot(0x85, 0, 0, 0, static_cast<std::int32_t>(2'002'000'000 + external));
}

constexpr insn::Slot missing_map_load(std::size_t map) {
  return insn::make_slot(0x85, 0, 0, 0, static_cast<std::int32_t>(2'001'000'000 + map));
}

// What is missing, where the instruction at `slot` is such a one: "CO-RE: struct task_struct::foo (agent.bpf.c:12) does
// not exist in this kernel, …". Nothing otherwise.
std::optional<std::string> explain_missing(const LoadPlan& plan, const ProgramPlan& program, std::uint32_t slot);

}  // namespace ebpf::loader
