// Variables of what is loaded already, by map, program and pin; of pinned data sections; by tag; without mapped memory;
// and typed views of maps that are no data sections.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/kernel/maps.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

struct Limit {
  std::uint32_t rate;
  std::uint16_t burst;
  bool active;
};
EBPF_MEMBERS(Limit, rate, burst, active)

struct alignas(64) PerCpu {
  std::uint64_t hits;
  std::int32_t change;
};
EBPF_MEMBERS(PerCpu, hits, change)

}  // namespace

TEST_CASE("variables of a map by its number: read and written by their types, seen by the program") {
  require_root_and_bpf();
  Collection objects = load_object("views");
  const Map map = ok(Map::from_id(id_of(*objects.map(".data"))));
  const std::vector<Variable> variables = ok(variables_of(map));
  const Variable& settings = *find_variable(variables, "settings");
  CHECK(settings.section() == ".data");
  CHECK(settings.is_mapped());
  CHECK_FALSE(settings.is_constant());
  CHECK(settings.types().describe(settings.type()) ==
        objects.variable("settings")->types().describe(objects.variable("settings")->type()));
  ok(settings.field<std::uint32_t>("limits[2].rate")).store(1000);
  CHECK(run(objects, "sum") == 1000);
  CHECK(ok(ok(settings.field("limits")).as_struct_span<Limit>())[2].snapshot().rate == 1000);
  CHECK(ok(find_variable(variables, "mode")->get<std::uint32_t>()) == 3);
  CHECK(error_of(settings.as_struct<Limit>()).code() == errc::type_mismatch);
  const auto missing = find_variable(variables, "setings");
  REQUIRE_FALSE(missing);
  CHECK(contains(missing.error().message(), "did you mean \"settings\"?"));

  // The same names at the same places as the object's.
  for (const Variable& variable : variables) {
    CAPTURE(variable.name);
    CHECK(variable.offset() == objects.variable(variable.name)->offset());
    CHECK(variable.size() == objects.variable(variable.name)->size());
  }
}

TEST_CASE("variables of a program by its number: those of all its maps, constants read-only") {
  require_root_and_bpf();
  Collection objects = load_object("views");
  const Program program = ok(Program::from_id(ok(objects.program("hit")->info()).id));
  const std::vector<Variable> variables = ok(variables_of(program));
  const Variable& constants = *find_variable(variables, "constants");
  CHECK(constants.is_constant());
  CHECK(ok(constants.field<const std::uint32_t>("limits[1].rate")).load() == 77);
  CHECK(error_of(constants.field<std::uint32_t>("limits[1].rate")).code() == errc::read_only);
  CHECK(error_of(ok(constants.field("interval")).set(std::uint64_t{1})).code() == errc::read_only);

  run(objects, "hit");
  run(objects, "hit");
  const auto per_cpu = ok(find_variable(variables, "per_cpu")->as_struct_span<PerCpu>());
  CHECK(per_cpu.size() == 8);
  CHECK(per_cpu.sum(&PerCpu::hits) == 2);
  CHECK(per_cpu.sum(&PerCpu::change) == -2);
  CHECK(ok(find_variable(variables, "plain_per_cpu")->as_span<std::uint64_t>()).sum() == 2);

  CHECK(ok(find_variable(variables, "hit.calls")->get<std::uint64_t>()) == 2);
  CHECK(find_variable(variables, "hit.calls")->is_static());
}

TEST_CASE("variables of one name in one map are told apart by their offsets") {
  require_root_and_bpf();
  const Collection objects = load_object("statics");
  const std::vector<Variable> variables = ok(variables_of(*objects.map(".data")));
  CHECK_FALSE(find_variable(variables, "hits"));
  CHECK(find_variable(variables, "of_first"));
  std::vector<std::uint32_t> hits;
  for (const Variable& variable : variables)
    if (variable.name.starts_with("hits@0x")) hits.push_back(ok(variable.get<std::uint32_t>()));
  std::ranges::sort(hits);
  CHECK(hits == std::vector<std::uint32_t>{10, 20});
}

TEST_CASE("maps that hold no variables, or were made without types") {
  require_root_and_bpf();
  const Map map =
      ok(Map::create({.name = "plain", .type = MapType::array, .key_size = 4, .value_size = 8, .max_entries = 1}));
  CHECK(ok(variables_of(map)).empty());
  const Collection objects = load_object("globals_nobtf");
  CHECK(ok(variables_of(*objects.map(".data"))).empty());
  const Collection maps = load_object("maps");
  for (const Map& one : maps.maps)
    if (!one.name.starts_with('.')) CHECK(ok(variables_of(one)).empty());
}

TEST_CASE("views of constants do not stand in the way of who is still loading them") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("views");
  spec.map(".rodata")->freeze = false;
  spec.programs.clear();
  std::uint32_t id = 0;
  std::optional<Map> map;
  {
    Collection loaded = ok(Collection::load(spec));
    id = id_of(*loaded.map(".rodata"));
    map = ok(loaded.take_map(".rodata"));
  }
  const std::vector<Variable> watched = ok(variables_of(ok(Map::from_id(id))));
  CHECK(ok(find_variable(watched, "constants")->field<const std::uint32_t>("limits[1].rate")).load() == 77);
  ok(map->freeze());
}

TEST_CASE("a pinned data section: the next load has the same variables, and so has who opens the pin") {
  private_mounts();
  const std::string root = "/sys/fs/bpf/variables_of_test";
  REQUIRE(mkdir(root.c_str(), 0700) == 0);
  CollectionSpec spec = read_object("views");
  spec.map(".data")->pinning = Pinning::by_name;
  LoadOptions options;
  options.pin_root = root;
  {
    Collection first = ok(Collection::load(spec, options));
    ok(first.variable("settings")->field<std::uint32_t>("limits[2].rate")).store(500);
  }
  Collection second = ok(Collection::load(spec, options));
  CHECK(run(second, "sum") == 500);
  CHECK(ok(second.variable("settings")->field<std::uint32_t>("limits[2].rate")).load() == 500);
  // A data section's name begins with a dot, which file names on a bpffs may not have: the kernel's name for it is
  // used.
  std::string pin;
  for (const char* name : {"/.data", "/_data", "/views.data", "/views_data"})
    if (access((root + name).c_str(), F_OK) == 0) pin = root + name;
  REQUIRE(!pin.empty());
  const std::vector<Variable> opened = ok(variables_of(ok(Map::open_pinned(pin))));
  ok(find_variable(opened, "settings")->field<std::uint32_t>("limits[2].rate")).store(600);
  CHECK(run(second, "sum") == 600);
  ok(unpin(pin));
  rmdir(root.c_str());
}

TEST_CASE("variables by declaration tag, before loading and after") {
  require_root_and_bpf();
  for (const std::string name : {"views", "views_clang14"}) {
    CAPTURE(name);
    CollectionSpec spec = read_object(name);
    std::vector<std::string> found;
    for (VariableSpec* variable : spec.variables_tagged("knob")) {
      found.push_back(variable->name);
      ok(variable->set(50));
    }
    std::ranges::sort(found);
    CHECK(found == std::vector<std::string>{"first_knob", "second_knob", "third_knob"});
    CHECK(spec.variables_tagged("other").size() == 1);
    CHECK(spec.variables_tagged("kno").empty());
    const Collection objects = ok(Collection::load(spec));
    const auto knobs = objects.variables_tagged("knob");
    CHECK(knobs.size() == 3);
    CHECK(ok(objects.variable("second_knob")->get<std::uint64_t>()) == 50);
  }
}

TEST_CASE("without mapped memory: variables and their parts are read and written through the map") {
  require_root_and_bpf();
  LoadOptions options;
  options.map_variables = false;
  Collection objects = ok(Collection::load(read_object("views"), options));
  const Variable& settings = *objects.variable("settings");
  CHECK_FALSE(settings.is_mapped());
  CHECK(error_of(settings.as_struct<Limit>()).code() == errc::type_mismatch);
  const Variable limit = ok(settings.field("limits[2]"));
  CHECK(error_of(limit.as_struct<Limit>()).code() == errc::not_supported);
  CHECK(error_of(limit.snapshot<Limit>()).code() == errc::not_supported);
  CHECK(error_of(settings.field<std::uint32_t>("limits[2].rate")).code() == errc::not_supported);
  ok(limit.set(Limit{.rate = 40, .burst = 1, .active = true}));
  ok(ok(settings.field("point.y")).set(std::int16_t{-10}));
  CHECK(run(objects, "sum") == 30);
  CHECK(ok(ok(settings.field("limits[2].rate")).get<std::uint32_t>()) == 40);
  CHECK(ok(ok(settings.field("interval")).get<std::uint64_t>()) == 1);
  run(objects, "hit");
  CHECK(ok(objects.variable("hit.calls")->get<std::uint64_t>()) == 1);
  const Variable& constants = *objects.variable("constants");
  CHECK(ok(ok(constants.field("limits[1].rate")).get<std::uint32_t>()) == 77);
  CHECK(error_of(ok(constants.field("limits[1]")).set(Limit{})).code() == errc::read_only);
}

TEST_CASE("static variables of the same name in files that were linked") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("statics");
  CHECK(spec.variable("of_first"));
  CHECK_FALSE(spec.variable("hits"));
  ok(spec.variable("statics_second.bpf.c:hits")->set(30));
  Collection objects = ok(Collection::load(spec));
  run(objects, "first");
  CHECK(run(objects, "second") == 3 + 201);
  CHECK(ok(objects.variable("statics_first.bpf.c:hits")->as<std::uint32_t>()).load() == 11);
  CHECK(ok(objects.variable("statics_second.bpf.c:hits")->as<std::uint32_t>()).load() == 31);
  CHECK(ok(objects.variable("statics_first.bpf.c:work.calls")->get<std::uint32_t>()) == 101);
  CHECK(ok(objects.variable("shared")->get<std::uint32_t>()) == 3);
}

TEST_CASE("views of an array map of several elements, over more than a page") {
  require_root_and_bpf();
  const Map map = ok(Map::create({.name = "numbers",
                                  .type = MapType::array,
                                  .key_size = 4,
                                  .value_size = 12,
                                  .max_entries = 1000,
                                  .flags = 1u << 10}));
  const Memory memory = ok(map.memory());
  CHECK(memory.size() == 16 * 1000);
  struct Three {
    std::uint32_t a, b, c;
  };
  const auto rows = ok(memory.as_struct_span<Three>(0, 1000, 16));
  const auto first = ok(memory.as_span<std::uint32_t>(0, 1000, 16));
  for (std::uint32_t i = 0; i < 1000; ++i) ok(map.update(i, Three{i, 2 * i, 3 * i}));
  CHECK(rows.sum(&Three::b) == 2 * 499500);
  CHECK(first.sum() == 499500);
  rows[999].write({7, 8, 9});
  CHECK(ok(map.lookup<Three>(std::uint32_t{999}))->c == 9);
  CHECK(ok(memory.as<std::uint32_t>(16 * 999 + 4)).load() == 8);
  CHECK(ok(memory.as_struct<const Three>(16 * 2)).field(&Three::c).load() == 6);

  CHECK(error_of(memory.as_struct_span<Three>(0, 1001, 16)).code() == errc::out_of_range);
  CHECK(error_of(memory.as_struct_span<Three>(0, ~std::size_t{0} / 8, 16)).code() == errc::out_of_range);
  CHECK(error_of(memory.as_span<std::uint32_t>(0, 10, 2)).code() == errc::type_mismatch);
  CHECK(error_of(memory.as_span<std::uint64_t>(0, 10, 12)).code() == errc::type_mismatch);
  CHECK(error_of(memory.as<std::uint32_t>(2)).code() == errc::type_mismatch);
  CHECK(error_of(memory.as<std::uint32_t>(16 * 1000)).code() == errc::out_of_range);
  CHECK(ok(memory.as_span<std::uint32_t>(16 * 1000, 0)).empty());

  const Memory reading = ok(map.memory(/*to_write=*/false));
  CHECK(ok(reading.as<const std::uint32_t>(16)).load() == 1);
  CHECK(error_of(reading.as<std::uint32_t>(16)).code() == errc::read_only);
  CHECK(error_of(reading.as_struct<Three>(16)).code() == errc::read_only);
}

TEST_CASE("views of an arena") {
  require_root_and_bpf();
  test_requires(map_type(MapType::arena));
  const Map map = ok(Map::create({.name = "arena", .type = MapType::arena, .max_entries = 4, .flags = 1u << 10}));
  const Memory memory = ok(map.memory());
  const auto all = ok(memory.as_span<std::uint64_t>(0, 4 * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 8));
  all[all.size() - 1].store(5);
  CHECK(all.sum() == 5);
}
