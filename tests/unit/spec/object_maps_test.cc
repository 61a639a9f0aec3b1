// Maps of the objects in testdata/: their attributes, types and static contents.
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

constexpr std::uint32_t kNoPrealloc = 1, kNumaNode = 4, kMmapable = 1u << 10;

struct ExpectedMap {
  std::string_view name;
  std::uint32_t type;  // BPF_MAP_TYPE_*
  std::uint32_t key_size, value_size, max_entries;
  std::uint32_t flags = 0;
  std::uint64_t map_extra = 0;
};

// maps.bpf.c, and the later ones by the first kernel that has them all.
constexpr ExpectedMap kMaps[] = {
    {"hash", 1, 4, 16, 128},
    {"hash_by_size", 1, 12, 20, 16},
    {"hash_on_node", 1, 8, 16, 16, kNoPrealloc | kNumaNode},
    {"hash_with_lock", 1, 4, 8, 4},
    {"array", 2, 4, 8, 8},
    {"array_mmapable", 2, 4, 8, 512, kMmapable},
    {"percpu_hash", 5, 4, 8, 16},
    {"percpu_array", 6, 4, 16, 4},
    {"lru_hash", 9, 4, 4, 64},
    {"lru_percpu_hash", 10, 4, 4, 64},
    {"lpm_trie", 11, 8, 4, 32, kNoPrealloc},
    {"queue", 22, 0, 4, 8},
    {"stack", 23, 0, 8, 8},
    {"ringbuf", 27, 0, 0, 4096},
    {"perf_event_array", 4, 4, 4, 0},
    {"stack_trace", 7, 4, 128, 64},
    {"cgroup_array", 8, 4, 4, 2},
    {"prog_array", 3, 4, 4, 3},
    {"inner_first", 2, 4, 8, 2},
    {"inner_second", 2, 4, 8, 2},
    {"array_of_maps", 12, 4, 4, 4},
    {"hash_of_maps", 13, 4, 4, 4},
    {"hash_of_unnamed_maps", 13, 16, 4, 4},
    {"devmap", 14, 4, 8, 4},
    {"devmap_hash", 25, 4, 4, 4},
    {"cpumap", 16, 4, 8, 1},
    {"xskmap", 17, 4, 4, 4},
    {"sockmap", 15, 4, 8, 4},
    {"sockhash", 18, 16, 4, 4},
    {"reuseport_sockarray", 20, 4, 8, 4},
    {"cgroup_storage", 19, 16, 16, 0},
    {"percpu_cgroup_storage", 21, 16, 16, 0},
    {"sk_storage", 24, 4, 16, 0, kNoPrealloc},
    {"inode_storage", 28, 4, 16, 0, kNoPrealloc},
};

constexpr ExpectedMap kMapsSince61[] = {
    {"task_storage", 29, 4, 16, 0, kNoPrealloc},
    {"bloom_filter", 30, 0, 4, 100, 0, 3},
    {"user_ringbuf", 31, 0, 0, 4096},
};

constexpr ExpectedMap kMapsSince69[] = {
    {"cgrp_storage", 32, 4, 16, 0, kNoPrealloc},
    {"arena", 33, 0, 0, 4, kMmapable},
};

void check_maps(const CollectionSpec& spec, std::span<const ExpectedMap> expected_maps) {
  for (const ExpectedMap& expected : expected_maps) {
    CAPTURE(std::string(expected.name));
    const auto map = spec.map(expected.name);
    REQUIRE(map);
    CHECK(map->section == ".maps");
    CHECK(static_cast<std::uint32_t>(map->type) == expected.type);
    CHECK(map->key_size == expected.key_size);
    CHECK(map->value_size == expected.value_size);
    CHECK(map->max_entries == expected.max_entries);
    CHECK(map->flags == expected.flags);
    CHECK(map->map_extra == expected.map_extra);
    CHECK(map->numa_node == 0);
    CHECK(map->pinning == Pinning::none);
    CHECK(!map->is_data);
    CHECK(!map->freeze);
    CHECK(map->data.empty());
    CHECK(map->contents.empty());
  }
}

TEST_CASE("spec: BTF-defined maps with all attributes, by each compiler and in each byte order") {
  for (const std::string variant : {"", "_clang14", "_eb", "_stripped"}) {
    CAPTURE(variant);
    const CollectionSpec spec = parsed("maps" + variant + ".bpf.o");
    CHECK(spec.license == "GPL");
    CHECK(spec.maps.size() == std::size(kMaps) + 1);
    check_maps(spec, kMaps);
    CHECK(spec.types.describe(spec.map("hash")->key_type) == "__u32");
    CHECK(spec.types.describe(spec.map("hash")->value_type) == "struct pair");
    CHECK(spec.map("hash_by_size")->key_type == 0);
    CHECK(spec.map("hash_by_size")->value_type == 0);
    CHECK(spec.types.describe(spec.map("hash_on_node")->key_type) == "__u64");
    CHECK(spec.map("queue")->key_type == 0);
    // The order of the file, then the data sections.
    CHECK(spec.maps.back().name == ".bss");
    CHECK(spec.maps.back().is_data);
  }
}

TEST_CASE("spec: BTF-defined maps of later types") {
  for (const std::string variant : {"", "_clang14", "_eb", "_stripped"}) {
    CAPTURE(variant);
    const CollectionSpec since_6_1 = parsed("maps_since_6_1" + variant + ".bpf.o");
    CHECK(since_6_1.maps.size() == std::size(kMapsSince61));
    check_maps(since_6_1, kMapsSince61);
    const CollectionSpec since_6_9 = parsed("maps_since_6_9" + variant + ".bpf.o");
    CHECK(since_6_9.maps.size() == std::size(kMapsSince69));
    check_maps(since_6_9, kMapsSince69);
  }
}

TEST_CASE("spec: static contents of program arrays and of maps of maps") {
  for (const std::string object : {"maps.bpf.o", "maps_clang14.bpf.o", "maps_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    const auto programs = spec.map("prog_array");
    REQUIRE(programs);
    REQUIRE(programs->slots.size() == 2);
    CHECK(programs->slots[0].index == 0);
    CHECK(programs->slots[0].name == "tail_first");
    CHECK(programs->slots[1].index == 2);
    CHECK(programs->slots[1].name == "tail_second");
    CHECK(programs->inner.empty());

    const auto array = spec.map("array_of_maps");
    REQUIRE(array);
    REQUIRE(array->slots.size() == 2);
    CHECK(array->slots[0].index == 0);
    CHECK(array->slots[0].name == "inner_first");
    CHECK(array->slots[1].index == 3);
    CHECK(array->slots[1].name == "inner_second");
    REQUIRE(array->inner.size() == 1);
    CHECK(array->inner[0].type == MapType::array);
    CHECK(array->inner[0].max_entries == 2);
    CHECK(array->inner[0].value_size == 8);

    const auto hash = spec.map("hash_of_maps");
    REQUIRE(hash);
    REQUIRE(hash->slots.size() == 1);
    CHECK(hash->slots[0].index == 1);
    CHECK(hash->slots[0].name == "inner_first");

    const auto unnamed = spec.map("hash_of_unnamed_maps");
    REQUIRE(unnamed);
    CHECK(unnamed->slots.empty());
    REQUIRE(unnamed->inner.size() == 1);
    CHECK(unnamed->inner[0].type == MapType::hash);
    CHECK(unnamed->inner[0].key_size == 8);
    CHECK(unnamed->inner[0].value_size == 16);
    CHECK(unnamed->inner[0].max_entries == 8);
    CHECK(spec.types.describe(unnamed->inner[0].value_type) == "struct pair");
    CHECK(unnamed->inner[0].inner.empty());
  }
}

TEST_CASE("spec: pinning") {
  for (const std::string object : {"pinning.bpf.o", "pinning_clang14.bpf.o", "pinning_eb.bpf.o"}) {
    CAPTURE(object);
    const CollectionSpec spec = parsed(object);
    CHECK(spec.map("shared")->pinning == Pinning::by_name);
    CHECK(spec.map("unpinned")->pinning == Pinning::none);
  }
}

}  // namespace
}  // namespace ebpf
