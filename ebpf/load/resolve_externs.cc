// Pass: which symbols the kernel is to define, for the programs that are to be loaded, and whether each is one that can
// be looked up: by its type in the kernel's BTF, or by its address.
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// `extern const void bpf_prog_put __ksym`: a symbol without a type, of which only the address is wanted.
Result<bool> has_type(const btf::Spec& types, const ExternSpec& external) {
  if (external.is_function) return true;
  EBPF_TRY(const btf::Type variable, types.type(external.type));
  EBPF_TRY(const btf::Type type, types.strip(variable.referenced()));
  return !type.is(btf::Kind::none);
}

Result<void> use(LoadPlan& plan, const Reference& reference) {
  const bool is_call = reference.kind == ReferenceKind::external_call;
  ExternPlan* external = plan.external(reference.name);
  if (external == nullptr || external->spec->section.empty())
    return fail(errc::unsupported_input, is_call ? "function " : "symbol ", quoted(reference.name),
                " is used but not defined in the object");
  if (is_call && !external->spec->is_function)
    return fail(errc::malformed, quoted(reference.name), " is called, but is a variable");
  external->is_used = true;
  EBPF_TRY(external->is_typed, has_type(plan.spec.types, *external->spec));
  return {};
}

Result<void> resolve(LoadPlan& plan, const ProgramPlan& program) {
  for (const BoundReference& bound : program.references) {
    const ReferenceKind kind = bound.reference->kind;
    if (kind == ReferenceKind::external_call || kind == ReferenceKind::external_value)
      EBPF_CHECK(use(plan, *bound.reference));
  }
  return {};
}

}  // namespace

Result<void> resolve_externs(LoadPlan& plan) {
  for (const ExternSpec& external : plan.spec.externs) plan.externs.push_back({.spec = &external});
  return plan.for_each_program([&](const ProgramPlan& program) { return resolve(plan, program); });
}

}  // namespace ebpf::loader
