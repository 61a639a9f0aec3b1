// Pass: CO-RE. Relocations against the kernel's types are not resolved yet; code that needs them would run with the
// layouts of the machine that it was compiled on, so it is refused. Those against the program's own types are.
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

std::string source_place(const CollectionSpec& spec, const ProgramPlan& program, std::uint32_t slot) {
  const btf::LineInfo* line = nullptr;
  for (const btf::LineInfo& candidate : program.lines)
    if (candidate.slot <= slot) line = &candidate;
  return line ? cat(" (", spec.types.string(line->file_name), ":", line->line(), ")") : std::string();
}

}  // namespace

Result<void> relocate_core(LoadPlan& plan) {
  for (const ProgramPlan& program : plan.programs) {
    if (program.core_relocations.empty()) continue;
    const btf::CoreRelocation& first = program.core_relocations.front();
    return fail(errc::unsupported_input,
                cat("program ", quoted(program.spec->name), ": instruction ", first.slot,
                    source_place(plan.spec, program, first.slot), " depends on the kernel's layout of \"",
                    plan.spec.types.describe(first.type), "\": ", program.core_relocations.size(),
                    " CO-RE relocations, which this version of the library does not resolve yet"));
  }
  return {};
}

}  // namespace ebpf::loader
