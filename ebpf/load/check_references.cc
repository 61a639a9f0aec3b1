// Pass: what instructions, slots and initial contents refer to is there, and fits. It comes before all that asks or
// changes the kernel: a damaged spec is refused before there is anything to take back, and the passes behind it find
// what they look up.
#include "ebpf/asm/opcode.h"
#include "ebpf/base/text.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {
namespace {

Result<void> check(LoadPlan& plan, const ProgramPlan& program, const BoundReference& bound) {
  const Reference& reference = *bound.reference;
  const std::uint8_t opcode = program.code[bound.slot].opcode;
  if (reference.kind == ReferenceKind::external_call && opcode != insn::kCall)
    return fail(errc::invalid_argument, "instruction ", bound.slot, " uses function ", quoted(reference.name),
                ", but is no call");
  if (reference.kind == ReferenceKind::external_value && opcode != insn::kLdImm64)
    return fail(errc::invalid_argument, "instruction ", bound.slot, " uses symbol ", quoted(reference.name),
                ", but is no ld_imm64");
  if (reference.kind == ReferenceKind::jump_table && opcode != insn::kLdImm64)
    return fail(errc::invalid_argument, "instruction ", bound.slot, " uses jump table ", quoted(reference.name),
                ", but is no ld_imm64");
  if (reference.kind != ReferenceKind::map && reference.kind != ReferenceKind::map_value) return {};
  if (plan.map(reference.name) == nullptr)
    return fail(errc::not_found, "instruction ", bound.slot, " uses map ", quoted(reference.name),
                ", which does not exist");
  if (opcode != insn::kLdImm64)
    return fail(errc::invalid_argument, "instruction ", bound.slot, " uses map ", quoted(reference.name),
                ", but is no ld_imm64");
  return {};
}

Result<void> check_contents(const MapPlan& map) {
  for (const MapEntry& entry : map.spec->contents)
    if (entry.key.size() != map.attributes.key_size || entry.value.size() != map.attributes.value_size)
      return fail(errc::invalid_argument, "an initial entry has a key of ", entry.key.size(), " and a value of ",
                  entry.value.size(), " bytes; the map's have ", map.attributes.key_size, " and ",
                  map.attributes.value_size);
  return {};
}

// Where the load goes on without programs, their slots stay empty: of those that there are at all.
bool may_stay_empty(const LoadPlan& plan, const MapSlot& slot) {
  return plan.options.keep_going && plan.spec.program(slot.name).has_value();
}

// Slots of a program array name programs, those of other maps name maps.
Result<void> check_slots(LoadPlan& plan, const MapPlan& map) {
  for (const MapSlot& slot : map.spec->slots) {
    if (map.attributes.key_size != sizeof slot.index)
      return fail(errc::invalid_argument, "static contents need keys of 4 bytes");
    const bool of_programs = map.spec->type == MapType::prog_array;
    if (of_programs && plan.program(slot.name) == nullptr && !may_stay_empty(plan, slot))
      return fail(errc::not_found, "element ", slot.index, ": program ", quoted(slot.name), " is not loaded");
    if (!of_programs && plan.map(slot.name) == nullptr)
      return fail(errc::not_found, "element ", slot.index, ": there is no map ", quoted(slot.name));
    if (!of_programs && !plan.map(slot.name)->is_wanted())
      return fail(errc::not_found, "element ", slot.index, ": map ", quoted(slot.name),
                  " is not created (MapSpec::autocreate is false)");
  }
  return {};
}

}  // namespace

Result<void> check_exclusive(LoadPlan& plan, const MapSpec& map) {
  if (map.exclusive_program.empty() || plan.program(map.exclusive_program) != nullptr) return {};
  return fail(errc::not_found, "it is exclusive to program ", quoted(map.exclusive_program), ", which is not loaded");
}

Result<void> check_references(LoadPlan& plan) {
  for (const MapPlan& map : plan.maps) {
    if (!map.is_wanted()) continue;
    auto ok = check_extra(*map.spec);
    if (ok) ok = check_contents(map);
    if (ok) ok = check_slots(plan, map);
    if (ok) ok = check_exclusive(plan, *map.spec);
    if (!ok) return fail_in(std::move(ok), "map ", quoted(map.spec->name));
  }
  return plan.for_each_program([&](const ProgramPlan& program) -> Result<void> {
    for (const BoundReference& bound : program.references) EBPF_CHECK(check(plan, program, bound));
    return {};
  });
}

}  // namespace ebpf::loader
