// Loading a small program of a given type, and what an answer of the verifier means. Internal.
#pragma once

#include <span>
#include <string_view>

#include "ebpf/features/context.h"

namespace ebpf::features {

Need need_of(ProgramType type);

// The first line of a log that is not about how long it took.
std::string_view reason_of(std::string_view log);

// The attributes for programs of a shape; nothing, with `problem` saying why, where what it attaches to is not there.
struct Shaped {
  bool ok = false;
  sys::ProgLoadAttr attr{};
  Answer problem{};
};
Shaped shape(Context& context, const ProgramShape& program);

// `r0 = 0; exit`.
std::span<const insn::Slot> return_zero();

// The shape in which programs of a type are loaded when nothing else matters: the first that this kernel takes.
ProgramShape shape_of(Context& context, ProgramType type);

// A program whose function `callback`, global and of BTF type kCallbackType, an extension may replace. `types` is
// kGlobalFunctionBlob, loaded.
Outcome load_replaceable(Context& context, const Outcome& types);

// A loaded program of the type; a failure's errno otherwise. `attach` overrides that of the shape.
Outcome load_minimal(Context& context, ProgramType type, AttachType attach);

}  // namespace ebpf::features
