// LoadOptions::replacements: maps of one collection used by another one.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

MapReplacement from(Collection& objects, const char* name) { return {name, &objects.map(name)->fd()}; }

std::uint64_t count_in(Collection& objects, const char* map) {
  return ok(objects.map(map)->lookup<std::uint64_t>(0u)).value();
}

std::uint32_t dispatch(Collection& objects, std::uint32_t slot) {
  ok(objects.variable("slot")->set(slot));
  return run(objects, "dispatch");
}

}  // namespace

TEST_CASE("replacements: a map of another collection is used as it is, and outlives that collection") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("pinning");
  spec.map("shared")->pinning = Pinning::none;
  auto first = Collection::load(spec);
  REQUIRE(first);
  run(*first, "count");
  Collection second = ok(Collection::load(spec, {.replacements = {from(*first, "shared")}}));
  CHECK(id_of(*second.map("shared")) == id_of(*first->map("shared")));
  CHECK(id_of(*second.map("unpinned")) != id_of(*first->map("unpinned")));
  first = std::unexpected(Error(errc::io, "gone"));
  run(second, "count");
  CHECK(count_in(second, "shared") == 2);
  CHECK(count_in(second, "unpinned") == 1);
}

TEST_CASE("replacements: initial entries are not written to a map that is there") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("maps");
  MapEntry entry{.key = std::vector<std::byte>(spec.map("hash")->key_size),
                 .value = std::vector<std::byte>(spec.map("hash")->value_size)};
  spec.map("hash")->contents.push_back(entry);
  Collection first = ok(Collection::load(spec));
  entry.value[0] = std::byte{7};
  ok(first.map("hash")->update_bytes(entry.key, entry.value));
  const Collection second = ok(Collection::load(spec, {.replacements = {from(first, "hash")}}));
  std::vector<std::byte> value(entry.value.size());
  CHECK(ok(second.map("hash")->lookup_bytes(entry.key, value)));
  CHECK(value == entry.value);
}

TEST_CASE("replacements: data sections are shared, and keep what they hold; the variables view them") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("globals");
  Collection first = ok(Collection::load(spec));
  run(first, "count");
  ok(first.variable("data_u32")->set(std::uint32_t{12345}));
  ok(spec.variable("data_u32")->set(std::uint32_t{9}));
  ok(spec.variable("custom_data")->set(std::uint32_t{77}));
  Collection second =
      ok(Collection::load(spec, {.replacements = {from(first, ".bss"), from(first, ".data"), from(first, ".rodata")}}));
  run(second, "count");
  CHECK(ok(first.variable("packets")->get<std::uint64_t>()) == 2);
  CHECK(ok(second.variable("packets")->as<std::uint64_t>()).load() == 2);
  CHECK(ok(second.variable("data_u32")->get<std::uint32_t>()) == 12345);
  ok(second.variable("bss_u64")->as<std::uint64_t>()).store(99);
  CHECK(ok(first.variable("bss_u64")->get<std::uint64_t>()) == 99);
  // The constants are those of the map, which stays frozen; a section that was not replaced has the spec's values.
  CHECK(ok(second.variable("sample_rate")->get<std::uint32_t>()) == 1);
  CHECK(error_of(second.variable("sample_rate")->set(2u)).code() == errc::read_only);
  CHECK(ok(second.variable("custom_data")->get<std::uint32_t>()) == 77);
  CHECK(ok(first.variable("custom_data")->get<std::uint32_t>()) == 0x1234);
}

TEST_CASE("replacements: maps that are in maps of maps, and the maps of maps themselves") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("maps");
  Collection first = ok(Collection::load(spec));
  Collection second = ok(Collection::load(spec, {.replacements = {from(first, "inner_first")}}));
  const auto inner = [](Collection& objects, const char* outer, std::uint32_t index) {
    return ok(objects.map(outer)->lookup<std::uint32_t>(index));
  };
  // Looked up from user space, the value is the inner map's number.
  const std::uint32_t shared = id_of(*first.map("inner_first"));
  CHECK(inner(second, "array_of_maps", 0) == shared);
  CHECK(inner(second, "hash_of_maps", 1) == shared);
  CHECK(inner(second, "array_of_maps", 3) == id_of(*second.map("inner_second")));
  // An outer map keeps the maps that are in it.
  Collection third = ok(Collection::load(spec, {.replacements = {from(first, "array_of_maps")}}));
  CHECK(inner(third, "array_of_maps", 0) == shared);
  CHECK(inner(third, "array_of_maps", 3) == id_of(*first.map("inner_second")));
}

TEST_CASE("replacements: a program array keeps the programs that are in it") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("maps");
  Collection first = ok(Collection::load(spec));
  CHECK(ok(first.map("prog_array")->remove(std::uint32_t{2})));
  Collection second = ok(Collection::load(spec, {.replacements = {from(first, "prog_array")}}));
  CHECK(dispatch(second, 0) == 11);
  CHECK(dispatch(second, 2) == 99);
}

TEST_CASE("replacements: a map that is pinned by name is neither opened nor pinned where it is replaced") {
  private_mounts();
  LoadOptions options;
  options.pin_root = "/sys/fs/bpf/replacements_test";
  REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
  CollectionSpec unpinned = read_object("pinning");
  unpinned.map("shared")->pinning = Pinning::none;
  Collection first = ok(Collection::load(unpinned));
  options.replacements = {from(first, "shared")};
  const CollectionSpec spec = read_object("pinning");
  const std::string path = options.pin_root + "/shared";
  ok(Collection::load(spec, options));
  CHECK(access(path.c_str(), F_OK) != 0);
  ok(make(MapType::hash, 4, 4, 1).pin(path));  // would be refused
  Collection second = ok(Collection::load(spec, options));
  CHECK(id_of(*second.map("shared")) == id_of(*first.map("shared")));
  ok(unpin(path));
  CHECK(rmdir(options.pin_root.c_str()) == 0);
}

TEST_CASE("replacements: a map that differs is refused by what differs") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  CollectionSpec spec = read_object("pinning");
  const auto refused = [&](const Map& map, const char* what) {
    CAPTURE(std::string(what));
    const Error error = error_of(Collection::load(spec, {.replacements = {{"shared", &map.fd()}}}));
    CAPTURE(error.message());
    CHECK(error.code() == errc::map_incompatible);
    CHECK(contains(error.message(), "map \"shared\": the map that is to replace it: it has "));
    CHECK(contains(error.message(), what));
  };
  refused(make(MapType::hash, 4, 8, 4), "type");
  refused(make(MapType::hash, 8, 8, 4), "type");
  refused(make(MapType::array, 4, 16, 4), "value size 16, and 8 is wanted");
  refused(make(MapType::array, 4, 8, 5), "max_entries 5, and 4 is wanted");
  refused(make(MapType::array, 4, 8, 4, kMmapable), "flags");
  spec.map("shared")->type = MapType::hash;
  refused(make(MapType::hash, 8, 8, 4), "key size 8, and 4 is wanted");
  CHECK(open_fd_count() == before);
}

TEST_CASE("replacements: a section of another size, a name of no map, no map, a map twice, no descriptor of a map") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  {
    Collection other = load_object("subprograms");
    const CollectionSpec spec = read_object("pinning");
    const Map map = make(MapType::array, 4, 8, 4);
    const auto refused = [&](const CollectionSpec& object, std::vector<MapReplacement> replacements, errc code,
                             const char* named) {
      const Error error = error_of(Collection::load(object, {.replacements = std::move(replacements)}));
      CAPTURE(error.message());
      CHECK(error.code() == code);
      CHECK(contains(error.message(), named));
    };
    refused(read_object("globals"), {from(other, ".bss")}, errc::map_incompatible, "map \".bss\"");
    refused(spec, {{"no_such_map", &map.fd()}}, errc::invalid_argument, "no_such_map");
    refused(spec, {{"shared", nullptr}}, errc::invalid_argument, "shared");
    refused(spec, {{"shared", &map.fd()}, {"shared", &map.fd()}}, errc::invalid_argument, "shared");
    refused(spec, {{"shared", &other.program("alone")->fd()}}, errc::map_incompatible, "shared");
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("replacements: an arena that is mapped into this process already") {
  test_requires(map_type(MapType::arena));
  for (const std::uint64_t address : {std::uint64_t{0}, std::uint64_t{1} << 45}) {
    CAPTURE(address);
    CollectionSpec spec = read_object("maps_since_6_9");
    spec.map("arena")->map_extra = address;
    Collection first = ok(Collection::load(spec));
    Collection second = ok(Collection::load(spec, {.replacements = {from(first, "arena")}}));
    CHECK(id_of(*second.map("arena")) == id_of(*first.map("arena")));
    CHECK(first.map("arena")->memory());
    CHECK(error_of(second.map("arena")->memory()).code() == errc::not_supported);
  }
}
