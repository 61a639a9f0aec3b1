// Sizes that a definition may leave to the machine.
#include <unistd.h>

#include <string>

#include "ebpf/load/passes.h"
#include "ebpf/sys/kernel_version.h"
#include "tests/support/test.h"
#include "tests/unit/load/plan_for_test.h"

namespace ebpf::loader {
namespace {

using test::Planned;

struct Sizes {
  std::uint32_t key, value, entries;
  bool operator==(const Sizes&) const = default;
};

Sizes sized(MapType type, Sizes before) {
  CollectionSpec spec;
  spec.maps.push_back(
      {.name = "m", .type = type, .key_size = before.key, .value_size = before.value, .max_entries = before.entries});
  Planned planned(std::move(spec));
  const auto ok = size_maps(planned.plan);
  REQUIRE_MESSAGE(ok.has_value(), ok.error().message());
  const MapAttributes& map = planned.plan.maps[0].attributes;
  CHECK(planned.spec.maps[0].max_entries == before.entries);  // the spec is not written to
  return {map.key_size, map.value_size, map.max_entries};
}

TEST_CASE("size maps: ring buffers are powers of two of whole pages") {
  const auto page = static_cast<std::uint32_t>(::sysconf(_SC_PAGESIZE));
  for (const MapType type : {MapType::ringbuf, MapType::user_ringbuf}) {
    CHECK(sized(type, {0, 0, 1}).entries == page);
    CHECK(sized(type, {0, 0, page}).entries == page);
    CHECK(sized(type, {0, 0, page + 1}).entries == 2 * page);
    CHECK(sized(type, {0, 0, 3 * page}).entries == 4 * page);
    CHECK(sized(type, {0, 0, 1u << 20}).entries == 1u << 20);
    CHECK(sized(type, {0, 0, (1u << 20) + 1}).entries == 1u << 21);
    CHECK(sized(type, {0, 0, 1u << 31}).entries == 1u << 31);
    CHECK(sized(type, {0, 0, 0}).entries == 0);  // for the kernel to refuse
  }
}

TEST_CASE("size maps: a ring buffer that is too large") {
  CollectionSpec spec;
  spec.maps.push_back({.name = "huge", .type = MapType::ringbuf, .max_entries = (1u << 31) + 1});
  Planned planned(std::move(spec));
  const auto ok = size_maps(planned.plan);
  REQUIRE(!ok.has_value());
  CHECK(ok.error().code() == errc::out_of_range);
  CHECK(ok.error().message().find("map \"huge\"") != std::string::npos);
}

TEST_CASE("size maps: a perf event array has an element for each possible CPU") {
  const auto cpus = sys::possible_cpus();
  REQUIRE(cpus.has_value());
  CHECK(sized(MapType::perf_event_array, {0, 0, 0}) == Sizes{4, 4, *cpus});
  CHECK(sized(MapType::perf_event_array, {4, 4, 3}) == Sizes{4, 4, 3});
}

TEST_CASE("size maps: arrays of descriptors have keys and values of 4 bytes") {
  for (const MapType type : {MapType::prog_array, MapType::cgroup_array, MapType::array_of_maps}) {
    CHECK(sized(type, {0, 0, 5}) == Sizes{4, 4, 5});
    CHECK(sized(type, {4, 4, 5}) == Sizes{4, 4, 5});
  }
  CHECK(sized(MapType::hash_of_maps, {16, 0, 5}) == Sizes{16, 4, 5});
}

// For cilium/ebpf's objects, which name the type of what a buffer carries: to the kernel these maps have no values.
TEST_CASE("size maps: buffers and arenas have no values, whatever type is named for them") {
  for (const MapType type : {MapType::ringbuf, MapType::user_ringbuf, MapType::arena, MapType::perf_event_array}) {
    CollectionSpec spec;
    spec.maps.push_back({.name = "m", .type = type, .value_size = 48, .max_entries = 4096, .value_type = 3});
    Planned planned(std::move(spec));
    REQUIRE(size_maps(planned.plan).has_value());
    CHECK(planned.plan.maps[0].attributes.value_size == (type == MapType::perf_event_array ? 4 : 0));
    CHECK(planned.plan.maps[0].attributes.value_type == 0);
    CHECK(planned.spec.maps[0].value_type == 3);
  }
  // A size without a type is a mistake for the kernel to refuse.
  CHECK(sized(MapType::ringbuf, {0, 48, 4096}).value == 48);
}

TEST_CASE("size maps: all others stay as they are") {
  for (std::uint32_t type = 0; type < kMapTypeCount; ++type) {
    switch (static_cast<MapType>(type)) {
      case MapType::perf_event_array:
      case MapType::ringbuf:
      case MapType::user_ringbuf:
      case MapType::prog_array:
      case MapType::cgroup_array:
      case MapType::array_of_maps:
      case MapType::hash_of_maps:
        continue;
      default:
        CHECK(sized(static_cast<MapType>(type), {3, 5, 7}) == Sizes{3, 5, 7});
        CHECK(sized(static_cast<MapType>(type), {0, 0, 0}) == Sizes{0, 0, 0});
    }
  }
}

}  // namespace
}  // namespace ebpf::loader
