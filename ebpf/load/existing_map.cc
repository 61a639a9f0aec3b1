// What has to be equal between a map that is wanted and one that is there.
#include "ebpf/load/existing_map.h"

#include "ebpf/base/text.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

struct Row {
  std::string_view what;
  std::uint64_t wanted;
  std::uint64_t found;
};

// Flags in which the two may differ: the kernel gives device maps one by itself, and a data section works without being
// mapped into memory.
std::uint32_t ignored_flags(const MapAttributes& wanted, const sys::MapInfo& found) {
  const bool is_device = found.type == MapType::devmap || found.type == MapType::devmap_hash;
  return (is_device ? sys::kMapReadOnlyProg : 0) | (wanted.mmap_optional ? sys::kMapMmapable : 0);
}

Result<void> check_compatible(const MapAttributes& wanted, const sys::MapInfo& found) {
  const std::uint32_t compared = ~ignored_flags(wanted, found);
  const Row rows[] = {
      {"type", static_cast<std::uint32_t>(wanted.type), static_cast<std::uint32_t>(found.type)},
      {"key size", wanted.key_size, found.key_size},
      {"value size", wanted.value_size, found.value_size},
      {"max_entries", wanted.max_entries, found.max_entries},
      {"flags", wanted.flags & compared, found.map_flags & compared},
      {"map_extra", wanted.map_extra, found.map_extra},
  };
  for (const Row& row : rows)
    if (row.wanted != row.found)
      return fail(errc::map_incompatible, "it has ", row.what, " ", row.found, ", and ", row.wanted, " is wanted");
  return {};
}

}  // namespace

Result<void> take_existing(MapPlan& map, Fd fd) {
  sys::MapInfo info;
  EBPF_CHECK(sys::obj_get_info(fd.get(), info));
  EBPF_CHECK(check_compatible(map.attributes, info));
  map.attributes.flags = info.map_flags;
  map.fd = std::move(fd);
  map.arena = {};  // of one that was created and is given up for this one
  map.reused = true;
  return {};
}

}  // namespace ebpf::loader
