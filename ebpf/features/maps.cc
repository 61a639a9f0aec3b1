// Types of maps and flags of their creation: the smallest map of each. Sizes are what the map's own code asks for
// (kernel/bpf/*map.c; Documentation/bpf/map_*.rst).
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <iterator>

#include "ebpf/base/text.h"
#include "ebpf/btf/blob.h"
#include "ebpf/features/context.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

enum class Extra : std::uint8_t {
  none,
  inner_map,   // a map of maps wants a template
  types,       // local storage wants BTF of key and value
  page,        // max_entries counts bytes, in pages
  struct_ops,  // a type of the kernel's that is no struct_ops: ENOTSUPP, not EINVAL, where the map type is known
  bad_token,   // a descriptor that is none: EBADF where the flag is known
  bad_module,  // the same for the BTF of a module
};

struct MapProbe {
  std::uint8_t number = 0;
  std::uint8_t key_size = 0;
  std::uint8_t value_size = 0;
  Extra extra{};
  std::uint16_t max_entries = 0;
  std::uint32_t flags = 0;

  constexpr MapProbe() = default;
  consteval MapProbe(MapType type, std::uint8_t key = 4, std::uint8_t value = 4, std::uint16_t entries = 1,
                     std::uint32_t map_flags = 0, Extra with = Extra::none)
      : number(static_cast<std::uint8_t>(type)),
        key_size(key),
        value_size(value),
        extra(with),
        max_entries(entries),
        flags(map_flags) {}
  MapType type() const { return MapType{number}; }
};

struct TypeRow {
  Release release;
  MapProbe probe;
};

constexpr std::uint32_t kNoPrealloc = sys::kMapNoPrealloc;

// In the order of the kernel's numbers.
constexpr TypeRow kMaps[] = {
    {},
    {{{3, 19}}, {MapType::hash}},
    {{{3, 19}}, {MapType::array}},
    {{{4, 2}}, {MapType::prog_array}},
    {{{4, 3}, "CONFIG_PERF_EVENTS"}, {MapType::perf_event_array}},
    {{{4, 6}}, {MapType::percpu_hash}},
    {{{4, 6}}, {MapType::percpu_array}},
    {{{4, 6}, "CONFIG_PERF_EVENTS"}, {MapType::stack_trace, 4, 8}},
    {{{4, 8}, "CONFIG_CGROUPS"}, {MapType::cgroup_array}},
    {{{4, 10}}, {MapType::lru_hash}},
    {{{4, 10}}, {MapType::lru_percpu_hash}},
    {{{4, 11}}, {MapType::lpm_trie, 8, 4, 1, kNoPrealloc}},
    {{{4, 12}}, {MapType::array_of_maps, 4, 4, 1, 0, Extra::inner_map}},
    {{{4, 12}}, {MapType::hash_of_maps, 4, 4, 1, 0, Extra::inner_map}},
    {{{4, 14}, "CONFIG_NET"}, {MapType::devmap}},
    {{{4, 14}, "CONFIG_NET"}, {MapType::sockmap}},
    {{{4, 15}, "CONFIG_NET"}, {MapType::cpumap}},
    {{{4, 18}, "CONFIG_XDP_SOCKETS"}, {MapType::xskmap}},
    {{{4, 18}, "CONFIG_NET"}, {MapType::sockhash}},
    {{{4, 19}, "CONFIG_CGROUP_BPF"}, {MapType::cgroup_storage, 16, 4, 0}},
    {{{4, 19}, "CONFIG_NET"}, {MapType::reuseport_sockarray, 4, 8}},
    {{{4, 20}, "CONFIG_CGROUP_BPF"}, {MapType::percpu_cgroup_storage, 16, 4, 0}},
    {{{4, 20}}, {MapType::queue, 0}},
    {{{4, 20}}, {MapType::stack, 0}},
    {{{5, 2}, "CONFIG_NET"}, {MapType::sk_storage, 4, 4, 0, kNoPrealloc, Extra::types}},
    {{{5, 4}, "CONFIG_NET"}, {MapType::devmap_hash}},
    {{{5, 6}, "CONFIG_BPF_JIT"}, {MapType::struct_ops, 4, 4, 1, 0, Extra::struct_ops}},
    {{{5, 8}}, {MapType::ringbuf, 0, 0, 1, 0, Extra::page}},
    {{{5, 10}, "CONFIG_BPF_LSM"}, {MapType::inode_storage, 4, 4, 0, kNoPrealloc, Extra::types}},
    {{{5, 11}}, {MapType::task_storage, 4, 4, 0, kNoPrealloc, Extra::types}},
    {{{5, 16}}, {MapType::bloom_filter, 0}},
    {{{6, 1}}, {MapType::user_ringbuf, 0, 0, 1, 0, Extra::page}},
    {{{6, 2}, "CONFIG_CGROUPS"}, {MapType::cgrp_storage, 4, 4, 0, kNoPrealloc, Extra::types}},
    {{{6, 9}, "CONFIG_MMU"}, {MapType::arena, 0, 0, 1, sys::kMapMmapable}},
    {{{6, 19}}, {MapType::insn_array, 4, 16}},
    {{{7, 3}}, {MapType::rhash, 4, 4, 1, kNoPrealloc}},
};
static_assert(std::size(kMaps) == kMapTypeCount);

constexpr bool is_indexed_by_type() {
  for (std::uint32_t i = 0; i < std::size(kMaps); ++i)
    if (kMaps[i].probe.number != i) return false;
  return true;
}
static_assert(is_indexed_by_type());

// A flag is asked for with the type of map that had it first. Of the flags in a row it is the highest.
struct FlagRow {
  Row row;
  MapProbe probe;
};
constexpr FlagRow kFlags[] = {
    {{"no_prealloc", {4, 6}}, {MapType::hash, 4, 4, 1, sys::kMapNoPrealloc}},
    {{"no_common_lru", {4, 10}}, {MapType::lru_hash, 4, 4, 4096, sys::kMapNoCommonLru}},
    {{"numa_node", {4, 14}}, {MapType::array, 4, 4, 1, sys::kMapNumaNode}},
    {{"rdonly", {4, 15}}, {MapType::array, 4, 4, 1, sys::kMapReadOnly}},
    {{"wronly", {4, 15}}, {MapType::array, 4, 4, 1, sys::kMapWriteOnly}},
    {{"stack_build_id", {4, 17}, "CONFIG_PERF_EVENTS"}, {MapType::stack_trace, 4, 32, 1, sys::kMapStackBuildId}},
    {{"zero_seed", {5, 0}}, {MapType::hash, 4, 4, 1, sys::kMapZeroSeed}},
    {{"rdonly_prog", {5, 2}}, {MapType::array, 4, 4, 1, sys::kMapReadOnlyProg}},
    {{"wronly_prog", {5, 2}}, {MapType::array, 4, 4, 1, sys::kMapWriteOnlyProg}},
    {{"clone", {5, 4}, "CONFIG_NET"}, {MapType::sk_storage, 4, 4, 0, sys::kMapClone | kNoPrealloc, Extra::types}},
    {{"mmapable", {5, 5}}, {MapType::array, 4, 4, 1, sys::kMapMmapable}},
    {{"preserve_elems", {5, 10}, "CONFIG_PERF_EVENTS"}, {MapType::perf_event_array, 4, 4, 1, sys::kMapPreserveElems}},
    {{"inner_map", {5, 10}}, {MapType::array, 4, 4, 1, sys::kMapInnerMap}},
    {{"link", {6, 4}, "CONFIG_BPF_JIT"}, {MapType::struct_ops, 4, 4, 1, sys::kMapLink, Extra::struct_ops}},
    {{"vtype_btf_obj_fd", {6, 9}, "CONFIG_BPF_JIT"},
     {MapType::struct_ops, 4, 4, 1, sys::kMapVtypeBtfObjFd, Extra::bad_module}},
    {{"token_fd", {6, 9}}, {MapType::array, 4, 4, 1, sys::kMapTokenFd, Extra::bad_token}},
    {{"segv_on_fault", {6, 9}, "CONFIG_MMU"}, {MapType::arena, 0, 0, 1, sys::kMapMmapable | sys::kMapSegvOnFault}},
    {{"no_user_conv", {6, 9}, "CONFIG_MMU"}, {MapType::arena, 0, 0, 1, sys::kMapMmapable | sys::kMapNoUserConv}},
    {{"rb_overwrite", {6, 19}}, {MapType::ringbuf, 0, 0, 1, sys::kMapRingbufOverwrite, Extra::page}},
};

// What is besides the attributes: a second descriptor, which is to live until the map is made.
Outcome add_extra(Context& context, Extra extra, sys::MapCreateAttr& attr) {
  Outcome second;
  switch (extra) {
    case Extra::none:
      break;
    case Extra::inner_map:
      second = context.create({.map_type = MapType::array, .key_size = 4, .value_size = 4, .max_entries = 1});
      attr.inner_map_fd = static_cast<std::uint32_t>(second.fd.get());
      break;
    case Extra::types:
      second = context.load_btf(btf::kIntBlob);
      attr.btf_fd = static_cast<std::uint32_t>(second.fd.get());
      attr.btf_key_type_id = attr.btf_value_type_id = 1;
      break;
    case Extra::page:
      attr.max_entries = static_cast<std::uint32_t>(::getpagesize());
      break;
    case Extra::struct_ops:
      attr.btf_vmlinux_value_type_id = 1;
      break;
    case Extra::bad_token:
      attr.map_token_fd = -1;
      break;
    case Extra::bad_module:
      attr.btf_vmlinux_value_type_id = 1;
      attr.value_type_btf_obj_fd = -1;
      break;
  }
  return second;
}

// Whether this errno, though a failure, is one that only a kernel with the feature gives.
bool proves(Extra extra, const Outcome& outcome) {
  switch (extra) {
    case Extra::struct_ops:
      return outcome.says(kEnotsupp);
    case Extra::bad_token:
    case Extra::bad_module:
      return outcome.says(EBADF);
    default:
      return false;
  }
}

Need need_of(const MapProbe& probe) {
  if ((probe.flags & sys::kMapZeroSeed) != 0) return Need::admin_map;
  switch (probe.type()) {
    case MapType::devmap:
    case MapType::devmap_hash:
    case MapType::sockmap:
    case MapType::sockhash:
    case MapType::xskmap:
      return Need::network_map;
    default:
      return Need::map;
  }
}

Answer try_map(Context& context, const MapProbe& probe, std::string_view what) {
  sys::MapCreateAttr attr;
  attr.map_type = probe.type();
  attr.key_size = probe.key_size;
  attr.value_size = probe.value_size;
  attr.max_entries = probe.max_entries;
  attr.map_flags = probe.flags;
  const Outcome second = add_extra(context, probe.extra, attr);
  if (!second.ok()) return refused(context, second, need_of(probe), "BTF_LOAD or MAP_CREATE of what the map needs");
  const Outcome outcome = context.create(attr);
  if (outcome.ok() || proves(probe.extra, outcome)) return supported();
  return refused(context, outcome, need_of(probe), what);
}

}  // namespace

const Release* map_release(std::uint32_t number) {
  return number < std::size(kMaps) ? &kMaps[number].release : nullptr;
}
const Row* map_flag_row(std::uint32_t number) { return number < std::size(kFlags) ? &kFlags[number].row : nullptr; }

// No row is numbered as a flag that has none.
Feature map_flag(std::uint32_t flag) {
  std::uint32_t row = 0;
  while (row < std::size(kFlags) && std::bit_floor(kFlags[row].probe.flags) != flag) ++row;
  return {.group = Group::map_flag, .number = row < std::size(kFlags) ? row : flag};
}

Answer probe_map(Context& context, MapType type) {
  return try_map(context, kMaps[static_cast<std::uint32_t>(type)].probe, "BPF_MAP_CREATE");
}

// A flag that is unknown and a type that is unknown fail alike, so the type is asked for first.
Answer probe_map_flag(Context& context, std::uint32_t row) {
  const Answer& of_type = ask_map(context, kFlags[row].probe.type());
  if (of_type.verdict != Verdict::supported) {
    Answer out = of_type;
    out.sentence = cat("maps of type ", ebpf::name(kFlags[row].probe.type()), ": ", out.sentence);
    return out;
  }
  return try_map(context, kFlags[row].probe, "BPF_MAP_CREATE with the flag");
}

const Answer& ask_map(Context& context, MapType type) {
  if (const Answer* known = context.known(feature(type))) return *known;
  return context.keep(feature(type), probe_map(context, type));
}

}  // namespace ebpf::features
