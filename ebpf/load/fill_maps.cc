// Passes: what maps contain from the start. Data sections, entries that the caller gave, and the static contents of
// map-in-maps go in before programs are loaded; programs can only go into program arrays afterwards. That what is named
// exists and that sizes fit is what check_references has seen to.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

Result<void> write(const MapPlan& map, const void* key, const void* value) {
  const int result = sys::map_update_elem(map.fd.get(), key, value, sys::kElemAny);
  if (result == 0) return {};
  return fail_errno(-result, "write its initial contents");
}

Result<void> write_data(const MapPlan& map) {
  const bool zero = all_zero(map.image);
  if (zero) return {};  // a new map is all zeroes
  if (map.arena.data() != nullptr) {
    std::copy(map.image.begin(), map.image.end(), map.arena.data() + map.data_offset);
    return {};
  }
  const std::uint32_t key = 0;
  return write(map, &key, map.image.data());
}

Result<void> write_contents(const MapPlan& map) {
  for (const MapEntry& entry : map.spec->contents) EBPF_CHECK(write(map, entry.key.data(), entry.value.data()));
  return {};
}

// Maps and programs are written as their descriptors.
Result<void> write_slot(const MapPlan& map, const MapSlot& slot, const Fd& fd) {
  const int raw = fd.get();
  EBPF_CHECK_IN(write(map, &slot.index, &raw), "element ", slot.index, " (", quoted(slot.name), ")");
  return {};
}

Result<void> write_inner_maps(LoadPlan& plan, const MapPlan& map) {
  for (const MapSlot& slot : map.spec->slots) EBPF_CHECK(write_slot(map, slot, plan.map(slot.name)->fd));
  return {};
}

// The element of a program that was left out: also in a map that was there before, where it may hold an older one.
Result<void> leave_empty(LoadPlan& plan, const MapPlan& map, const MapSlot& slot) {
  plan.notes.push_back(cat("map ", quoted(map.spec->name), ": element ", slot.index, " is empty: program ",
                           quoted(slot.name), " is not loaded"));
  if (!map.reused) return {};
  const int result = sys::map_delete_elem(map.fd.get(), &slot.index, 0);
  if (result == 0 || result == -ENOENT) return {};
  return fail_errno(-result, "empty element ", slot.index);
}

Result<void> write_programs(LoadPlan& plan, const MapPlan& map) {
  for (const MapSlot& slot : map.spec->slots) {
    if (const ProgramPlan* program = plan.program(slot.name))
      EBPF_CHECK(write_slot(map, slot, program->fd));
    else
      EBPF_CHECK(leave_empty(plan, map, slot));
  }
  return {};
}

Result<void> fill_map(LoadPlan& plan, const MapPlan& map) {
  if (map.reused || !map.is_wanted()) return {};
  EBPF_CHECK(write_data(map));
  EBPF_CHECK(write_contents(map));
  if (map.spec->type != MapType::prog_array) EBPF_CHECK(write_inner_maps(plan, map));
  if (map.spec->freeze) return sys::map_freeze(map.fd.get());
  return {};
}

}  // namespace

Result<void> fill_maps(LoadPlan& plan) {
  for (const MapPlan& map : plan.maps) EBPF_CHECK_IN(fill_map(plan, map), "map ", quoted(map.spec->name));
  return {};
}

Result<void> fill_program_arrays(LoadPlan& plan) {
  for (const MapPlan& map : plan.maps) {
    if (map.spec->type != MapType::prog_array || map.replaced || !map.is_wanted()) continue;
    EBPF_CHECK_IN(write_programs(plan, map), "map ", quoted(map.spec->name));
  }
  return {};
}

}  // namespace ebpf::loader
