// Pass: maps are created, except those that were found pinned, those that the caller gave, and those that are switched
// off.
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/passes.h"
#include "ebpf/load/program_hash.h"

namespace ebpf::loader {
namespace {

Result<void> create_one(LoadPlan& plan, MapPlan& map) {
  if (!map.spec->exclusive_program.empty()) {
    EBPF_CHECK(check_exclusive(plan, *map.spec));  // keep_going may have left the program out meanwhile
    map.attributes.exclusive_to = program_hash(plan, *plan.program(map.spec->exclusive_program));
  }
  if (const std::string& name = map.struct_ops.wrapper.module; !name.empty()) {
    const ModulePlan& module = plan.modules[plan.module_index(name)];
    if (module.problem) return fail_in(Error(*module.problem));
    map.attributes.module_btf = module.btf.get();
  }
  EBPF_TRY(map.fd, create_map(map.attributes, map.spec->inner, plan.btf.valid() ? plan.btf.get() : -1, plan.token));
  return {};
}

// An arena has to be mapped before programs use it. One that was found pinned has been, and can be mapped again only
// where it was then, which only map_extra tells: where it does not, or where this process has it mapped there already,
// this collection does without its memory.
Result<void> map_memory(MapPlan& map) {
  if (map.attributes.type != MapType::arena || (map.reused && map.attributes.map_extra == 0)) return {};
  auto arena = map_arena(map.attributes, map.fd);
  if (!arena && map.reused && arena.error().os_error() == EEXIST) return {};
  EBPF_TRY(map.arena, std::move(arena));
  return {};
}

}  // namespace

Result<void> create_maps(LoadPlan& plan) {
  for (MapPlan& map : plan.maps) {
    if (!map.is_wanted()) continue;
    auto ok = map.reused ? Result<void>() : create_one(plan, map);
    if (ok) ok = map_memory(map);
    if (!ok) return fail_in(std::move(ok), "map ", quoted(map.spec->name));
  }
  return {};
}

}  // namespace ebpf::loader
