// BPF_MAP_CREATE with the retries and the explanations that go with it. Internal; Map::create and the loader use it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ebpf/base/error.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"

namespace ebpf::load {

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
  int inner_map_fd = -1;
  int btf_fd = -1;
  btf::TypeId key_type = 0;
  btf::TypeId value_type = 0;
};

// Those of a spec, without types and inner map.
MapAttributes plain_attributes(const MapSpec& spec);

// Creates the map; once more without types where the kernel refuses them for this map. A map-in-map takes the template
// of its inner maps from `inner` (MapSpec::inner). Errors: with the attributes that are the likely cause.
Result<Fd> create_map(MapAttributes attributes, std::span<const MapSpec> inner = {});

// Copies a name into one of the kernel's fields of 16 bytes: cut to 15, with what the kernel does not allow made '_'.
void copy_object_name(char (&out)[16], std::string_view name);

}  // namespace ebpf::load
