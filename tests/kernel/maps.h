// What the tests of maps share: maps made in one line, and their contents as something to compare with.
#pragma once

#include <cstdint>
#include <map>

#include "tests/kernel/objects.h"

namespace ebpf::test {

inline constexpr std::uint32_t kNoPrealloc = 1u << 0;
inline constexpr std::uint32_t kReadOnlyForPrograms = 1u << 7;
inline constexpr std::uint32_t kMmapable = 1u << 10;

struct Pair {
  std::uint64_t first;
  std::uint64_t second;
  bool operator==(const Pair&) const = default;
};

inline Map make(MapType type, std::uint32_t key_size, std::uint32_t value_size, std::uint32_t max_entries,
                std::uint32_t flags = 0) {
  MapSpec spec;
  spec.name = "test";
  spec.type = type;
  spec.key_size = key_size;
  spec.value_size = value_size;
  spec.max_entries = max_entries;
  spec.flags = flags;
  return ok(Map::create(spec));
}

inline Map make_hash(std::uint32_t max_entries = 100) { return make(MapType::hash, 4, 8, max_entries); }

inline std::uint32_t id_of(const Map& map) { return ok(map.info()).id; }

// The elements of a hash of u32 to u64, sorted.
inline std::map<std::uint32_t, std::uint64_t> elements(const Map& map) {
  std::map<std::uint32_t, std::uint64_t> all;
  ok(map.for_each<std::uint32_t, std::uint64_t>([&](std::uint32_t key, std::uint64_t value) { all[key] = value; }));
  return all;
}

}  // namespace ebpf::test
