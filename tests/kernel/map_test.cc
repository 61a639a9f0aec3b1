// What is done with a map as a whole: freezing, memory, pins, descriptors; and what is in it from the start.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

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

TEST_CASE("memory: elements of rows outlive the rows and the map") {
  require_root_and_bpf();
  struct Pair {
    std::uint64_t first, second;
  };
  std::optional<Global<std::uint64_t>> word;
  std::optional<GlobalStruct<Pair>> pair;
  std::optional<AtomicSpan<std::uint64_t>> seconds;
  {
    const Map map = make(MapType::array, 4, 16, 3, kMmapable);
    ok(map.update(2u, Pair{10, 20}));
    const Memory memory = ok(map.memory());
    word = ok(memory.as_span<std::uint64_t>(0, 6)).element(5);
    const auto row = ok(memory.as_struct_span<Pair>(0, 3));
    pair = row.element(2);
    seconds = row.field(&Pair::second);
  }
  CHECK(word->fetch_add(1) == 20);
  CHECK(pair->snapshot().second == 21);
  CHECK(pair->field(&Pair::first).load() == 10);
  CHECK(seconds->sum() == 21);
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
  const std::string path = "/sys/fs/bpf/map_test_pin";
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
  CHECK(error_of(make_hash().pin("/tmp/map_test_pin")).code() == errc::invalid_argument);
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
  }
}

TEST_CASE("maps of maps: a map without types in the place of one that has some") {
  require_root_and_bpf();
  Collection objects = load_object("maps");
  const Map unnamed = make(MapType::hash, 8, 16, 8);
  const auto put =
      objects.map("hash_of_unnamed_maps")->update(Pair{1, 1}, static_cast<std::uint32_t>(unnamed.fd().get()));
  // Linux 5.15 to 6.1 compare where a timer would be in the value, which a map without types does not know.
  const bool compares_timers = !kernel(5, 15).missing && kernel(6, 2).missing;
  if (compares_timers)
    CHECK(error_of(put).os_error() == EINVAL);
  else
    ok(put);
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
