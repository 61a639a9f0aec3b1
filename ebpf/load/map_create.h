// BPF_MAP_CREATE with the retries and the explanations that go with it. Internal; Map::create and the loader use it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ebpf/base/error.h"
#include "ebpf/base/sha256.h"
#include "ebpf/load/token.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/mmap.h"

namespace ebpf::loader {

// What the kernel is asked for.
struct MapAttributes {
  std::string name;
  MapType type;
  std::uint32_t key_size;
  std::uint32_t value_size;
  std::uint32_t max_entries;
  std::uint32_t flags;
  std::uint64_t map_extra;
  std::uint32_t numa_node;
  std::uint32_t ifindex;
  btf::TypeId key_type;                     // in the BTF that create_map is given
  btf::TypeId value_type;                   // likewise
  btf::TypeId kernel_value_type = 0;        // of struct_ops: in the kernel's BTF, or the module's
  int module_btf = -1;                      // that module's BTF
  bool mmap_optional = false;               // a kernel that does not know BPF_F_MMAPABLE (before 5.5) may do without
  std::optional<Sha256> exclusive_to = {};  // the hash of the program that it is for, and for no other (6.18)
};

// Refuses a spec whose definition says more than is known (MapSpec::extra).
Result<void> check_extra(const MapSpec& spec);

// Those of a spec, as they stand there.
MapAttributes attributes_of(const MapSpec& spec);

// Fills in the sizes that depend on the machine: CPUs, pages (size_maps.cc).
Result<void> adjust_sizes(MapAttributes& attributes);

// Creates the map; without what only newer kernels know and the map can do without, where the kernel refuses that:
// `attributes` says afterwards what the map has. A map-in-map takes the template of its inner maps from `inner`
// (MapSpec::inner). `btf_fd` is -1 where there are no types. Errors: with the attributes that are the likely cause.
Result<Fd> create_map(MapAttributes& attributes, std::span<const MapSpec> inner, int btf_fd, Token& token);

// Where an arena's variables (MapSpec::data) begin, in bytes from its own beginning: as near to its end as whole pages
// allow, so that no variable's address has a zero for its lower half. From 512 MiB on, which older verifiers do not let
// an instruction point to, they are at the beginning. Errors: out_of_range where they do not fit.
Result<std::uint64_t> arena_data_offset(const MapSpec& spec, std::uint32_t max_entries);

// The memory of an arena, which the kernel wants mapped before a program that uses it is loaded: at the address that
// map_extra says, or anywhere.
Result<sys::Mapping> map_arena(const MapAttributes& attributes, const Fd& fd);

// Copies a name into one of the kernel's fields of 16 bytes: cut to 15, with what the kernel does not allow made '_'.
void copy_object_name(char (&out)[16], std::string_view name);

}  // namespace ebpf::loader
