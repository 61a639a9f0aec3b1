// Maps: every type that the kernel can create, from an object and by hand; their elements, contents, pins and memory.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ebpf/sys/kernel_version.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

constexpr std::uint32_t kNoPrealloc = 1u << 0;
constexpr std::uint32_t kReadOnlyForPrograms = 1u << 7;
constexpr std::uint32_t kMmapable = 1u << 10;

struct Pair {
  std::uint64_t first;
  std::uint64_t second;
  bool operator==(const Pair&) const = default;
};

Map make(MapType type, std::uint32_t key_size, std::uint32_t value_size, std::uint32_t max_entries,
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

Map make_hash(std::uint32_t max_entries = 100) { return make(MapType::hash, 4, 8, max_entries); }

std::uint32_t id_of(const Map& map) { return ok(map.info()).id; }

// The elements of a hash of u32 to u64, sorted.
std::map<std::uint32_t, std::uint64_t> elements(const Map& map) {
  std::map<std::uint32_t, std::uint64_t> all;
  ok(map.for_each<std::uint32_t, std::uint64_t>([&](std::uint32_t key, std::uint64_t value) { all[key] = value; }));
  return all;
}

}  // namespace

// ---- creation ----

TEST_CASE("every map of an object is created as its definition says") {
  require_root_and_bpf();
  for (const std::string object : {"maps", "maps_clang14", "maps_stripped"}) {
    CAPTURE(object);
    const CollectionSpec spec = read_object(object);
    Collection objects = ok(Collection::load(spec));
    CHECK(objects.maps.size() == spec.maps.size());
    CHECK(spec.maps.size() >= 40);
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
}

TEST_CASE("maps know the types of their keys and values") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("maps");
  Collection objects = ok(Collection::load(spec));
  for (const char* name :
       {"hash", "array", "lru_hash", "percpu_array", "hash_with_lock", "sk_storage", "task_storage"}) {
    CAPTURE(std::string(name));
    const MapDetails details = ok(objects.map(name)->info());
    CHECK(details.btf_id != 0);
    CHECK(details.value_type != 0);
  }
  CHECK(ok(objects.map("hash")->info()).key_type != 0);
}

TEST_CASE("every type of map that needs no types of its own can be made by hand") {
  require_root_and_bpf();
  struct Case {
    MapType type;
    std::uint32_t key_size, value_size, max_entries, flags;
  };
  const Case cases[] = {
      {MapType::hash, 3, 5, 7, 0},
      {MapType::array, 4, 5, 7, 0},
      {MapType::prog_array, 4, 4, 7, 0},
      {MapType::perf_event_array, 4, 4, 2, 0},
      {MapType::percpu_hash, 4, 8, 7, 0},
      {MapType::percpu_array, 4, 8, 7, 0},
      {MapType::stack_trace, 4, 64, 7, 0},
      {MapType::cgroup_array, 4, 4, 7, 0},
      {MapType::lru_hash, 4, 8, 7, 0},
      {MapType::lru_percpu_hash, 4, 8, 7, 0},
      {MapType::lpm_trie, 8, 4, 7, kNoPrealloc},
      {MapType::devmap, 4, 4, 7, 0},
      {MapType::sockmap, 4, 4, 7, 0},
      {MapType::cpumap, 4, 4, 1, 0},
      {MapType::xskmap, 4, 4, 7, 0},
      {MapType::sockhash, 4, 4, 7, 0},
      {MapType::cgroup_storage, 16, 8, 0, 0},
      {MapType::reuseport_sockarray, 4, 8, 7, 0},
      {MapType::percpu_cgroup_storage, 16, 8, 0, 0},
      {MapType::queue, 0, 4, 7, 0},
      {MapType::stack, 0, 4, 7, 0},
      {MapType::devmap_hash, 4, 4, 7, 0},
      {MapType::ringbuf, 0, 0, 4096, 0},
      {MapType::bloom_filter, 0, 4, 7, 0},
      {MapType::user_ringbuf, 0, 0, 4096, 0},
      {MapType::arena, 0, 0, 2, kMmapable},
  };
  const std::size_t before = open_fd_count();
  for (const Case& c : cases) {
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

// ---- elements ----

TEST_CASE("hash: insert, look up, replace, remove, absent keys") {
  require_root_and_bpf();
  const Map map = make_hash();
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == std::nullopt);
  CHECK_FALSE(ok(map.remove(1u)));
  ok(map.update(1u, std::uint64_t{10}));
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == 10);
  ok(map.update(1u, std::uint64_t{11}));
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == 11);
  CHECK(ok(map.remove(1u)));
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == std::nullopt);
}

TEST_CASE("update modes") {
  require_root_and_bpf();
  const Map map = make_hash();
  CHECK(error_of(map.update(1u, std::uint64_t{1}, UpdateMode::only_existing)).code() == errc::not_found);
  ok(map.update(1u, std::uint64_t{1}, UpdateMode::only_new));
  CHECK(error_of(map.update(1u, std::uint64_t{2}, UpdateMode::only_new)).code() == errc::already_exists);
  ok(map.update(1u, std::uint64_t{3}, UpdateMode::only_existing));
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == 3);
}

TEST_CASE("a full hash says so") {
  require_root_and_bpf();
  const Map map = make_hash(2);
  ok(map.update(1u, std::uint64_t{1}));
  ok(map.update(2u, std::uint64_t{1}));
  const Error error = error_of(map.update(3u, std::uint64_t{1}));
  CAPTURE(error.message());
  CHECK(error.os_error() == E2BIG);
  CHECK(contains(error.message(), "test"));
}

TEST_CASE("keys and values of structs, and of bytes") {
  require_root_and_bpf();
  const Map map = make(MapType::hash, sizeof(Pair), sizeof(Pair), 10);
  ok(map.update(Pair{1, 2}, Pair{3, 4}));
  CHECK(ok(map.lookup<Pair>(Pair{1, 2})) == Pair{3, 4});
  CHECK(ok(map.lookup<Pair>(Pair{1, 3})) == std::nullopt);
  std::array<std::byte, 16> key{}, value{};
  key[0] = std::byte{1};
  key[8] = std::byte{2};
  CHECK(ok(map.lookup_bytes(key, value)));
  CHECK(value[0] == std::byte{3});
  ok(map.update_bytes(key, value));
  CHECK(ok(map.remove_bytes(key)));
}

TEST_CASE("keys and values of another size than the map's are refused") {
  require_root_and_bpf();
  const Map map = make_hash();
  ok(map.update(1u, std::uint64_t{1}));
  const auto mismatch = [](const auto& result) {
    REQUIRE_FALSE(result);
    CAPTURE(result.error().message());
    CHECK(result.error().code() == errc::type_mismatch);
    CHECK(contains(result.error().message(), "test"));
  };
  mismatch(map.lookup<std::uint32_t>(1u));
  mismatch(map.lookup<std::uint64_t>(std::uint64_t{1}));
  mismatch(map.update(1u, 1u));
  mismatch(map.update(std::uint8_t{1}, std::uint64_t{1}));
  mismatch(map.remove(std::uint16_t{1}));
  mismatch(map.lookup_and_remove<std::uint32_t>(1u));
  mismatch(map.push(std::uint64_t{1}));
  mismatch(map.pop<std::uint64_t>());
  mismatch(map.peek<std::uint64_t>());
  mismatch(map.for_each<std::uint32_t, std::uint32_t>([](std::uint32_t, std::uint32_t) {}));
  std::array<std::byte, 3> three{};
  std::array<std::byte, 8> eight{};
  mismatch(map.lookup_bytes(three, eight));
  mismatch(map.next_key_bytes({}, three));
  mismatch(map.next_key_bytes(three, std::span(eight).first(4)));
}

TEST_CASE("array: all elements are there, none can be removed, none is past the end") {
  require_root_and_bpf();
  const Map map = make(MapType::array, 4, 8, 4);
  CHECK(ok(map.lookup<std::uint64_t>(3u)) == 0);
  ok(map.update(3u, std::uint64_t{30}));
  CHECK(ok(map.lookup<std::uint64_t>(3u)) == 30);
  CHECK(ok(map.lookup<std::uint64_t>(4u)) == std::nullopt);
  CHECK_FALSE(map.update(4u, std::uint64_t{1}));
  CHECK(error_of(map.remove(1u)).code() == errc::invalid_argument);
  CHECK(elements(map) == std::map<std::uint32_t, std::uint64_t>{{0, 0}, {1, 0}, {2, 0}, {3, 30}});
}

TEST_CASE("per-CPU maps: a value for each possible CPU") {
  require_root_and_bpf();
  const std::size_t cpus = ok(sys::possible_cpus());
  for (const MapType type : {MapType::percpu_array, MapType::percpu_hash, MapType::lru_percpu_hash}) {
    CAPTURE(std::string(name(type)));
    const Map map = make(type, 4, 4, 64);
    CHECK(map.is_per_cpu());
    CHECK(map.value_size() == 4);
    CHECK(ok(map.value_bytes()) == 8 * cpus);
    std::vector<std::byte> bytes(8 * cpus);
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) bytes[cpu * 8] = static_cast<std::byte>(cpu + 1);
    ok(map.update_bytes(as_byte_span(1u), bytes));
    const auto values = ok(map.lookup_per_cpu<std::uint32_t>(1u));
    REQUIRE(values.has_value());
    REQUIRE(values->size() == cpus);
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) CHECK((*values)[cpu] == cpu + 1);
    CHECK(error_of(map.lookup<std::uint32_t>(1u)).code() == errc::type_mismatch);
    CHECK(error_of(map.lookup_per_cpu<std::uint64_t>(1u)).code() == errc::type_mismatch);
    if (type != MapType::percpu_array) CHECK(ok(map.lookup_per_cpu<std::uint32_t>(9u)) == std::nullopt);
  }
  const Map hash = make_hash();
  CHECK_FALSE(hash.is_per_cpu());
  CHECK(ok(hash.value_bytes()) == 8);
  CHECK_FALSE(hash.lookup_per_cpu<std::uint64_t>(1u));
}

TEST_CASE("what a program counts in a per-CPU map adds up") {
  require_root_and_bpf();
  Collection objects = load_object("maps");
  for (int i = 0; i < 5; ++i) CHECK(run(objects, "count") == 0);
  std::uint64_t sum = 0;
  const auto pairs = ok(objects.map("percpu_array")->lookup_per_cpu<Pair>(0u));
  for (const Pair& pair : pairs.value()) sum += pair.first;
  CHECK(sum == 5);
}

TEST_CASE("LRU: what is too much pushes something out") {
  require_root_and_bpf();
  const Map map = make(MapType::lru_hash, 4, 8, 64);
  for (std::uint32_t i = 0; i < 1000; ++i) ok(map.update(i, std::uint64_t{i}));
  const auto all = elements(map);
  CHECK(all.size() <= 64);
  CHECK_FALSE(all.empty());
  for (const auto& [key, value] : all) CHECK(key == value);
}

TEST_CASE("LPM trie: the longest prefix wins") {
  require_root_and_bpf();
  struct Prefix {
    std::uint32_t bits;
    std::array<std::uint8_t, 4> address;
  };
  const Map map = make(MapType::lpm_trie, 8, 4, 8, kNoPrealloc);
  ok(map.update(Prefix{8, {10, 0, 0, 0}}, 1u));
  ok(map.update(Prefix{24, {10, 1, 2, 0}}, 2u));
  CHECK(ok(map.lookup<std::uint32_t>(Prefix{32, {10, 1, 2, 3}})) == 2);
  CHECK(ok(map.lookup<std::uint32_t>(Prefix{32, {10, 9, 9, 9}})) == 1);
  CHECK(ok(map.lookup<std::uint32_t>(Prefix{32, {11, 0, 0, 1}})) == std::nullopt);
  CHECK(ok(map.remove(Prefix{24, {10, 1, 2, 0}})));
  CHECK(ok(map.lookup<std::uint32_t>(Prefix{32, {10, 1, 2, 3}})) == 1);
  int count = 0;
  ok(map.for_each<Prefix, std::uint32_t>([&](Prefix prefix, std::uint32_t) { count += prefix.bits == 8; }));
  CHECK(count == 1);
}

TEST_CASE("queue: first in, first out; stack: last in, first out") {
  require_root_and_bpf();
  for (const MapType type : {MapType::queue, MapType::stack}) {
    CAPTURE(std::string(name(type)));
    const Map map = make(type, 0, 4, 3);
    CHECK(ok(map.pop<std::uint32_t>()) == std::nullopt);
    CHECK(ok(map.peek<std::uint32_t>()) == std::nullopt);
    for (std::uint32_t i = 1; i <= 3; ++i) ok(map.push(i));
    const Error full = error_of(map.push(4u));
    CHECK(full.code() == errc::out_of_range);
    CHECK(full.os_error() == E2BIG);
    const bool first_out = type == MapType::queue;
    CHECK(ok(map.peek<std::uint32_t>()) == (first_out ? 1 : 3));
    CHECK(ok(map.pop<std::uint32_t>()) == (first_out ? 1 : 3));
    CHECK(ok(map.pop<std::uint32_t>()) == 2);
    CHECK(ok(map.pop<std::uint32_t>()) == (first_out ? 3 : 1));
    CHECK(ok(map.pop<std::uint32_t>()) == std::nullopt);
  }
}

TEST_CASE("bloom filter: what was pushed is found") {
  require_root_and_bpf();
  const Map map = make(MapType::bloom_filter, 0, 4, 1000);
  for (std::uint32_t i = 0; i < 10; ++i) ok(map.push(i));
  const auto contains_number = [&](std::uint32_t number) {
    return ok(map.lookup_bytes({}, std::as_writable_bytes(std::span(&number, 1))));
  };
  for (std::uint32_t i = 0; i < 10; ++i) CHECK(contains_number(i));
  int false_positives = 0;
  for (std::uint32_t i = 1000; i < 1100; ++i) false_positives += contains_number(i);
  CHECK(false_positives < 100);
}

TEST_CASE("lookup_and_remove") {
  require_root_and_bpf();
  const Map map = make_hash();
  ok(map.update(1u, std::uint64_t{10}));
  CHECK(ok(map.lookup_and_remove<std::uint64_t>(1u)) == 10);
  CHECK(ok(map.lookup_and_remove<std::uint64_t>(1u)) == std::nullopt);
}

TEST_CASE("for_each sees each element once, and stops where it is told to") {
  require_root_and_bpf();
  const Map map = make_hash();
  std::map<std::uint32_t, std::uint64_t> expected;
  for (std::uint32_t i = 0; i < 100; ++i) {
    expected[i] = i * 3;
    ok(map.update(i, std::uint64_t{i * 3}));
  }
  CHECK(elements(map) == expected);
  int seen = 0;
  ok(map.for_each<std::uint32_t, std::uint64_t>([&](std::uint32_t, std::uint64_t) { return ++seen < 10; }));
  CHECK(seen == 10);
  CHECK(elements(make_hash()).empty());
}

TEST_CASE("for_each while elements are removed: all that stay are seen") {
  require_root_and_bpf();
  const Map map = make_hash(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) ok(map.update(i, std::uint64_t{i}));
  SUBCASE("every other one, by the visitor") {
    std::set<std::uint32_t> seen;
    ok(map.for_each<std::uint32_t, std::uint64_t>([&](std::uint32_t key, std::uint64_t) {
      seen.insert(key);
      if (key % 2 == 0) ok(map.remove(key));
    }));
    for (std::uint32_t i = 1; i < 1000; i += 2) CHECK(seen.contains(i));
    CHECK(elements(map).size() == 500);
  }
  SUBCASE("each one, by the visitor") {
    std::set<std::uint32_t> seen;
    ok(map.for_each<std::uint32_t, std::uint64_t>([&](std::uint32_t key, std::uint64_t) {
      CHECK(seen.insert(key).second);
      ok(map.remove(key));
    }));
    CHECK(seen.size() == 1000);
    CHECK(elements(map).empty());
  }
}

TEST_CASE("next_key_bytes walks through the keys") {
  require_root_and_bpf();
  const Map map = make(MapType::array, 4, 4, 3);
  std::uint32_t key = 0;
  const auto next = std::as_writable_bytes(std::span(&key, 1));
  REQUIRE(ok(map.next_key_bytes({}, next)));
  CHECK(key == 0);
  REQUIRE(ok(map.next_key_bytes(as_byte_span(0u), next)));
  CHECK(key == 1);
  CHECK_FALSE(ok(map.next_key_bytes(as_byte_span(2u), next)));
  CHECK_FALSE(ok(make_hash().next_key_bytes({}, next)));
}

// ---- the map itself ----

TEST_CASE("freeze: no system call can write, reading goes on") {
  require_root_and_bpf();
  const Map map = make_hash();
  ok(map.update(1u, std::uint64_t{1}));
  ok(map.freeze());
  CHECK(error_of(map.update(1u, std::uint64_t{2})).code() == errc::read_only);
  CHECK(error_of(map.remove(1u)).code() == errc::read_only);
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == 1);
}

TEST_CASE("memory: the elements of a mappable array") {
  require_root_and_bpf();
  Collection objects = load_object("maps");
  const Map& map = *objects.map("array_mmapable");
  const Memory memory = ok(map.memory());
  CHECK(memory.size() == 512 * 8);
  CHECK(memory.writable());
  const std::uint64_t value = 0x1122334455667788;
  ok(memory.write(511 * 8, as_byte_span(value)));
  CHECK(ok(map.lookup<std::uint64_t>(511u)) == value);
  ok(map.update(7u, std::uint64_t{77}));
  std::uint64_t read = 0;
  ok(memory.read(7 * 8, std::as_writable_bytes(std::span(&read, 1))));
  CHECK(read == 77);
  run(objects, "count");
  run(objects, "count");
  ok(memory.read(0, std::as_writable_bytes(std::span(&read, 1))));
  CHECK(read == 2);
  std::uint8_t octet = 0;
  ok(memory.read(511 * 8 + 6, std::as_writable_bytes(std::span(&octet, 1))));
  CHECK(octet == 0x22);
  CHECK(error_of(memory.read(511 * 8 + 1, std::as_writable_bytes(std::span(&read, 1)))).code() == errc::out_of_range);
  CHECK(error_of(memory.write(512 * 8, as_byte_span(octet))).code() == errc::out_of_range);
  CHECK(error_of(memory.write(static_cast<std::size_t>(-4), as_byte_span(value))).code() == errc::out_of_range);
}

TEST_CASE("memory: elements are rounded up to eight bytes, and outlive the map") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  Memory memory;
  CHECK_FALSE(static_cast<bool>(memory));
  {
    const Map map = make(MapType::array, 4, 12, 3, kMmapable);
    memory = ok(map.memory());
    std::array<std::uint32_t, 3> value = {1, 2, 3};
    ok(map.update(2u, value));
  }
  CHECK(open_fd_count() == before);
  CHECK(memory.size() == 3 * 16);
  std::uint32_t word = 0;
  ok(memory.read(2 * 16 + 8, std::as_writable_bytes(std::span(&word, 1))));
  CHECK(word == 3);
}

TEST_CASE("memory: read-only where the map is frozen; a map that is mapped for writing cannot be frozen") {
  require_root_and_bpf();
  const Map map = make(MapType::array, 4, 8, 4, kMmapable);
  {
    const Memory memory = ok(map.memory());
    CHECK(error_of(map.freeze()).code() == errc::busy);
  }
  ok(map.freeze());
  const Memory memory = ok(map.memory());
  CHECK_FALSE(memory.writable());
  CHECK(error_of(memory.write(0, as_byte_span(1u))).code() == errc::read_only);
  std::uint32_t word = 1;
  ok(memory.read(0, std::as_writable_bytes(std::span(&word, 1))));
  CHECK(word == 0);
}

TEST_CASE("memory: other maps have none") {
  require_root_and_bpf();
  for (const Map& map : {make(MapType::array, 4, 8, 4), make_hash(), make(MapType::queue, 0, 4, 4)}) {
    const Error error = error_of(map.memory());
    CAPTURE(error.message());
    CHECK(error.code() == errc::not_supported);
    CHECK(contains(error.message(), "test"));
  }
}

TEST_CASE("a pin keeps a map alive until it is removed") {
  private_mounts();
  const std::string path = "/sys/fs/bpf/maps_test_pin";
  std::uint32_t id = 0;
  {
    const Map map = make_hash();
    ok(map.update(1u, std::uint64_t{10}));
    ok(map.pin(path));
    id = id_of(map);
    CHECK(error_of(map.pin(path)).code() == errc::already_exists);
  }
  {
    const Map map = ok(Map::open_pinned(path));
    CHECK(id_of(map) == id);
    CHECK(map.name == "test");
    CHECK(map.max_entries() == 100);
    CHECK(ok(map.lookup<std::uint64_t>(1u)) == 10);
    CHECK_FALSE(Program::open_pinned(path));
  }
  ok(unpin(path));
  CHECK(error_of(Map::open_pinned(path)).code() == errc::not_found);
  CHECK(error_of(unpin(path)).code() == errc::not_found);
  CHECK(error_of(make_hash().pin("/tmp/maps_test_pin")).code() == errc::invalid_argument);
}

TEST_CASE("from_id and from_fd") {
  require_root_and_bpf();
  const Map map = make_hash();
  const Map same = ok(Map::from_id(id_of(map)));
  ok(same.update(1u, std::uint64_t{5}));
  CHECK(ok(map.lookup<std::uint64_t>(1u)) == 5);
  CHECK(error_of(Map::from_id(0x7ffffffe)).code() == errc::not_found);
  CHECK(id_of(ok(Map::from_fd(ok(map.fd().duplicate())))) == id_of(map));
  const std::size_t before = open_fd_count();
  CHECK(error_of(Map::from_fd(ok(Fd::adopt(dup(0))))).code() == errc::invalid_argument);
  CHECK(open_fd_count() == before);
}

TEST_CASE("a map that was taken out of the collection outlives it") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  {
    const Map hash = [] {
      Collection objects = load_object("maps");
      run(objects, "count");
      Map taken = ok(objects.take_map("hash"));
      CHECK(objects.map("hash").error().code() == errc::not_found);
      return taken;
    }();
    CHECK(open_fd_count() == before + 1);
    const std::uint32_t length = kFrameLength - kHeaderLength;
    CHECK(ok(hash.lookup<Pair>(length)) == Pair{1, length});
  }
  CHECK(open_fd_count() == before);
}

// ---- contents from the object and from the spec ----

TEST_CASE("maps of maps are filled in from the object") {
  require_root_and_bpf();
  for (const std::string object : {"maps", "maps_clang14"}) {
    CAPTURE(object);
    Collection objects = load_object(object);
    const Map& array = *objects.map("array_of_maps");
    CHECK(ok(array.lookup<std::uint32_t>(0u)) == id_of(*objects.map("inner_first")));
    CHECK(ok(array.lookup<std::uint32_t>(3u)) == id_of(*objects.map("inner_second")));
    CHECK(ok(array.lookup<std::uint32_t>(1u)) == std::nullopt);
    const Map& hash = *objects.map("hash_of_maps");
    CHECK(ok(hash.lookup<std::uint32_t>(1u)) == id_of(*objects.map("inner_first")));
    CHECK(ok(hash.lookup<std::uint32_t>(0u)) == std::nullopt);

    const auto slot = ok(objects.variable("slot")->as<std::uint32_t>());
    slot.store(3);
    CHECK(run(objects, "count_in_inner") == 0);
    CHECK(ok(objects.map("inner_second")->lookup<std::uint64_t>(0u)) == 1);
    CHECK(ok(objects.map("inner_first")->lookup<std::uint64_t>(0u)) == 0);
    slot.store(2);
    CHECK(run(objects, "count_in_inner") == 1);

    // Filled in by hand, with a map that is like the template.
    const Map another = make(MapType::array, 4, 8, 2);
    ok(array.update(2u, static_cast<std::uint32_t>(another.fd().get())));
    CHECK(run(objects, "count_in_inner") == 0);
    CHECK(ok(another.lookup<std::uint64_t>(0u)) == 1);

    const Map unnamed = make(MapType::hash, 8, 16, 8);
    ok(objects.map("hash_of_unnamed_maps")->update(Pair{1, 1}, static_cast<std::uint32_t>(unnamed.fd().get())));
  }
}

TEST_CASE("a spec's sizes, contents and slots can be changed before the load") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("maps");
  spec.map("hash")->max_entries = 5;
  MapEntry entry;
  const std::uint32_t nine = 9;
  const auto key = as_byte_span(nine);
  const Pair pair{90, 900};
  const auto value = as_byte_span(pair);
  entry.key.assign(key.begin(), key.end());
  entry.value.assign(value.begin(), value.end());
  spec.map("hash")->contents.push_back(entry);
  spec.map("array_of_maps")->slots.push_back({1, "inner_second"});
  spec.map("prog_array")->slots.push_back({1, "tail_first"});
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.map("hash")->max_entries() == 5);
  CHECK(ok(objects.map("hash")->lookup<Pair>(9u)) == pair);
  CHECK(ok(objects.map("array_of_maps")->lookup<std::uint32_t>(1u)) == id_of(*objects.map("inner_second")));
  ok(objects.variable("slot")->as<std::uint32_t>()).store(1);
  CHECK(run(objects, "dispatch") == 11);
}

TEST_CASE("a slot that names nothing is refused, and nothing is created") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read_object("maps");
  spec.map("array_of_maps")->slots.push_back({1, "no_such_map"});
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "array_of_maps"));
  CHECK(contains(error.message(), "no_such_map"));
  CHECK(open_fd_count() == before);
}

// ---- pinning by name ----

namespace {

// A directory on the private bpffs, for one test case.
struct PinRoot {
  explicit PinRoot(const char* name) : path(std::string("/sys/fs/bpf/") + name) {
    private_mounts();
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
  }
  ~PinRoot() {
    (void)unpin(path + "/shared");
    rmdir(path.c_str());
  }
  bool has(const char* name) const { return access((path + "/" + name).c_str(), F_OK) == 0; }

  std::string path;
};

}  // namespace

TEST_CASE("pinning by name: the first load pins, the second one uses the same map") {
  const PinRoot root("maps_test_shared");
  LoadOptions options;
  options.pin_root = root.path;
  std::uint32_t id = 0;
  {
    Collection first = ok(Collection::load(read_object("pinning"), options));
    CHECK(root.has("shared"));
    CHECK_FALSE(root.has("unpinned"));
    id = id_of(*first.map("shared"));
    run(first, "count");
  }
  Collection second = ok(Collection::load(read_object("pinning_clang14"), options));
  CHECK(id_of(*second.map("shared")) == id);
  run(second, "count");
  CHECK(ok(second.map("shared")->lookup<std::uint64_t>(0u)) == 2);
  CHECK(ok(second.map("unpinned")->lookup<std::uint64_t>(0u)) == 1);
}

TEST_CASE("pinning by name: a map that is pinned and differs is refused, and left alone") {
  const PinRoot root("maps_test_differs");
  LoadOptions options;
  options.pin_root = root.path;
  const auto refused = [&](const char* what) {
    CAPTURE(std::string(what));
    const std::size_t before = open_fd_count();
    const Error error = error_of(Collection::load(read_object("pinning"), options));
    CAPTURE(error.message());
    CHECK(error.code() == errc::map_incompatible);
    CHECK(contains(error.message(), "shared"));
    CHECK(contains(error.message(), what));
    CHECK(open_fd_count() == before);
    CHECK(root.has("shared"));
    ok(unpin(root.path + "/shared"));
  };
  ok(make(MapType::array, 4, 8, 5).pin(root.path + "/shared"));
  refused("max_entries");
  ok(make(MapType::array, 4, 4, 4).pin(root.path + "/shared"));
  refused("value");
  ok(make(MapType::hash, 4, 8, 4).pin(root.path + "/shared"));
  refused("type");
  ok(make(MapType::array, 4, 8, 4, kMmapable).pin(root.path + "/shared"));
  refused("flags");
}

TEST_CASE("pinning by name: every type of map is found compatible with itself") {
  const PinRoot root("maps_test_all");
  LoadOptions options;
  options.pin_root = root.path;
  CollectionSpec spec = read_object("maps");
  for (MapSpec& map : spec.maps) map.pinning = map.is_data ? Pinning::none : Pinning::by_name;
  const auto unpin_all = [&] {
    for (const MapSpec& map : spec.maps)
      if (!map.is_data) (void)unpin(root.path + "/" + map.name);
  };
  std::map<std::string, std::uint32_t> ids;
  {
    const Collection first = ok(Collection::load(spec, options));
    for (const Map& map : first.maps) ids[map.name] = id_of(map);
  }
  const auto second = Collection::load(spec, options);
  unpin_all();
  if (!second) FAIL(second.error().message());
  for (const Map& map : second->maps) {
    CAPTURE(map.name);
    CHECK((id_of(map) == ids[map.name]) == !map.name.starts_with("."));
  }
}

TEST_CASE("pinning by name: a program in the map's place is refused") {
  const PinRoot root("maps_test_program");
  LoadOptions options;
  options.pin_root = root.path;
  Collection other = load_object("subprograms");
  ok(other.program("alone")->pin(root.path + "/shared"));
  const Error error = error_of(Collection::load(read_object("pinning"), options));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "shared"));
  CHECK(root.has("shared"));
}

TEST_CASE("pinning by name: a pin root that is missing or on another file system") {
  private_mounts();
  const std::size_t before = open_fd_count();
  LoadOptions options;
  options.pin_root = "/tmp";
  const Error elsewhere = error_of(Collection::load(read_object("pinning"), options));
  CAPTURE(elsewhere.message());
  CHECK(elsewhere.code() == errc::invalid_argument);
  CHECK(contains(elsewhere.message(), "shared"));
  CHECK(contains(elsewhere.message(), "mount"));
  options.pin_root = "/sys/fs/bpf/maps_test_no_such_directory";
  const Error missing = error_of(Collection::load(read_object("pinning"), options));
  CAPTURE(missing.message());
  CHECK(contains(missing.message(), "maps_test_no_such_directory"));
  CHECK(open_fd_count() == before);
}
