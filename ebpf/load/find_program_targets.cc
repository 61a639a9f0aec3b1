// Pass: programs that attach to other programs (LoadOptions::program_targets). What they attach to is found in the
// types that the target was loaded with, and given to the kernel as attach_prog_fd and attach_btf_id.
//
// A replacement (freplace) always has such a target; a tracing program has one where the caller says so, whatever its
// section says of the kernel. (As in libbpf, where bpf_program__set_attach_target says it.)
#include <algorithm>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "ebpf/kernel/program_functions.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

constexpr AttachType kOfFunctions[] = {AttachType::trace_fentry, AttachType::trace_fexit, AttachType::trace_fsession,
                                       AttachType::modify_return};

bool attaches_to_functions(const ProgramSpec& spec) {
  if (spec.program_type == ProgramType::ext) return true;
  return spec.program_type == ProgramType::tracing && spec.attach_type &&
         std::ranges::find(kOfFunctions, *spec.attach_type) != std::end(kOfFunctions);
}

// Of two targets of one program the last is meant, as with anything that is set twice.
const ProgramTarget* target_of(const LoadPlan& plan, const ProgramSpec& spec) {
  const auto& all = plan.options.program_targets;
  const auto found = std::ranges::find(all.rbegin(), all.rend(), spec.name, &ProgramTarget::program);
  return found == all.rend() ? nullptr : &*found;
}

// A target for a program that is not there, or is switched off, is a slip of the pen in the first case only.
Result<void> require_programs(const LoadPlan& plan) {
  for (const ProgramTarget& target : plan.options.program_targets)
    if (const auto program = plan.spec.program(target.program); !program)
      return fail(errc::not_found, "LoadOptions::program_targets: ", program.error().message());
  return {};
}

Result<void> settle(ProgramPlan& program, const ProgramTarget& target) {
  if (!attaches_to_functions(*program.spec))
    return fail(errc::invalid_argument, "it has a target in LoadOptions::program_targets, but its section ",
                quoted(program.spec->section), " attaches to no function of a program (freplace, fentry and fexit do)");
  if (target.target == nullptr || !target.target->valid())
    return fail(errc::invalid_argument, "its target in LoadOptions::program_targets is no open program");
  if (!target.function.empty()) program.attach_to = target.function;
  if (program.attach_to.empty())
    return fail(errc::invalid_argument, "section ", quoted(program.spec->section),
                " does not say which function of the target is meant; "
                "set ProgramTarget::function or ProgramSpec::attach_to");
  EBPF_TRY_IN(const auto& function, kernel::find_program_function(*target.target, program.attach_to, target.types),
              "its target");
  program.target.type = function.type;
  program.target_program = target.target;
  return {};
}

Result<void> find_target(const LoadPlan& plan, ProgramPlan& program) {
  const ProgramSpec& spec = *program.spec;
  if (const ProgramTarget* target = target_of(plan, spec)) return settle(program, *target);
  if (spec.program_type != ProgramType::ext) return {};
  return fail(errc::invalid_argument, "section ", quoted(spec.section),
              " replaces a function of another program, and none is given: name it in "
              "LoadOptions::program_targets, or set ProgramSpec::autoload to false");
}

}  // namespace

Result<void> find_program_targets(LoadPlan& plan) {
  EBPF_CHECK(require_programs(plan));
  return plan.for_each_program([&](ProgramPlan& program) { return find_target(plan, program); });
}

}  // namespace ebpf::loader
