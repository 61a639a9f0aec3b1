// Objects that `bpftool gen object` has linked from several: symbols, sections, types and relocations of all of them.
#include <cstdint>

#include "tests/kernel/maps.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {
constexpr std::uint32_t kLength = kFrameLength - kHeaderLength;
}

TEST_CASE("linked objects: functions, maps and variables of one file are used by the other") {
  require_root_and_bpf();
  Collection objects = load_object("linked");
  CHECK(objects.programs.size() == 2);
  CHECK(run(objects, "first") == 2 * (kLength + 10) + 100 * 7);  // the strong choice(), and its own add_own()
  CHECK(run(objects, "second") == kLength + 20 + 7);
  const auto hits = [&](std::uint32_t key) { return ok(objects.map("hits")->lookup<std::uint64_t>(key)); };
  CHECK(hits(0) == 1);
  CHECK(hits(1) == 1);
  CHECK(hits(2) == 1);
  CHECK(ok(objects.variable("total")->as<std::uint64_t>()).load() == 3 + 1 + 3);
  CHECK(ok(objects.variable("first_calls")->as<std::uint64_t>()).load() == 1001);
}

TEST_CASE("linked objects: constants are set, and programs loaded alone") {
  require_root_and_bpf();
  CollectionSpec spec = read_object("linked");
  ok(spec.variable("step")->set(50u));
  for (const char* name : {"first", "second"}) {
    CAPTURE(std::string(name));
    Collection objects = ok(Collection::load(ok(spec.only(name))));
    run(objects, name);
    CHECK(ok(objects.variable("total")->get<std::uint64_t>()) == (name == std::string("first") ? 50 : 51));
  }
}

TEST_CASE("linked objects: static variables of one name are told apart by their files") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("linked");
  const auto& first = *spec.variable("linked_first.bpf.c:own");
  const auto& second = *spec.variable("linked_second.bpf.c:own");
  CHECK((first.section != second.section || first.offset != second.offset));
  CHECK_FALSE(spec.variable("own"));  // there is more than one
  for (const MapSpec& map : spec.maps) CHECK(map.value_type != 0);
}
