// Passes: struct_ops maps, whose value is a structure of callbacks that the kernel calls in place of its own.
//
// Before loading, the structure is brought into the kernel's layout, and the programs learn of which member they are:
// attach_btf_id is the kernel's structure, expected_attach_type the place of the member. After loading, the descriptors
// of the programs go into the value, which is given to the kernel when the map is attached (ebpf/link/struct_ops.h):
// writing it registers it. Linux 5.6; in modules 6.9.
#include <cstring>

#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"
#include "ebpf/load/struct_ops_layout.h"

namespace ebpf::loader {
namespace {

bool is_created(const MapPlan& map) { return map.is_wanted() && map.spec->type == MapType::struct_ops; }

Result<const btf::Spec*> types_of(const LoadPlan& plan, const KernelName& name) {
  if (name.module.empty()) return &plan.running_types->types();
  EBPF_TRY(const KernelTypes::Module* module, plan.running_types->module(name.module));
  return &module->types;
}

Result<void> require_wrapper(const LoadPlan& plan, const MapPlan& map) {
  if (map.struct_ops.wrapper.type != 0) return {};
  EBPF_TRY(const btf::Type structure, plan.spec.types.type(map.spec->value_type));
  std::string message = cat("this kernel has no struct_ops of type ", quoted(btf::essential_name(structure.name())),
                            ", nor has one of its modules that are loaded");
  for (const std::string& problem : plan.running_types->module_problems()) message += cat("; ", problem);
  return fail(errc::not_found, std::move(message));
}

// One program may be a callback of several maps, if it is the same one in all of them: the verifier looks at it once.
Result<void> settle_member(ProgramPlan& program, const KernelName& structure, std::uint32_t member) {
  const bool is_new = !program.member;
  const bool same =
      program.target.type == structure.type && program.target.module == structure.module && program.member == member;
  if (!is_new && !same)
    return fail(errc::invalid_argument, "program ", quoted(program.spec->name),
                " is another callback already; one program can be only one of them");
  program.target = structure;
  program.member = member;
  return {};
}

Result<void> settle_callback(LoadPlan& plan, MapPlan& map, const KernelName& structure,
                             const StructOpsLayout::Callback& callback) {
  const auto spec = plan.spec.program(callback.program);
  if (!spec) return fail(errc::not_found, spec.error().message());
  if (spec->program_type != ProgramType::struct_ops)
    return fail(errc::type_mismatch, "program ", quoted(callback.program), " is of type ", name(spec->program_type),
                "; callbacks are of type struct_ops");
  ProgramPlan* program = plan.program(callback.program);
  if (program == nullptr) {
    map.struct_ops.value.missing = callback.program;  // refused, and left out by LoadOptions::keep_going
    return {};
  }
  EBPF_CHECK(settle_member(*program, structure, callback.member));
  map.struct_ops.callbacks.push_back({callback.offset, program->spec});
  return {};
}

Result<void> resolve(LoadPlan& plan, MapPlan& map) {
  EBPF_CHECK(require_wrapper(plan, map));
  const KernelName& wrapper = map.struct_ops.wrapper;
  EBPF_TRY(const btf::Spec* kernel, types_of(plan, wrapper));
  EBPF_TRY(StructOpsLayout layout, lay_out_struct_ops(*map.spec, plan.spec.types, *kernel, wrapper.type));
  map.attributes.value_size = static_cast<std::uint32_t>(layout.value.size());
  map.attributes.kernel_value_type = wrapper.type;
  for (const StructOpsLayout::Callback& callback : layout.callbacks)
    EBPF_CHECK_IN(settle_callback(plan, map, {layout.structure, wrapper.module}, callback), "member ",
                  quoted(callback.name));
  map.struct_ops.value.bytes = std::move(layout.value);
  if (!wrapper.module.empty()) plan.module_index(wrapper.module);
  return {};
}

Result<void> fill(LoadPlan& plan, MapPlan& map) {
  StructOpsValue& value = map.struct_ops.value;
  for (const CallbackPlan& callback : map.struct_ops.callbacks) {
    const ProgramPlan* program = plan.program(callback.program->name);
    if (program == nullptr) {
      value.missing = callback.program->name;
      break;
    }
    EBPF_TRY(Fd fd, program->fd.duplicate());
    const auto number = static_cast<std::uint64_t>(fd.get());
    std::memcpy(value.bytes.data() + callback.offset, &number, sizeof number);
    value.programs.push_back(std::move(fd));
  }
  if (value.missing.empty()) return {};
  // Without it the structure would say that the kernel has to do without.
  plan.notes.push_back(
      cat("map ", quoted(map.spec->name), " cannot be attached: its callback ", quoted(value.missing), " was refused"));
  return {};
}

template <class Step>
Result<void> for_each_created(LoadPlan& plan, Step step) {
  for (MapPlan& map : plan.maps) {
    if (!is_created(map)) continue;
    EBPF_CHECK_IN(step(plan, map), "map ", quoted(map.spec->name));
  }
  return {};
}

Result<void> require_member(const ProgramPlan& program) {
  if (program.spec->program_type != ProgramType::struct_ops || program.member) return {};
  return fail(errc::invalid_argument,
              "it is of type struct_ops, and a callback of no map: name it in one (SEC(\".struct_ops\"), "
              "StructOpsSpec::set_callback), or set ProgramSpec::autoload to false");
}

}  // namespace

Result<void> resolve_struct_ops(LoadPlan& plan) {
  EBPF_CHECK(for_each_created(plan, resolve));
  return plan.for_each_program(require_member);
}

Result<void> fill_struct_ops(LoadPlan& plan) { return for_each_created(plan, fill); }

}  // namespace ebpf::loader
