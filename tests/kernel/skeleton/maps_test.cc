// Typed maps of a generated header: what each kind can do, and walks over them.
#include <array>
#include <atomic>
#include <cerrno>
#include <map>
#include <set>
#include <vector>

#include "ebpf/sys/bpf.h"
#include "ebpf/sys/kernel_version.h"
#include "tests/kernel/objects.h"
#include "tests/kernel/skeleton/maps.skel.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

maps::Object load() {
  require_root_and_bpf();
  return ok(maps::Object::load(ok(maps::Spec::open())));
}

// A kernel before 5.6.
long without_batches(sys::Command command, void* attr, unsigned size) {
  return command == sys::Command::map_lookup_batch ? -EINVAL : sys::straight_bpf(command, attr, size);
}
long interrupted(sys::Command command, void* attr, unsigned size) {
  return command == sys::Command::map_lookup_batch ? -EINTR : sys::straight_bpf(command, attr, size);
}
long denied(sys::Command command, void* attr, unsigned size) {
  return command == sys::Command::map_lookup_batch ? -EPERM : sys::straight_bpf(command, attr, size);
}

std::atomic<int> calls;
long counting(sys::Command command, void* attr, unsigned size) {
  ++calls;
  return sys::straight_bpf(command, attr, size);
}

class Hook {
 public:
  explicit Hook(sys::BpfHook hook) : before_(sys::set_bpf_hook(hook)) {}
  ~Hook() { sys::set_bpf_hook(before_); }

 private:
  sys::BpfHook before_;
};

std::map<std::uint32_t, std::uint64_t> all_of(const HashMap<std::uint32_t, std::uint64_t>& map) {
  std::map<std::uint32_t, std::uint64_t> out;
  for (const auto& [key, value] : map) CHECK(out.emplace(key, value).second);
  return out;
}

HashMap<std::uint32_t, std::uint64_t> filled(std::uint32_t count, std::uint32_t flags = 0) {
  require_root_and_bpf();
  auto map = ok(HashMap<std::uint32_t, std::uint64_t>::from(ok(Map::create({.name = "filled",
                                                                            .type = MapType::hash,
                                                                            .key_size = 4,
                                                                            .value_size = 8,
                                                                            .max_entries = std::max(count, 1u),
                                                                            .flags = flags}))));
  for (std::uint32_t i = 0; i < count; ++i) ok(map.update(i, i * 10));
  return map;
}

}  // namespace

TEST_CASE("typed hash: look up, update, remove, contains") {
  const auto object = load();
  const auto& map = object.maps.hash;
  CHECK(ok(map.lookup(443)) == std::nullopt);
  CHECK_FALSE(ok(map.contains(443)));
  ok(map.update(443, {.first = 1, .second = 2}));
  CHECK(ok(map.contains(443)));
  CHECK(ok(map.lookup(443))->second == 2);
  CHECK(error_of(map.update(443, {}, UpdateMode::only_new)).code() == errc::already_exists);
  CHECK(ok(map.remove(443)));
  CHECK_FALSE(ok(map.remove(443)));
}

TEST_CASE("typed maps: a walk sees each element once, in batches or key by key") {
  constexpr std::uint32_t kElements = 5000;
  const auto map = filled(kElements);
  std::map<std::uint32_t, std::uint64_t> in_batches;
  {
    calls = 0;
    const Hook hook(counting);
    in_batches = all_of(map);
    // Two calls for each element without batches. (A kernel before 5.6 has none.)
    if (ok(sys::running_kernel_version()) >= sys::kernel_version(5, 6, 0)) CHECK(calls < 100);
  }
  CHECK(in_batches.size() == kElements);
  CHECK(in_batches[4999] == 49990);
  const Hook hook(without_batches);
  CHECK(all_of(map) == in_batches);
}

TEST_CASE("typed maps: a walk over nothing, and over one element") {
  for (const std::uint32_t count : {0u, 1u}) {
    const auto map = filled(count, /*flags=*/1);  // BPF_F_NO_PREALLOC
    CHECK(all_of(map).size() == count);
    const Hook hook(without_batches);
    CHECK(all_of(map).size() == count);
  }
}

TEST_CASE("typed maps: the outcome of a walk that cannot come to its end") {
  const auto map = filled(10);
  for (const auto& [hook, code] : {std::pair(&interrupted, errc::busy), std::pair(&denied, errc::denied)}) {
    const Hook with(hook);
    auto walk = map.walk();
    int seen = 0;
    for ([[maybe_unused]] const auto& element : walk) ++seen;
    CHECK(seen == 0);
    REQUIRE_FALSE(walk.outcome());
    CAPTURE(walk.outcome().error().message());
    CHECK(walk.outcome().error().code() == code);
    CHECK(contains(walk.outcome().error().message(), "filled"));
  }
  auto walk = map.walk();
  int seen = 0;
  for ([[maybe_unused]] const auto& element : walk) ++seen;
  CHECK(seen == 10);
  CHECK(walk.outcome());
}

TEST_CASE("typed maps: elements that the loop removes") {
  const auto map = filled(3000);
  for (const sys::BpfHook hook : {static_cast<sys::BpfHook>(&sys::straight_bpf), &without_batches}) {
    const Hook with(hook);
    std::set<std::uint32_t> seen;
    for (const auto& [key, value] : map) {
      CHECK(seen.insert(key).second);
      if (key % 2 == 0) ok(map.remove(key));
    }
    for (std::uint32_t key = 1; key < 3000; key += 2) CHECK(seen.contains(key));
  }
  CHECK(all_of(map).size() == 1500);
}

TEST_CASE("typed array: by index, all of it, and as memory") {
  const auto object = load();
  const auto& array = object.maps.array;
  CHECK(array.size() == 8);
  ok(array.update(7, 70));
  CHECK(ok(array.lookup(7)) == 70);
  CHECK(ok(array.lookup(8)) == std::nullopt);
  std::uint64_t sum = 0;
  for (const auto& [index, value] : array) sum += index * 100 + value;
  CHECK(sum == 2800 + 70);

  const auto values = ok(object.maps.array_mmapable.span());
  CHECK(values.size() == 512);
  values[511].fetch_add(5);
  CHECK(ok(object.maps.array_mmapable.lookup(511)) == 5);
}

TEST_CASE("typed per-CPU maps: a value for each CPU") {
  const auto object = load();
  const std::size_t cpus = ok(sys::possible_cpus());
  std::vector<std::uint64_t> values(cpus);
  for (std::size_t cpu = 0; cpu < cpus; ++cpu) values[cpu] = cpu + 1;
  ok(object.maps.percpu_hash.update(5, values));
  CHECK(ok(object.maps.percpu_hash.lookup(5)) == values);
  CHECK(ok(object.maps.percpu_hash.lookup(6)) == std::nullopt);
  for (const auto& [key, of_cpus] : object.maps.percpu_hash) {
    CHECK(key == 5);
    CHECK(std::vector(of_cpus.begin(), of_cpus.end()) == values);
  }
  CHECK(ok(object.maps.percpu_hash.remove(5)));
  values.push_back(0);
  CHECK(error_of(object.maps.percpu_hash.update(5, values)).code() == errc::type_mismatch);

  // Values of 4 bytes, of which the kernel gives each 8.
  const std::vector<std::uint32_t> small(cpus, 7);
  ok(object.maps.lru_percpu_hash.update(1, small));
  CHECK(ok(object.maps.lru_percpu_hash.lookup(1)) == small);

  std::vector<maps::pair> pairs(cpus);
  pairs.back() = {.first = 8, .second = 9};
  ok(object.maps.percpu_array.update(3, pairs));
  CHECK(ok(object.maps.percpu_array.lookup(3))->back().second == 9);
  std::size_t seen = 0;
  for (const auto& [index, of_cpus] : object.maps.percpu_array) seen += of_cpus.size();
  CHECK(seen == 4 * cpus);
}

TEST_CASE("typed LPM trie, queue, stack") {
  const auto object = load();
  const auto& trie = object.maps.lpm_trie;
  ok(trie.update({.bits = 8, .address = {10}}, 1));
  ok(trie.update({.bits = 16, .address = {10, 1}}, 2));
  CHECK(ok(trie.lookup({.bits = 32, .address = {10, 1, 2, 3}})) == 2);
  CHECK(ok(trie.lookup({.bits = 32, .address = {10, 2, 2, 3}})) == 1);
  CHECK_FALSE(ok(trie.contains({.bits = 32, .address = {11}})));
  int count = 0;
  for ([[maybe_unused]] const auto& element : trie) ++count;
  CHECK(count == 2);

  ok(object.maps.queue.push(1));
  ok(object.maps.queue.push(2));
  CHECK(ok(object.maps.queue.peek()) == 1);
  CHECK(ok(object.maps.queue.pop()) == 1);
  CHECK(ok(object.maps.queue.pop()) == 2);
  CHECK(ok(object.maps.queue.pop()) == std::nullopt);
}

TEST_CASE("typed maps of maps, and of programs") {
  const auto object = load();
  const auto inner = ok(object.maps.array_of_maps.lookup(0));
  REQUIRE(inner.has_value());
  ok(inner->update(1, 11));
  CHECK(ok(object.maps.inner_first.lookup(1)) == 11);
  CHECK_FALSE(ok(object.maps.array_of_maps.lookup(1)).has_value());

  ok(object.maps.hash_of_maps.update(2, object.maps.inner_second));
  ok(object.maps.inner_second.update(0, 22));
  CHECK(ok(ok(object.maps.hash_of_maps.lookup(2))->lookup(0)) == 22);
  CHECK(ok(object.maps.hash_of_maps.remove(2)));

  CHECK(ok(object.programs.dispatch.test_run({.data = kFrame})).return_value == 11);
  ok(object.maps.prog_array.update(0, object.programs.tail_second.program()));
  CHECK(ok(object.programs.dispatch.test_run({.data = kFrame})).return_value == 22);
  CHECK(ok(object.maps.prog_array.remove(0)));
  CHECK(ok(object.programs.dispatch.test_run({.data = kFrame})).return_value == 99);
}

TEST_CASE("typed maps: a map of another kind or size is refused, and both are named") {
  auto object = load();
  Map hash = std::move(object.maps.hash).release();
  const Error kind = error_of(ArrayMap<std::uint64_t>::from(std::move(hash)));
  CHECK(kind.code() == errc::type_mismatch);
  CHECK(contains(kind.message(), "hash"));
  CHECK(contains(kind.message(), "array"));
  const Error size = error_of(ArrayMap<std::uint32_t>::from(std::move(object.maps.array).release()));
  CHECK(contains(size.message(), "8 bytes, not 4"));
}
