// Pass: everything that programs ask of the kernel's types is looked up, in one walk over them: the types that CO-RE
// relocations depend on, the functions and tracepoints that programs attach to, and the functions and variables that
// they use.
//
// Modules are looked into for what the kernel itself does not have, and for what is asked of one by name
// ("fentry/xfs:xfs_file_open"). A module whose types cannot be read is passed over, and named where something was then
// not found.
#include "ebpf/base/text.h"
#include "ebpf/btf/name_search.h"
#include "ebpf/load/kernel_names.h"
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
  if (!program.attach_type) return nullptr;
  for (const TargetRule& rule : kTargetRules)
    if (rule.attach_type == *program.attach_type) return &rule;
  return nullptr;
}

// "xfs:xfs_file_open" is a function of a module.
struct TargetName {
  std::string_view module;  // empty: wherever it is
  std::string_view name;
};

TargetName target_name(std::string_view attach_to) {
  const std::size_t colon = attach_to.find(':');
  if (colon == std::string_view::npos) return {{}, attach_to};
  return {attach_to.substr(0, colon), attach_to.substr(colon + 1)};
}

Result<void> collect_target(ProgramPlan& program, KernelNames& names) {
  const ProgramSpec& spec = *program.spec;
  if (!spec.attach_by_btf || program.target_program != nullptr) return {};
  const TargetRule* rule = rule_for(spec);
  if (rule == nullptr)
    return fail(errc::invalid_argument, "programs of type ", name(spec.program_type), " with attach type ",
                spec.attach_type ? name(*spec.attach_type) : "none",
                " attach to nothing that BTF names; set ProgramSpec::attach_type, or attach_by_btf to false");
  if (program.attach_to.empty())
    return fail(errc::unsupported_input, "section ", quoted(spec.section),
                " does not say what the program attaches to; set ProgramSpec::attach_to, or autoload to false");
  const TargetName target = target_name(program.attach_to);
  names.add(cat(rule->prefix, target.name), rule->kind, target.module, program.target);
  return {};
}

Result<void> collect_core(const ProgramPlan& program, btf::CoreResolver& core) {
  for (const btf::CoreRelocation& relocation : program.core_relocations) EBPF_CHECK(core.add(relocation));
  return {};
}

// The structure itself is found through its wrapper: others may have its name.
Result<void> collect_struct_ops(const LoadPlan& plan, MapPlan& map, KernelNames& names) {
  if (map.spec->type != MapType::struct_ops || !map.is_wanted()) return {};
  const auto structure = plan.spec.types.type(map.spec->value_type);
  if (!structure || !structure->is(btf::Kind::structure) || structure->name().empty())
    return fail(errc::invalid_argument, "map ", quoted(map.spec->name),
                ": a struct_ops map needs a value_type that is a structure with a name");
  names.add(cat("bpf_struct_ops_", btf::essential_name(structure->name())), btf::Kind::structure, {},
            map.struct_ops.wrapper);
  return {};
}

Result<KernelNames> collect(LoadPlan& plan) {
  KernelNames names;
  for (MapPlan& map : plan.maps) EBPF_CHECK(collect_struct_ops(plan, map, names));
  plan.core.emplace(plan.spec.types);
  auto collected = plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    EBPF_CHECK(collect_target(program, names));
    return collect_core(program, *plan.core);
  });
  EBPF_CHECK(std::move(collected));
  // A program may describe several versions of a function ("bpf_dynptr_from_skb___old"); the kernel has one.
  for (ExternPlan& external : plan.externs)
    if (external.is_used && external.is_typed)
      names.add(std::string(btf::essential_name(external.spec->name)),
                external.spec->is_function ? btf::Kind::function : btf::Kind::variable, {}, external.name);
  return names;
}

Result<void> open_types(LoadPlan& plan, bool needs_running) {
  plan.core_types = plan.options.kernel_types;
  if (plan.core_types && plan.core_types->is_running_kernel()) plan.running_types = plan.core_types;
  if (plan.running_types || (plan.core_types && !needs_running)) return {};
  EBPF_TRY(plan.running_types, KernelTypes::running());
  if (!plan.core_types) plan.core_types = plan.running_types;
  return {};
}

void search_kernel(LoadPlan& plan, KernelNames& names) {
  const bool is_shared = plan.core_types == plan.running_types;
  if (!is_shared) plan.core->search(plan.core_types->types(), kKernelItself);
  if (!plan.running_types) return;
  btf::NameSearch search;
  names.ask(search, kKernelItself);
  if (is_shared) plan.core->ask(search);
  search.run(plan.running_types->types());
  names.take(search, kKernelItself);
  if (is_shared) plan.core->take(search, plan.running_types->types(), kKernelItself);
}

void search_modules(LoadPlan& plan, KernelNames& names) {
  const bool core_too = plan.core_types == plan.running_types && plan.core->is_missing_any();
  if (!plan.running_types || (!core_too && !names.is_missing_any())) return;
  // CO-RE asks all modules the same: two may have types of one name, which must then agree.
  btf::NameSearch core_search;
  if (core_too) plan.core->ask(core_search);
  for (const KernelTypes::Module* module : plan.running_types->modules()) {
    btf::NameSearch search;
    names.ask(search, module->name);
    search.run(module->types);
    names.take(search, module->name);
    if (!core_too) continue;
    core_search.run(module->types);
    plan.core->take(core_search, module->types, module->name);
  }
}

Result<void> require_target(const LoadPlan& plan, const ProgramPlan& program) {
  if (!program.spec->attach_by_btf || program.target.type != 0) return {};
  const TargetName target = target_name(program.attach_to);
  std::string message =
      cat("no ", rule_for(*program.spec)->word, " ", quoted(target.name), " in the types of this kernel",
          target.module.empty() ? std::string(" and its modules") : cat(" (", target.module, ")"));
  for (const std::string& problem : plan.running_types->module_problems()) message += cat("; ", problem);
  return fail(errc::not_found, std::move(message));
}

}  // namespace

Result<void> search_kernel_types(LoadPlan& plan) {
  EBPF_TRY(KernelNames names, collect(plan));
  if (names.empty() && !plan.core->needs_types()) return {};
  EBPF_CHECK(open_types(plan, !names.empty()));
  search_kernel(plan, names);
  search_modules(plan, names);
  return plan.for_each_program([&](const ProgramPlan& program) -> Result<void> {
    EBPF_CHECK(require_target(plan, program));
    if (!program.target.module.empty()) plan.module_index(program.target.module);
    return {};
  });
}

}  // namespace ebpf::loader
