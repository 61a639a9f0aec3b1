// Pass: everything that programs ask of the kernel's types is looked up, in one walk over them: the types that CO-RE
// relocations depend on, and the functions and tracepoints that programs attach to.
//
// Modules are looked into for what the kernel itself does not have, and for what is asked of one by name
// ("fentry/xfs:xfs_file_open"). A module whose types cannot be read is passed over, and named where something was then
// not found.
#include "ebpf/base/text.h"
#include "ebpf/btf/name_search.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

// How what a program attaches to is called in BTF, by the kind of attachment.
struct TargetRule {
  AttachType attach_type;
  std::string_view prefix;
  btf::Kind kind;
  std::string_view word;  // for people
};

constexpr TargetRule kTargetRules[] = {
    {AttachType::trace_raw_tp, "btf_trace_", btf::Kind::type_definition, "tracepoint"},
    {AttachType::trace_iter, "bpf_iter_", btf::Kind::function, "iterator"},
    {AttachType::lsm_mac, "bpf_lsm_", btf::Kind::function, "LSM hook"},
    {AttachType::lsm_cgroup, "bpf_lsm_", btf::Kind::function, "LSM hook"},
    {AttachType::trace_fentry, "", btf::Kind::function, "function"},
    {AttachType::trace_fexit, "", btf::Kind::function, "function"},
    {AttachType::trace_fsession, "", btf::Kind::function, "function"},
    {AttachType::modify_return, "", btf::Kind::function, "function"},
};

const TargetRule* rule_for(const ProgramSpec& program) {
  if (!program.attach_by_btf || !program.attach_type) return nullptr;
  for (const TargetRule& rule : kTargetRules)
    if (rule.attach_type == *program.attach_type) return &rule;
  return nullptr;
}

// One program's target, while it is looked for.
struct Wanted {
  ProgramPlan* program;
  const TargetRule* rule;
  std::string_view module;  // empty: any
  std::string name;         // in BTF
  std::size_t query = 0;

  std::string_view asked_for() const { return std::string_view(name).substr(rule->prefix.size()); }
};

Result<std::vector<Wanted>> collect_targets(LoadPlan& plan) {
  std::vector<Wanted> out;
  for (ProgramPlan& program : plan.programs) {
    const ProgramSpec& spec = *program.spec;
    if (!spec.attach_by_btf) continue;
    const auto refuse = [&](std::string_view why) {
      return fail(errc::unsupported_input, cat("program ", quoted(spec.name), ": section ", quoted(spec.section), why));
    };
    const TargetRule* rule = rule_for(spec);
    if (rule == nullptr)
      return refuse(" attaches to another program, which this version of the library does not do yet");
    if (spec.attach_to.empty())
      return refuse(" does not say what the program attaches to; set ProgramSpec::attach_to, or autoload to false");
    const std::size_t colon = spec.attach_to.find(':');
    const bool has_module = colon != std::string::npos;
    const std::string_view name = std::string_view(spec.attach_to).substr(has_module ? colon + 1 : 0);
    out.push_back({.program = &program,
                   .rule = rule,
                   .module = has_module ? std::string_view(spec.attach_to).substr(0, colon) : std::string_view(),
                   .name = cat(rule->prefix, name)});
  }
  return out;
}

Result<void> collect_core(LoadPlan& plan) {
  plan.core.emplace(plan.spec.types);
  for (const ProgramPlan& program : plan.programs)
    for (const btf::CoreRelocation& relocation : program.core_relocations)
      if (auto ok = plan.core->add(relocation); !ok)
        return std::unexpected(std::move(ok).error().in(cat("program ", quoted(program.spec->name))));
  return {};
}

Result<void> open_types(LoadPlan& plan, bool needs_running) {
  plan.core_types = plan.options.kernel_types;
  if (plan.core_types && plan.core_types->is_running_kernel()) plan.running_types = plan.core_types;
  if (plan.running_types || (plan.core_types && !needs_running)) return {};
  EBPF_TRY(plan.running_types, KernelTypes::running());
  if (!plan.core_types) plan.core_types = plan.running_types;
  return {};
}

void ask(std::vector<Wanted>& targets, std::string_view module, btf::NameSearch& search) {
  for (Wanted& target : targets) {
    const bool here = target.program->target.type == 0 && (target.module.empty() || target.module == module);
    const btf::KindSet kinds = here ? btf::kind_bit(target.rule->kind) : 0;
    target.query = search.add({target.name, kinds});
  }
}

void take(std::vector<Wanted>& targets, const btf::NameSearch& search, std::string_view module) {
  for (Wanted& target : targets) {
    const auto found = search.matches(target.query);
    if (found.empty()) continue;
    target.program->target.type = found.front();
    target.program->target.module = module;
  }
}

constexpr std::string_view kKernelItself = "vmlinux";

void search_kernel(LoadPlan& plan, std::vector<Wanted>& targets) {
  if (plan.core_types != plan.running_types) plan.core->search(plan.core_types->types(), kKernelItself);
  if (!plan.running_types) return;
  btf::NameSearch search;
  ask(targets, kKernelItself, search);
  if (plan.core_types == plan.running_types) plan.core->ask(search);
  search.run(plan.running_types->types());
  take(targets, search, "");
  if (plan.core_types == plan.running_types) plan.core->take(search, plan.running_types->types(), kKernelItself);
}

bool is_found(const Wanted& target) { return target.program->target.type != 0; }

bool is_complete(const LoadPlan& plan, const std::vector<Wanted>& targets) {
  for (const Wanted& target : targets)
    if (!is_found(target) && target.module != kKernelItself) return false;
  return plan.core_types != plan.running_types || !plan.core->is_missing_any();
}

void search_modules(LoadPlan& plan, std::vector<Wanted>& targets) {
  if (!plan.running_types || is_complete(plan, targets)) return;
  const bool core_too = plan.core_types == plan.running_types;
  for (const KernelTypes::Module* module : plan.running_types->modules()) {
    btf::NameSearch search;
    ask(targets, module->name, search);
    if (core_too) plan.core->ask(search);
    search.run(module->types);
    take(targets, search, module->name);
    if (core_too) plan.core->take(search, module->types, module->name);
  }
}

Result<void> require_found(const LoadPlan& plan, const Wanted& target) {
  if (is_found(target)) return {};
  std::string message = cat("program ", quoted(target.program->spec->name), ": no ", target.rule->word, " ",
                            quoted(target.asked_for()), " in the types of this kernel",
                            target.module.empty() ? std::string(" and its modules") : cat(" (", target.module, ")"));
  for (const std::string& problem : plan.running_types->module_problems()) message += cat("; ", problem);
  return fail(errc::not_found, std::move(message));
}

}  // namespace

Result<void> search_kernel_types(LoadPlan& plan) {
  EBPF_TRY(std::vector<Wanted> targets, collect_targets(plan));
  EBPF_CHECK(collect_core(plan));
  if (targets.empty() && !plan.core->needs_types()) return {};
  EBPF_CHECK(open_types(plan, !targets.empty()));
  search_kernel(plan, targets);
  search_modules(plan, targets);
  for (const Wanted& target : targets) EBPF_CHECK(require_found(plan, target));
  return {};
}

}  // namespace ebpf::loader
