// Passes: maps that are pinned by name. One that exists is used, if it is what the object wants; a new one is pinned
// once it has its contents, so that whoever finds it finds it complete. Two loads may race: whoever comes second uses
// the map of the first.
#include <algorithm>
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/load/existing_map.h"
#include "ebpf/load/load.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"

namespace ebpf::loader {
namespace {

std::string pin_path(const LoadPlan& plan, const MapSpec& map) {
  if (!map.pin_path.empty()) return map.pin_path;
  return cat(plan.options.pin_root, "/", pin_name(plan.spec.name, map.name));
}

Result<Fd> open_pin(const std::string& path) {
  sys::ObjPinAttr attr;
  attr.pathname = sys::to_u64(path.c_str());
  return sys::obj_get(attr);
}

Result<void> make_pin(const std::string& path, const Fd& fd) {
  sys::ObjPinAttr attr;
  attr.pathname = sys::to_u64(path.c_str());
  attr.bpf_fd = static_cast<std::uint32_t>(fd.get());
  return sys::obj_pin(attr);
}

// Uses the map that is pinned there. Nothing where there is none.
Result<void> use_existing(MapPlan& map, const std::string& path) {
  auto existing = open_pin(path);
  if (!existing && existing.error().os_error() == ENOENT) return {};
  if (!existing) return fail_in(std::move(existing), "open the pin ", quoted(path));
  EBPF_CHECK_IN(take_existing(map, *std::move(existing)), "the map pinned at ", quoted(path));
  return {};
}

// Pins the map, or takes the one that somebody else has pinned meanwhile.
Result<void> pin_or_use(LoadPlan& plan, MapPlan& map) {
  const std::string path = pin_path(plan, *map.spec);
  auto pinned = make_pin(path, map.fd);
  if (pinned) {
    plan.new_pins.add(path);
    return {};
  }
  if (pinned.error().os_error() == EEXIST) EBPF_CHECK(use_existing(map, path));
  if (map.reused) return {};
  return fail_in(std::move(pinned), "pin at ", quoted(path));
}

template <class Step>
Result<void> for_each_pinned(LoadPlan& plan, Step step) {
  for (MapPlan& map : plan.maps) {
    const bool is_pinned = map.spec->pinning == Pinning::by_name || !map.spec->pin_path.empty();
    if (!is_pinned || map.reused || !map.is_wanted()) continue;
    EBPF_CHECK_IN(step(map), "map ", quoted(map.spec->name));
  }
  return {};
}

}  // namespace

std::string pin_name(std::string_view object, std::string_view map) {
  std::string name = map.starts_with('.') ? cat(object, map) : std::string(map);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

Result<void> open_pins(LoadPlan& plan) {
  return for_each_pinned(plan, [&](MapPlan& map) -> Result<void> {
    const std::string path = pin_path(plan, *map.spec);
    EBPF_CHECK(sys::require_bpffs(sys::directory_of(path)));
    return use_existing(map, path);
  });
}

Result<void> pin_maps(LoadPlan& plan) {
  return for_each_pinned(plan, [&](MapPlan& map) { return pin_or_use(plan, map); });
}

}  // namespace ebpf::loader
