// The loader from above: which passes there are, and in which order they run.
#include "ebpf/load/load.h"

#include <unistd.h>

#include <algorithm>
#include <span>

#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

using Pass = Result<void> (*)(LoadPlan&);

// From a spec to complete code: no system call changes anything.
constexpr Pass kPreparation[] = {lay_out_data,        resolve_kconfig,    link_subprograms, name_contexts,
                                 resolve_externs,     size_maps,          check_references, find_program_targets,
                                 search_kernel_types, resolve_struct_ops, relocate_core,    relocate_externs};

// From there into the kernel.
constexpr Pass kLoading[] = {make_token,          load_btf,        open_modules,  replace_maps,
                             open_pins,           create_maps,     fill_maps,     pin_maps,
                             create_jump_tables,  bind_references, load_programs, bind_constants,
                             fill_program_arrays, fill_struct_ops};

// Data sections of different objects would all be called ".rodata" in the kernel: they get the object's name in front,
// "counter.rodata", or as much of it as there is room for. A section of a name of its own (".data.limits") keeps that.
std::string data_map_name(std::string_view object, std::string_view section) {
  constexpr std::size_t kRoom = 15;           // what the kernel has for a name
  constexpr std::size_t kStandardLength = 7;  // ".rodata"; the prefix is as long before a shorter one
  if (!section.starts_with('.') || section.find('.', 1) != std::string_view::npos) return std::string(section);
  const std::size_t own = std::max(section.size(), kStandardLength);
  return cat(object.substr(0, own < kRoom ? kRoom - own : 0), section);
}

Result<void> plan_maps(LoadPlan& plan) {
  plan.maps.reserve(plan.spec.maps.size());
  for (const MapSpec& map : plan.spec.maps) {
    plan.map_names.add(map.name, plan.maps.size());
    plan.maps.push_back({.spec = &map, .attributes = attributes_of(map)});
    plan.maps.back().replaced = std::ranges::find(plan.options.replacements, map.name, &MapReplacement::name) !=
                                plan.options.replacements.end();
    if (map.is_data) plan.maps.back().attributes.name = data_map_name(plan.spec.name, map.name);
  }
  return plan.map_names.finish("maps");
}

Result<void> check_type(const ProgramPlan& program) {
  if (program.spec->program_type != ProgramType::unspec) return {};
  return fail(errc::invalid_argument, "its section ", quoted(program.spec->section),
              " does not say of which type it is; set ProgramSpec::program_type, or autoload to false");
}

Result<void> plan_programs(LoadPlan& plan) {
  NameIndex names;
  for (const ProgramSpec& program : plan.spec.programs) {
    names.add(program.name, 0);
    if (plan.spec.loads(program)) plan.programs.push_back({.spec = &program, .attach_to = program.attach_to});
  }
  EBPF_CHECK(names.finish("programs"));
  return plan.for_each_program(check_type);
}

Result<void> start_plan(LoadPlan& plan) {
  if (plan.spec.byte_order != kHostByteOrder)
    return fail(errc::unsupported_input, "the object is ", plan.spec.byte_order == ByteOrder::big ? "big" : "little",
                "-endian and this machine is not; compile it with -target bpf");
  EBPF_CHECK(plan_maps(plan));
  return plan_programs(plan);
}

Failure load_error(const LoadPlan& plan, Error error) {
  error = std::move(error).in(cat("load ", quoted(plan.spec.name)));
  if (plan.btf_refusal.empty() || error.code() == errc::verifier_rejected) return fail_in(std::move(error));
  return fail(error.code(), error.os_error(), error.message(), " (loaded without types: ", plan.btf_refusal, ")");
}

// Programs that were refused leave the plan.
void drop_refused(LoadPlan& plan) {
  for (ProgramPlan& program : plan.programs)
    if (program.refusal) plan.refused.push_back({program.spec, load_error(plan, *std::move(program.refusal))});
  std::erase_if(plan.programs, [](const ProgramPlan& program) { return program.refusal.has_value(); });
}

Result<void> run_passes(LoadPlan& plan, std::span<const Pass> passes) {
  for (const Pass pass : passes) {
    EBPF_CHECK(pass(plan));
    drop_refused(plan);
  }
  return {};
}

}  // namespace

NewPins::~NewPins() {
  for (const std::string& path : paths_) ::unlink(path.c_str());
}

Result<void> prepare(LoadPlan& plan) {
  auto ok = start_plan(plan);
  drop_refused(plan);
  if (ok) ok = run_passes(plan, kPreparation);
  if (!ok) return load_error(plan, std::move(ok).error());
  return {};
}

Result<void> run(LoadPlan& plan) {
  EBPF_CHECK(prepare(plan));
  if (auto ok = run_passes(plan, kLoading); !ok) return load_error(plan, std::move(ok).error());
  return {};
}

}  // namespace ebpf::loader
