// Maps that are pinned by name: which pins are taken, and which are refused.
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ebpf/sys/bpf.h"
#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// A directory on the private bpffs, for one test case.
struct PinRoot {
  explicit PinRoot(const char* name) : path(std::string("/sys/fs/bpf/") + name) {
    private_mounts();
    REQUIRE(mkdir(path.c_str(), 0700) == 0);
  }
  ~PinRoot() {
    for (const char* name : {"shared", "elsewhere"}) (void)unpin(path + "/" + name);
    rmdir(path.c_str());
  }
  bool has(const char* name) const { return access((path + "/" + name).c_str(), F_OK) == 0; }

  std::string path;
};

std::vector<std::string> entries_of(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) out.push_back(entry.path().filename());
  return out;
}

}  // namespace

TEST_CASE("pinning by name: the first load pins, the second one uses the same map") {
  const PinRoot root("pinning_test_shared");
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
  const PinRoot root("pinning_test_differs");
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

TEST_CASE("pinning by name: a key of another size, or another map_extra, is refused, too") {
  const PinRoot root("pinning_test_more");
  test_requires(map_type(MapType::bloom_filter));
  LoadOptions options;
  options.pin_root = root.path;
  const auto refused = [&](const MapSpec& wanted, const char* what) {
    CollectionSpec spec;
    spec.name = "more";
    spec.maps = {wanted};
    spec.maps.front().pinning = Pinning::by_name;
    const Error error = error_of(Collection::load(spec, options));
    CAPTURE(error.message());
    CHECK(error.code() == errc::map_incompatible);
    CHECK(contains(error.message(), what));
    ok(unpin(root.path + "/shared"));
  };
  ok(make(MapType::hash, 4, 8, 4).pin(root.path + "/shared"));
  refused({.name = "shared", .type = MapType::hash, .key_size = 8, .value_size = 8, .max_entries = 4}, "key size");
  MapSpec bloom{.name = "shared", .type = MapType::bloom_filter, .value_size = 8, .max_entries = 4, .map_extra = 3};
  ok(ok(Map::create(bloom)).pin(root.path + "/shared"));
  bloom.map_extra = 4;
  refused(bloom, "map_extra");
}

namespace {

// Another process pins a map of the same name between this one's look for it and its own pin.
std::atomic<int> looks = 0;
long raced(sys::Command command, void* attr, unsigned size) {
  if (command == sys::Command::obj_get && looks++ == 0) return -ENOENT;
  return sys::straight_bpf(command, attr, size);
}

}  // namespace

TEST_CASE("pinning by name: of two loads at once, the second uses the map of the first") {
  const PinRoot root("pinning_test_race");
  LoadOptions options;
  options.pin_root = root.path;
  Collection first = ok(Collection::load(read_object("pinning"), options));
  looks = 0;
  sys::set_bpf_hook(raced);
  auto loaded = Collection::load(read_object("pinning"), options);
  sys::set_bpf_hook(nullptr);
  Collection second = ok(std::move(loaded));
  CHECK(looks == 2);
  CHECK(id_of(*second.map("shared")) == id_of(*first.map("shared")));
  run(second, "count");
  CHECK(ok(first.map("shared")->lookup<std::uint64_t>(0u)) == 1);
  // What it finds must be what it wants, then, too.
  ok(unpin(root.path + "/shared"));
  ok(make(MapType::array, 4, 4, 4).pin(root.path + "/shared"));
  looks = 0;
  sys::set_bpf_hook(raced);
  loaded = Collection::load(read_object("pinning"), options);
  sys::set_bpf_hook(nullptr);
  CHECK(error_of(std::move(loaded)).code() == errc::map_incompatible);
}

namespace {

// Loads the object twice, with every map pinned: the second load takes the maps of the first one.
void check_found_again(const std::string& object, const PinRoot& root) {
  CAPTURE(object);
  LoadOptions options;
  options.pin_root = root.path;
  CollectionSpec spec = read_object(object);
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

}  // namespace

TEST_CASE("pinning by name: every type of map is found compatible with itself") {
  const PinRoot root("pinning_test_all");
  check_found_again("maps", root);
}

TEST_CASE("pinning by name: every type of map is found compatible with itself: the types of 6.1") {
  const PinRoot root("pinning_test_6_1");
  test_requires(map_type(MapType::task_storage), map_type(MapType::bloom_filter), map_type(MapType::user_ringbuf));
  check_found_again("maps_since_6_1", root);
}

TEST_CASE("pinning by name: every type of map is found compatible with itself: the types of 6.9") {
  const PinRoot root("pinning_test_6_9");
  test_requires(map_type(MapType::cgrp_storage), map_type(MapType::arena));
  check_found_again("maps_since_6_9", root);
}

TEST_CASE("pinning by name: a program in the map's place is refused") {
  const PinRoot root("pinning_test_program");
  LoadOptions options;
  options.pin_root = root.path;
  Collection other = load_object("subprograms");
  ok(other.program("alone")->pin(root.path + "/shared"));
  const Error error = error_of(Collection::load(read_object("pinning"), options));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "shared"));
  CHECK(root.has("shared"));
}

TEST_CASE("pinning: a map with a path of its own") {
  const PinRoot root("pinning_test_path");
  const std::string path = root.path + "/elsewhere";
  CollectionSpec spec = read_object("pinning");
  for (MapSpec& map : spec.maps) map.pinning = Pinning::none;
  spec.map("shared")->pin_path = path;
  std::uint32_t id = 0;
  {
    Collection first = ok(Collection::load(spec));
    CHECK(root.has("elsewhere"));
    id = id_of(*first.map("shared"));
  }
  CHECK(id_of(*ok(Collection::load(spec)).map("shared")) == id);
  // It counts before the name, and what is not the same map is refused there, too.
  spec.map("shared")->pinning = Pinning::by_name;
  CHECK(id_of(*ok(Collection::load(spec)).map("shared")) == id);
  spec.map("shared")->max_entries += 1;
  CHECK(error_of(Collection::load(spec)).code() == errc::map_incompatible);
  // A failed load leaves no pin.
  ok(unpin(path));
  spec.program("count")->code.back() = insn::make_slot(0xb7, 0, 0, 0, 0);  // no exit
  CHECK(error_of(Collection::load(spec)).code() == errc::verifier_rejected);
  CHECK_FALSE(root.has("elsewhere"));
  // On another file system there are no pins.
  spec.map("shared")->pin_path = "/tmp/pinning_test";
  const Error elsewhere = error_of(Collection::load(spec));
  CAPTURE(elsewhere.message());
  CHECK(elsewhere.code() == errc::invalid_argument);
  CHECK(contains(elsewhere.message(), "mount"));
}

TEST_CASE("pinning: all maps and all programs of a collection by one call, or none") {
  const PinRoot root("pinning_test_all");
  const std::string maps = root.path + "/maps", programs = root.path + "/programs";
  REQUIRE(mkdir(maps.c_str(), 0700) == 0);
  REQUIRE(mkdir(programs.c_str(), 0700) == 0);
  Collection objects = load_object("globals");
  REQUIRE(objects.maps.size() == 6);
  REQUIRE(objects.programs.size() > 1);
  ok(objects.pin_maps(maps));
  ok(objects.pin_programs(programs));
  CHECK(entries_of(maps).size() == objects.maps.size());
  CHECK(entries_of(programs).size() == objects.programs.size());
  CHECK(id_of(ok(Map::open_pinned(maps + "/globals_bss"))) == id_of(*objects.map(".bss")));
  CHECK(id_of(ok(Map::open_pinned(maps + "/globals_data_custom"))) == id_of(*objects.map(".data.custom")));
  const Program& last = objects.programs.back();
  CHECK(ok(ok(Program::open_pinned(programs + "/" + last.name)).info()).id == ok(last.info()).id);

  // Where one name is taken none is made, and the one that is there stays.
  ok(objects.unpin_programs(programs));
  CHECK(entries_of(programs).empty());
  ok(last.pin(programs + "/" + last.name));
  CHECK(error_of(objects.pin_programs(programs)).code() == errc::already_exists);
  CHECK(entries_of(programs) == std::vector{last.name});
  // One that is not there is told, and the others go.
  CHECK(error_of(objects.unpin_programs(programs)).code() == errc::not_found);
  CHECK(entries_of(programs).empty());

  ok(objects.unpin_maps(maps));
  CHECK(entries_of(maps).empty());
  CHECK(rmdir(maps.c_str()) == 0);
  CHECK(rmdir(programs.c_str()) == 0);
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
  options.pin_root = "/sys/fs/bpf/pinning_test_no_such_directory";
  const Error missing = error_of(Collection::load(read_object("pinning"), options));
  CAPTURE(missing.message());
  CHECK(contains(missing.message(), "pinning_test_no_such_directory"));
  CHECK(open_fd_count() == before);
}
