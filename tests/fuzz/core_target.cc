// The target for CO-RE: programs from bytes, relocated against kernel's types from bytes.
#include <algorithm>
#include <string_view>
#include <vector>

#include "ebpf/btf/core.h"
#include "ebpf/btf/ext_info.h"
#include "ebpf/elf/elf.h"
#include "ebpf/kernel/types.h"
#include "ebpf/load/load.h"
#include "ebpf/spec/spec.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/targets.h"

namespace ebpf::fuzz {
namespace {

// How much is asked of one input: each answer is bounded, all of them for thousands of hard questions would take
// minutes.
constexpr std::size_t kMostRelocations = 64;

// Those of the sections that the programs in testdata/ have, and fuzzers with them as seeds.
std::vector<btf::CoreRelocation> all_relocations(const btf::ExtInfo& ext) {
  std::vector<btf::CoreRelocation> out;
  for (const std::string_view section : {".text", "raw_tp/sys_enter", "raw_tp/loads", "raw_tp/nested", "raw_tp/direct",
                                         "raw_tp/elements", "raw_tp/flexible", "tp_btf/sched_switch"})
    if (const auto records = ext.core_relocations(section); good(records))
      out.insert(out.end(), records->begin(), records->end());
  out.resize(std::min(out.size(), kMostRelocations));
  return out;
}

void check_fix(const btf::CoreFix& fix) {
  // What is poisoned has no new value, and only widths that a member can have are compared.
  if (fix.poison) require(fix.new_value == 0 && !fix.incompatible_access);
  use(fix.old_value + fix.new_value + fix.old_size + fix.new_size);
}

void resolve_all(const std::vector<btf::CoreRelocation>& relocations, const btf::Spec& types, const btf::Spec& kernel) {
  btf::CoreResolver resolver(types);
  std::vector<btf::CoreRelocation> added;
  for (const btf::CoreRelocation& relocation : relocations)
    if (good(resolver.add(relocation))) added.push_back(relocation);
  if (!relocations.empty()) require(btf::describe_core(types, relocations.front()).size() < (std::size_t{1} << 20));
  resolver.search(kernel, "kernel");
  for (const btf::CoreRelocation& relocation : added) {
    const auto fix = resolver.resolve(relocation);
    if (!good(fix)) continue;
    check_fix(*fix);
  }
  if (added.empty()) return;
  // The same question has the same answer.
  const auto once = resolver.resolve(added.front());
  const auto again = resolver.resolve(added.front());
  require(once.has_value() == again.has_value() && (!once || once->new_value == again->new_value));
  if (const auto matches = resolver.matches(added.front()); good(matches)) use(matches->size());
}

// What only the running kernel knows is left out: it is not to be asked for every input.
void forget_the_kernel(CollectionSpec& spec) {
  const auto is_external = [](const Reference& reference) {
    return reference.kind == ReferenceKind::external_call || reference.kind == ReferenceKind::external_value;
  };
  for (FunctionSpec& function : spec.subprograms) std::erase_if(function.references, is_external);
  for (ProgramSpec& program : spec.programs) std::erase_if(program.references, is_external);
  std::erase_if(spec.programs, [](const ProgramSpec& program) { return program.attach_by_btf; });
  for (VariableSpec& variable : spec.variables)
    if (variable.section == kKconfigSection) variable.value.resize(variable.size);
}

void relocate_object(CollectionSpec spec, const KernelTypes::Shared& types) {
  forget_the_kernel(spec);
  std::erase_if(spec.programs, [](const ProgramSpec& p) { return p.core_relocations.size() > kMostRelocations; });
  LoadOptions options;
  options.kernel_types = types;
  loader::LoadPlan plan{.spec = spec, .options = options};
  if (!good(loader::prepare(plan))) return;
  for (const loader::ProgramPlan& program : plan.programs) {
    require(!program.code.empty());
    for (const loader::PoisonedSlot& poisoned : program.poisoned) require(poisoned.slot < program.code.size());
  }
}

}  // namespace

void relocate(Input types_bytes, Input ext_bytes, Input kernel_bytes) {
  const auto types = btf::Spec::parse({types_bytes.begin(), types_bytes.end()});
  if (!good(types)) return;
  const auto ext = btf::ExtInfo::parse(ext_bytes, *types);
  if (!good(ext)) return;
  const auto relocations = all_relocations(*ext);
  // A kernel's types are not checked ahead.
  const auto kernel = btf::Spec::view(kernel_bytes, nullptr);
  if (good(kernel)) resolve_all(relocations, *types, *kernel);
}

void read_core(Input bytes) {
  const auto file = elf::File::parse(bytes);
  if (!good(file)) {
    const std::size_t third = bytes.size() / 3;
    relocate(bytes.first(third), bytes.subspan(third, third), bytes.subspan(2 * third));
    return;
  }
  const auto btf = file->find_section(".BTF");
  const auto ext = file->find_section(".BTF.ext");
  if (!good(btf) || !*btf || !good(ext) || !*ext) return;
  const Input types = (*btf)->data.span();
  relocate(types, (*ext)->data.span(), types);
  const auto spec = CollectionSpec::parse(bytes, "fuzz.bpf.o");
  const auto kernel = KernelTypes::parse({types.begin(), types.end()});
  if (good(spec) && good(kernel)) relocate_object(*spec, *kernel);
}

}  // namespace ebpf::fuzz
