// Pass: instructions that use what the kernel defines get its BTF ids and addresses.
//
// A kernel function is called by its id (BPF_PSEUDO_KFUNC_CALL, Linux 5.13), a variable addressed by its id
// (BPF_PSEUDO_BTF_ID, 5.10), and a symbol without a type by the number that /proc/kallsyms tells. What is declared weak
// may be missing: its address is then 0, and a call of it is made one that no verifier accepts, with libbpf's numbers,
// since programs are to check the address first.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/core_rules.h"
#include "ebpf/kernel/symbols.h"
#include "ebpf/load/missing.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

const btf::Spec& types_of(const LoadPlan& plan, const KernelName& name) {
  if (name.module.empty()) return plan.running_types->types();
  return (*plan.running_types->module(name.module))->types;
}

// The type that a function or variable has: its prototype, or the variable's own.
Result<btf::TypeId> declared_type(const btf::Spec& types, btf::TypeId id) {
  EBPF_TRY(const btf::Type type, types.type(id));
  return type.referenced();
}

Result<bool> is_compatible(const LoadPlan& plan, const ExternPlan& external) {
  const btf::Spec& types = types_of(plan, external.name);
  EBPF_TRY(const btf::TypeId local, declared_type(plan.spec.types, external.spec->type));
  EBPF_TRY(const btf::TypeId target, declared_type(types, external.name.type));
  // Qualifiers and typedefs may differ at the top, too.
  EBPF_TRY(const btf::Type a, plan.spec.types.strip(local));
  EBPF_TRY(const btf::Type b, types.strip(target));
  return btf::types_compatible(plan.spec.types, a.id(), types, b.id());
}

std::string label(const ExternPlan& external) {
  return cat(external.spec->is_function ? "kernel function " : "kernel variable ", quoted(external.spec->name));
}

Result<void> settle_typed(LoadPlan& plan, ExternPlan& external) {
  if (external.name.type == 0) {
    if (external.spec->is_weak) return {};
    std::string message = cat(label(external), " is not in the types of this kernel and its modules");
    for (const std::string& problem : plan.running_types->module_problems()) message += cat("; ", problem);
    return fail(errc::not_found, std::move(message));
  }
  EBPF_TRY(const bool same, is_compatible(plan, external));
  external.is_found = same;
  if (same || external.spec->is_weak) return {};
  return fail(errc::type_mismatch, label(external), " is declared as ", plan.spec.types.describe(external.spec->type),
              ", but this kernel's is ", types_of(plan, external.name).describe(external.name.type));
}

// What is wrong with a symbol is wrong with the programs that use it.
void note(ExternPlan& external, Result<void> settled) {
  if (!settled) external.problem = std::move(settled).error();
}

void settle_addresses(LoadPlan& plan) {
  std::vector<kernel::Symbol> symbols;
  std::vector<ExternPlan*> asking;
  for (ExternPlan& external : plan.externs) {
    if (!external.is_used || external.is_typed) continue;
    symbols.push_back({.name = external.spec->name});
    asking.push_back(&external);
  }
  if (symbols.empty()) return;
  const auto searched = kernel::find_symbols(symbols);
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    asking[i]->is_found = symbols[i].found;
    asking[i]->address = symbols[i].address;
    if (!searched)
      asking[i]->problem = searched.error();
    else if (!symbols[i].found && !asking[i]->spec->is_weak)
      asking[i]->problem =
          Error(errc::not_found, cat("kernel symbol ", quoted(symbols[i].name), " is not in /proc/kallsyms"));
  }
}

void set_wide(insn::Slot& first, insn::Slot& second, std::uint8_t source, std::uint64_t value) {
  first.set_src(source);
  first.imm = static_cast<std::int32_t>(value);
  second.imm = static_cast<std::int32_t>(value >> 32);
}

// The descriptor of a module's BTF follows once it is open.
void patch_value(ProgramPlan& program, std::uint32_t slot, const ExternPlan& external) {
  insn::Slot& first = program.code[slot];
  insn::Slot& second = program.code[slot + 1];
  if (external.is_typed && external.is_found)
    set_wide(first, second, insn::kPseudoBtfId, external.name.type);
  else
    set_wide(first, second, 0, external.address);
}

// The symbol's number as libbpf counts them: configuration options first, then what the kernel defines, by name.
std::size_t place(const LoadPlan& plan, const ExternPlan& external) {
  return static_cast<std::size_t>(std::count_if(plan.externs.begin(), plan.externs.end(), [&](const ExternPlan& other) {
    return other.spec->section == kKconfigSection || other.spec->name < external.spec->name;
  }));
}

Result<void> patch_call(LoadPlan& plan, ProgramPlan& program, std::uint32_t slot, const ExternPlan& external) {
  insn::Slot& call = program.code[slot];
  if (!external.is_found) {
    call = missing_function_call(place(plan, external));
    return {};
  }
  call.set_src(insn::kPseudoKfuncCall);
  call.imm = static_cast<std::int32_t>(external.name.type);
  call.offset = 0;
  if (external.name.module.empty()) return {};
  const std::size_t index = plan.module_index(external.name.module) + 1;
  if (index > INT16_MAX) return fail(errc::out_of_range, "functions of more than 32767 modules are used");
  call.offset = static_cast<std::int16_t>(index);
  return {};
}

Result<void> patch(LoadPlan& plan, ProgramPlan& program, const BoundReference& bound) {
  const ReferenceKind kind = bound.reference->kind;
  if (kind != ReferenceKind::external_call && kind != ReferenceKind::external_value) return {};
  ExternPlan& external = *plan.external(bound.reference->name);
  if (external.problem) return fail_in(Error(*external.problem));
  if (kind == ReferenceKind::external_call) return patch_call(plan, program, bound.slot, external);
  patch_value(program, bound.slot, external);
  if (external.is_found && !external.name.module.empty()) plan.module_index(external.name.module);
  return {};
}

}  // namespace

Result<void> relocate_externs(LoadPlan& plan) {
  for (ExternPlan& external : plan.externs)
    if (external.is_used && external.is_typed) note(external, settle_typed(plan, external));
  settle_addresses(plan);
  return plan.for_each_program([&](ProgramPlan& program) -> Result<void> {
    for (const BoundReference& bound : program.references) EBPF_CHECK(patch(plan, program, bound));
    return {};
  });
}

}  // namespace ebpf::loader
