// The elements of maps of each type: looking up, updating, removing, walking through them.
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ebpf/sys/bpf.h"
#include "ebpf/sys/kernel_version.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

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

namespace {

struct Locked {
  std::uint32_t lock;
  std::uint32_t value;
  bool operator==(const Locked&) const = default;
};

std::uint64_t flags_of_last_call = 0;

long note_flags(sys::Command command, void* attr, unsigned size) {
  if (command == sys::Command::map_lookup_elem || command == sys::Command::map_update_elem)
    flags_of_last_call = static_cast<const sys::MapElemAttr*>(attr)->flags;
  return sys::straight_bpf(command, attr, size);
}

long knows_no_flags(sys::Command command, void* attr, unsigned size) {
  if (command == sys::Command::map_lookup_elem || command == sys::Command::map_update_elem)
    return static_cast<const sys::MapElemAttr*>(attr)->flags > 3 ? -EINVAL : 0;
  return sys::straight_bpf(command, attr, size);
}

}  // namespace

TEST_CASE("under the lock: values are read and written as a whole, without the lock itself") {
  require_root_and_bpf();
  Collection objects = load_object("maps");
  const Map& map = *objects.map("hash_with_lock");
  sys::set_bpf_hook(note_flags);
  ok(map.update(1u, Locked{0, 7}, UpdateMode::only_new, Locking::value));
  CHECK(flags_of_last_call == 5);  // BPF_NOEXIST | BPF_F_LOCK
  ok(map.update(1u, Locked{99, 8}, UpdateMode::only_existing, Locking::value));
  const auto there = ok(map.lookup<Locked>(1u, Locking::value));
  CHECK(flags_of_last_call == 4);
  sys::set_bpf_hook(nullptr);
  CHECK(there == Locked{0, 8});
  CHECK(ok(map.lookup<Locked>(2u, Locking::value)) == std::nullopt);
  // Values without a lock.
  const Map plain = make_hash();
  const Error error = error_of(plain.update(1u, std::uint64_t{1}, UpdateMode::any, Locking::value));
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "update under the value's lock"));
  CHECK(error_of(plain.lookup<std::uint64_t>(1u, Locking::value)).code() == errc::invalid_argument);
}

TEST_CASE("one CPU: its value is read and written without those of the others") {
  require_root_and_bpf();
  test_requires(kernel(7, 0));
  const unsigned cpus = ok(sys::possible_cpus());
  for (const MapType type : {MapType::percpu_hash, MapType::percpu_array, MapType::lru_percpu_hash}) {
    CAPTURE(std::string(name(type)));
    const Map map = make(type, 4, 4, 10);  // in the kernel each value has 8 bytes
    ok(map.update_on_all_cpus(1u, 5u));
    ok(map.update_on_cpu(1u, 6u, cpus - 1));
    std::vector<std::uint32_t> expected(cpus, 5u);
    expected.back() = 6;
    CHECK(ok(map.lookup_per_cpu<std::uint32_t>(1u)) == expected);
    CHECK(ok(map.lookup_on_cpu<std::uint32_t>(1u, cpus - 1)) == 6);
    CHECK(ok(map.lookup_on_cpu<std::uint32_t>(1u, 0)) == (cpus > 1 ? 5 : 6));
    CHECK(error_of(map.update_on_cpu(1u, 6u, cpus)).code() == errc::out_of_range);
    CHECK(error_of(map.lookup_on_cpu<std::uint32_t>(1u, cpus)).code() == errc::out_of_range);
    if (type == MapType::percpu_array) continue;
    CHECK(ok(map.lookup_on_cpu<std::uint32_t>(2u, 0)) == std::nullopt);
    // A new key's values on the other CPUs are zero.
    ok(map.update_on_cpu(2u, 1u, 0));
    expected.assign(cpus, 0u);
    expected.front() = 1;
    CHECK(ok(map.lookup_per_cpu<std::uint32_t>(2u)) == expected);
  }
}

TEST_CASE("one CPU: what is wrong is said before the kernel is asked, and a kernel that does not know it is told") {
  require_root_and_bpf();
  const Map map = make(MapType::percpu_array, 4, 4, 10);
  CHECK(error_of(map.lookup_on_cpu<std::uint64_t>(1u, 0)).code() == errc::type_mismatch);
  CHECK(error_of(map.update_on_cpu(std::uint64_t{1}, 1u, 0)).code() == errc::type_mismatch);
  CHECK(error_of(make_hash().lookup_on_cpu<std::uint64_t>(1u, 0)).code() == errc::type_mismatch);
  sys::set_bpf_hook(knows_no_flags);
  const auto looked_up = map.lookup_on_cpu<std::uint32_t>(1u, 3);
  const auto updated = map.update_on_all_cpus(1u, 1u);
  sys::set_bpf_hook(nullptr);
  CHECK(error_of(looked_up).code() == errc::not_supported);
  CHECK(error_of(looked_up).message() ==
        "map \"test\": lookup on CPU 3: EINVAL: this kernel reads and writes the values of all CPUs at once");
  CHECK(error_of(updated).code() == errc::not_supported);
  CHECK(contains(error_of(updated).message(), "update on all CPUs"));
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
  test_requires(map_type(MapType::bloom_filter));
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
  test_requires(kernel(5, 14));  // of hashes
  const Map map = make_hash();
  ok(map.update(1u, std::uint64_t{10}));
  CHECK(ok(map.lookup_and_remove<std::uint64_t>(1u)) == 10);
  CHECK(ok(map.lookup_and_remove<std::uint64_t>(1u)) == std::nullopt);
}

TEST_CASE("lookup_and_remove: a map of which the kernel does not take elements so says what to do instead") {
  require_root_and_bpf();
  std::vector<MapType> types = {MapType::array, MapType::lpm_trie};
  if (kernel(5, 14).missing) types.push_back(MapType::hash);
  for (const MapType type : types) {
    CAPTURE(std::string(name(type)));
    const bool is_trie = type == MapType::lpm_trie;
    const Map map = make(type, is_trie ? 8 : 4, 8, 4, is_trie ? kNoPrealloc : 0);
    const std::array<std::byte, 8> key{};
    std::array<std::byte, 8> value{};
    const Error error = error_of(map.lookup_and_remove_bytes(std::span(key).first(map.key_size()), value));
    CAPTURE(error.message());
    CHECK(error.code() == errc::not_supported);
    CHECK(contains(error.message(), "\"test\""));
    CHECK(contains(error.message(), "5.14"));
    CHECK(contains(error.message(), "remove"));
  }
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
