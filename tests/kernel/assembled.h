// Programs that belong to no object: instructions with a name and a type.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "ebpf/asm/asm.h"
#include "ebpf/spec/spec.h"

namespace ebpf::test {

inline ProgramSpec assembled(std::string name, ProgramType type, std::span<const insn::Slot> slots) {
  ProgramSpec spec;
  spec.name = std::move(name);
  spec.program_type = type;
  spec.code.assign(slots.begin(), slots.end());
  return spec;
}

// A socket filter that returns a number.
inline ProgramSpec returning_seven() {
  using namespace insn;
  static constexpr auto code = assemble(mov(r0, 7), exit_());
  return assembled("seven", ProgramType::socket_filter, code.slots);
}

}  // namespace ebpf::test
