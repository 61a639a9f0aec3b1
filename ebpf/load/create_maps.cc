// Pass: maps are created, or opened where they are pinned by name and exist already.
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"

namespace ebpf::load {
namespace {

// The kernel refuses types of keys and values for these, or has no use for them.
constexpr MapType kWithoutTypes[] = {
    MapType::perf_event_array,
    MapType::cgroup_array,
    MapType::stack_trace,
    MapType::array_of_maps,
    MapType::hash_of_maps,
    MapType::devmap,
    MapType::devmap_hash,
    MapType::cpumap,
    MapType::xskmap,
    MapType::sockmap,
    MapType::sockhash,
    MapType::queue,
    MapType::stack,
    MapType::arena,
};

bool takes_types(MapType type) {
  return std::find(std::begin(kWithoutTypes), std::end(kWithoutTypes), type) == std::end(kWithoutTypes);
}

// Data sections of different objects would all be called ".rodata": they get the object's name in front,
// "counter.rodata".
std::string kernel_name(const LoadPlan& plan, const MapSpec& map) {
  constexpr std::size_t kObjectPart = 8;
  const bool is_standard = map.name == ".data" || map.name == ".rodata" || map.name == ".bss";
  if (!map.is_data || !is_standard) return map.name;
  return plan.spec.name.substr(0, kObjectPart) + map.name;
}

std::string pin_path(const LoadPlan& plan, const MapSpec& map) { return cat(plan.options.pin_root, "/", map.name); }

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

// Whether a map that exists is the one that the plan would create.
Result<void> check_compatible(const MapPlan& map, const Fd& existing) {
  sys::MapInfo info;
  EBPF_CHECK(sys::obj_get_info(existing.get(), info));
  struct Row {
    std::string_view what;
    std::uint64_t wanted;
    std::uint64_t found;
  };
  // The kernel gives device maps this flag by itself.
  const bool is_device = info.type == MapType::devmap || info.type == MapType::devmap_hash;
  const std::uint32_t added = is_device ? sys::kMapReadOnlyProg & ~map.flags : 0;
  const Row rows[] = {
      {"type", static_cast<std::uint32_t>(map.spec->type), static_cast<std::uint32_t>(info.type)},
      {"key size", map.key_size, info.key_size},
      {"value size", map.value_size, info.value_size},
      {"max_entries", map.max_entries, info.max_entries},
      {"flags", map.flags, info.map_flags & ~added},
      {"map_extra", map.spec->map_extra, info.map_extra},
  };
  for (const Row& row : rows)
    if (row.wanted != row.found)
      return fail(errc::map_incompatible, cat("it has ", row.what, " ", row.found, ", and ", row.wanted, " is wanted"));
  return {};
}

Result<Fd> create_new(const LoadPlan& plan, const MapPlan& map) {
  MapAttributes attributes{
      .name = kernel_name(plan, *map.spec),
      .type = map.spec->type,
      .key_size = map.key_size,
      .value_size = map.value_size,
      .max_entries = map.max_entries,
      .flags = map.flags,
      .map_extra = map.spec->map_extra,
      .numa_node = map.spec->numa_node,
      .ifindex = map.spec->ifindex,
  };
  if (plan.btf.valid() && takes_types(map.spec->type)) {
    attributes.btf_fd = plan.btf.get();
    attributes.key_type = map.spec->key_type;
    attributes.value_type = map.spec->value_type;
  }
  return create_map(std::move(attributes), map.spec->inner);
}

// Opens the pin or makes it. Two loads may race: whoever comes second uses the map of the first.
Result<void> open_or_pin(const LoadPlan& plan, MapPlan& map) {
  const std::string path = pin_path(plan, *map.spec);
  EBPF_CHECK(sys::require_bpffs(plan.options.pin_root));
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto existing = open_pin(path);
    if (existing) {
      if (auto ok = check_compatible(map, *existing); !ok)
        return std::unexpected(std::move(ok).error().in(cat("the map pinned at ", quoted(path))));
      map.fd = *std::move(existing);
      map.reused = true;
      return {};
    }
    if (existing.error().os_error() != ENOENT)
      return std::unexpected(std::move(existing).error().in(cat("open the pin ", quoted(path))));
    EBPF_TRY(map.fd, create_new(plan, map));
    auto pinned = make_pin(path, map.fd);
    if (pinned) {
      map.new_pin = path;
      return {};
    }
    if (pinned.error().os_error() != EEXIST)
      return std::unexpected(std::move(pinned).error().in(cat("pin at ", quoted(path))));
  }
  return fail(errc::busy, cat("the pin ", quoted(path), " keeps appearing and disappearing"));
}

}  // namespace

Result<void> create_maps(LoadPlan& plan) {
  for (MapPlan& map : plan.maps) {
    const auto context = [&] { return cat("map ", quoted(map.spec->name)); };
    if (map.spec->pinning == Pinning::by_name) {
      if (auto ok = open_or_pin(plan, map); !ok) return std::unexpected(std::move(ok).error().in(context()));
      continue;
    }
    auto created = create_new(plan, map);
    if (!created) return std::unexpected(std::move(created).error().in(context()));
    map.fd = *std::move(created);
  }
  return {};
}

}  // namespace ebpf::load
