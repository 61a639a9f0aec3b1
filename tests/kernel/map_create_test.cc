// Creating maps: every type that the kernel can create, from an object and by hand, and what it refuses.
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "ebpf/sys/kernel_version.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// Loads the object, and compares what the kernel says about each map with its definition.
void check_object(const std::string& object) {
  CAPTURE(object);
  const CollectionSpec spec = read_object(object);
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.maps.size() == spec.maps.size());
  for (const MapSpec& wanted : spec.maps) {
    CAPTURE(wanted.name);
    const Map& map = *objects.map(wanted.name);
    const MapDetails there = ok(map.info());
    CHECK(there.type == wanted.type);
    CHECK(map.type() == wanted.type);
    CHECK(there.key_size == map.key_size());
    CHECK(there.value_size == map.value_size());
    CHECK(there.max_entries == map.max_entries());
    CHECK(there.value_size == wanted.value_size);
    CHECK(there.key_size == wanted.key_size);
    CHECK(there.map_extra == wanted.map_extra);
    CHECK(there.id != 0);
    if (!wanted.is_data) CHECK(there.name == wanted.name.substr(0, 15));
    // The kernel adds this flag to device maps by itself.
    const bool device = wanted.type == MapType::devmap || wanted.type == MapType::devmap_hash;
    CHECK((there.flags & ~(device ? kReadOnlyForPrograms : 0)) == wanted.flags);
    if (wanted.type == MapType::perf_event_array && wanted.max_entries == 0)
      CHECK(there.max_entries == ok(sys::possible_cpus()));
    else
      CHECK(there.max_entries == wanted.max_entries);
  }
}

// The kernel has the types of the values of these maps.
void check_value_types(const Collection& objects, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    CAPTURE(std::string(name));
    const MapDetails details = ok(objects.map(name)->info());
    CHECK(details.btf_id != 0);
    CHECK(details.value_type != 0);
  }
}

struct ByHand {
  MapType type;
  std::uint32_t key_size, value_size, max_entries, flags = 0;
};

void check_by_hand(std::span<const ByHand> cases) {
  const std::size_t before = open_fd_count();
  for (const ByHand& c : cases) {
    const std::string type(name(c.type));
    CAPTURE(type);
    const Map map = make(c.type, c.key_size, c.value_size, c.max_entries, c.flags);
    const MapDetails details = ok(map.info());
    CHECK(details.type == c.type);
    CHECK(details.key_size == c.key_size);
    CHECK(details.value_size == c.value_size);
    CHECK(details.max_entries == c.max_entries);
    CHECK(details.name == "test");
    CHECK(map.name == "test");
  }
  CHECK(open_fd_count() == before);
}

}  // namespace

TEST_CASE("every map of an object is created as its definition says") {
  require_root_and_bpf();
  CHECK(read_object("maps").maps.size() >= 35);
  for (const std::string object : {"maps", "maps_clang14", "maps_stripped"}) check_object(object);
}

TEST_CASE("every map of an object is created as its definition says: the types of 6.1") {
  require_root_and_bpf();
  test_requires(map_type(MapType::task_storage), map_type(MapType::bloom_filter), map_type(MapType::user_ringbuf));
  for (const std::string object : {"maps_since_6_1", "maps_since_6_1_clang14"}) check_object(object);
  check_value_types(load_object("maps_since_6_1"), {"task_storage"});
}

TEST_CASE("every map of an object is created as its definition says: the types of 6.9") {
  require_root_and_bpf();
  test_requires(map_type(MapType::cgrp_storage), map_type(MapType::arena));
  for (const std::string object : {"maps_since_6_9", "maps_since_6_9_clang14"}) check_object(object);
  check_value_types(load_object("maps_since_6_9"), {"cgrp_storage"});
}

TEST_CASE("maps know the types of their keys and values") {
  require_root_and_bpf();
  const Collection objects = load_object("maps");
  check_value_types(objects, {"hash", "array", "lru_hash", "percpu_array", "hash_with_lock", "sk_storage"});
  CHECK(ok(objects.map("hash")->info()).key_type != 0);
}

TEST_CASE("every type of map that needs no types of its own can be made by hand") {
  require_root_and_bpf();
  const ByHand cases[] = {
      {MapType::hash, 3, 5, 7},
      {MapType::array, 4, 5, 7},
      {MapType::prog_array, 4, 4, 7},
      {MapType::perf_event_array, 4, 4, 2},
      {MapType::percpu_hash, 4, 8, 7},
      {MapType::percpu_array, 4, 8, 7},
      {MapType::stack_trace, 4, 64, 7},
      {MapType::cgroup_array, 4, 4, 7},
      {MapType::lru_hash, 4, 8, 7},
      {MapType::lru_percpu_hash, 4, 8, 7},
      {MapType::lpm_trie, 8, 4, 7, kNoPrealloc},
      {MapType::devmap, 4, 4, 7},
      {MapType::sockmap, 4, 4, 7},
      {MapType::cpumap, 4, 4, 1},
      {MapType::xskmap, 4, 4, 7},
      {MapType::sockhash, 4, 4, 7},
      {MapType::cgroup_storage, 16, 8, 0},
      {MapType::reuseport_sockarray, 4, 8, 7},
      {MapType::percpu_cgroup_storage, 16, 8, 0},
      {MapType::queue, 0, 4, 7},
      {MapType::stack, 0, 4, 7},
      {MapType::devmap_hash, 4, 4, 7},
      {MapType::ringbuf, 0, 0, 4096},
  };
  check_by_hand(cases);
}

TEST_CASE("later types of maps can be made by hand: bloom filters, ring buffers of the user's") {
  require_root_and_bpf();
  test_requires(map_type(MapType::bloom_filter), map_type(MapType::user_ringbuf));
  const ByHand cases[] = {
      {MapType::bloom_filter, 0, 4, 7},
      {MapType::user_ringbuf, 0, 0, 4096},
  };
  check_by_hand(cases);
}

TEST_CASE("later types of maps can be made by hand: arenas") {
  require_root_and_bpf();
  test_requires(map_type(MapType::arena));
  const ByHand cases[] = {{MapType::arena, 0, 0, 2, kMmapable}};
  check_by_hand(cases);
}

TEST_CASE("a map of maps by hand: the spec's inner map is the template") {
  require_root_and_bpf();
  MapSpec inner;
  inner.type = MapType::array;
  inner.key_size = 4;
  inner.value_size = 8;
  inner.max_entries = 2;
  for (const MapType type : {MapType::array_of_maps, MapType::hash_of_maps}) {
    MapSpec spec;
    spec.name = "outer";
    spec.type = type;
    spec.key_size = 4;
    spec.value_size = 4;
    spec.max_entries = 3;
    spec.inner = {inner};
    const std::size_t before = open_fd_count();
    const Map outer = ok(Map::create(spec));
    CHECK(open_fd_count() == before + 1);  // the template is not kept
    const Map one = make(MapType::array, 4, 8, 2);
    ok(outer.update(1u, static_cast<std::uint32_t>(one.fd().get())));
    CHECK(ok(outer.lookup<std::uint32_t>(1u)) == id_of(one));
    CHECK(ok(outer.lookup<std::uint32_t>(2u)) == std::nullopt);
    const Map other = make(MapType::array, 4, 16, 2);
    CHECK(error_of(outer.update(1u, static_cast<std::uint32_t>(other.fd().get()))).os_error() == EINVAL);
  }
}

TEST_CASE("what the kernel itself says about a map that it refuses is in the error") {
  require_root_and_bpf();
  test_requires(kernel(7, 3));
  const Error error = error_of(Map::create(
      {.name = "m", .type = MapType::hash, .key_size = 4, .value_size = 4, .max_entries = 1, .map_extra = 1}));
  CAPTURE(error.message());
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "the kernel says: "));
  CHECK(contains(error.message(), "map_extra"));
}

TEST_CASE("what the kernel refuses to create is an error that names the map") {
  require_root_and_bpf();
  const auto refusal = [](MapSpec spec) {
    spec.name = "refused";
    const Error error = error_of(Map::create(spec));
    CAPTURE(error.message());
    CHECK(contains(error.message(), "refused"));
    return error.code();
  };
  const std::size_t before = open_fd_count();
  MapSpec spec;
  spec.type = MapType::hash;
  spec.value_size = 8;
  spec.max_entries = 10;
  CHECK(refusal(spec) == errc::invalid_argument);  // no key size
  spec.key_size = 4;
  spec.max_entries = 0;
  CHECK(refusal(spec) == errc::invalid_argument);
  spec.type = MapType::array;
  spec.key_size = 8;
  spec.max_entries = 1;
  CHECK(refusal(spec) == errc::invalid_argument);  // an array's key has four bytes
  spec.type = MapType::array_of_maps;
  spec.key_size = 4;
  spec.value_size = 4;
  refusal(spec);  // no template
  spec.type = MapType::sk_storage;
  spec.flags = kNoPrealloc;
  spec.max_entries = 0;
  refusal(spec);  // no types
  spec.type = static_cast<MapType>(1000);
  refusal(spec);  // no such type
  CHECK(open_fd_count() == before);
}
