// Pass: what programs expect the kernel to define (kfuncs, kernel variables, kernel configuration). None of it can be
// looked up yet, so each use is refused here, by name, rather than by the verifier in riddles.
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

Result<void> check_target(const ProgramSpec& program) {
  if (program.program_type == ProgramType::struct_ops)
    return fail(errc::unsupported_input, "struct_ops programs are not supported by this version of the library yet");
  return {};
}

Result<void> check_references(const CollectionSpec& spec, const ProgramPlan& program) {
  for (const BoundReference& bound : program.references) {
    const bool is_call = bound.reference->kind == ReferenceKind::external_call;
    if (!is_call && bound.reference->kind != ReferenceKind::external_value) continue;
    std::string_view section;
    for (const ExternSpec& external : spec.externs)
      if (external.name == bound.reference->name) section = external.section;
    if (section.empty())
      return fail(errc::unsupported_input, cat(is_call ? "function " : "symbol ", quoted(bound.reference->name),
                                               " is used but not defined in the object"));
    return fail(errc::unsupported_input,
                cat(is_call ? "kfunc " : "extern ", quoted(bound.reference->name), " (", section,
                    "): externs are not resolved by this version of the library yet"));
  }
  return {};
}

}  // namespace

Result<void> resolve_externs(LoadPlan& plan) {
  for (const ProgramPlan& program : plan.programs) {
    auto ok = check_target(*program.spec);
    if (ok) ok = check_references(plan.spec, program);
    if (!ok) return std::unexpected(std::move(ok).error().in(cat("program ", quoted(program.spec->name))));
  }
  return {};
}

}  // namespace ebpf::loader
