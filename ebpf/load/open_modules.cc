// Pass: programs that attach to something in a module, or use its functions and variables, name the module's BTF by a
// descriptor (attach_btf_obj_fd and fd_array of BPF_PROG_LOAD, Linux 5.11 and 5.14).
#include "ebpf/base/text.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {

namespace {

void open(ModulePlan& module) {
  auto object = kernel::kernel_btf_object(module.name);
  if (object)
    module.btf = std::move(object->fd);
  else
    module.problem = std::move(object).error().in(cat("types of module ", quoted(module.name)));
}

bool uses(LoadPlan& plan, const ProgramPlan& program, std::string_view module) {
  if (program.target.module == module) return true;
  for (const BoundReference& bound : program.references) {
    const ExternPlan* external = plan.external(bound.reference->name);
    if (external != nullptr && external->is_found && external->name.module == module) return true;
  }
  return false;
}

// The BTF of a module that a variable is in goes into the second half of the instruction that loads its address.
void bind_variable(LoadPlan& plan, ProgramPlan& program, const BoundReference& bound) {
  if (bound.reference->kind != ReferenceKind::external_value) return;
  const ExternPlan& external = *plan.external(bound.reference->name);
  if (!external.is_typed || !external.is_found || external.name.module.empty()) return;
  program.code[bound.slot + 1].imm = plan.modules[plan.module_index(external.name.module)].btf.get();
}

}  // namespace

Result<void> open_modules(LoadPlan& plan) {
  for (ModulePlan& module : plan.modules) open(module);
  return plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    for (const ModulePlan& module : plan.modules)
      if (module.problem && uses(plan, program, module.name)) return fail_in(Error(*module.problem));
    for (const BoundReference& bound : program.references) bind_variable(plan, program, bound);
    return {};
  });
}

}  // namespace ebpf::loader
