// An array at the end of a data section that is given another number of elements before loading.
#include <algorithm>
#include <array>
#include <cstdint>

#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

TEST_CASE("resize: a program counts in a thousand elements, and C++ sees them all") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::syscall));
  CollectionSpec spec = read_object("resizable");
  ok(spec.variable("slots")->set(1000));
  // The verifier knows how large the map is.
  CHECK(error_of(Collection::load(spec)).code() == errc::verifier_rejected);

  ok(spec.resize_array("counts", 1000));
  Collection objects = ok(Collection::load(spec));
  CHECK(objects.notes.empty());
  const Map& section = *objects.map(".data.counts");
  CHECK(ok(section.info()).value_size == 8008);
  CHECK(ok(section.info()).btf_id != 0);
  const auto counts = ok(objects.variable("counts")->as_span<std::uint64_t>());
  REQUIRE(counts.size() == 1000);
  CHECK(counts[0].load() == 5);  // what the program says of the first one stays
  CHECK(std::all_of(counts.begin() + 1, counts.end(), [](const auto& each) { return each.load() == 0; }));
  CHECK(ok(objects.variable("before")->as<std::uint64_t>()).load() == 7);

  const auto chosen = ok(objects.variable("chosen")->as<std::uint32_t>());
  for (const std::uint32_t slot : {0u, 999u, 999u}) {
    chosen.store(slot);
    CHECK(run(objects, "count") == 0);
  }
  chosen.store(1000);
  CHECK(run(objects, "count") == 1);
  CHECK(counts[0].load() == 6);
  CHECK(counts[999].load() == 2);
}

TEST_CASE("resize: initial values of the new elements") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::syscall));
  CollectionSpec spec = read_object("resizable");
  ok(spec.resize_array("counts", 3));
  ok(spec.variable("counts")->set(std::array<std::uint64_t, 3>{10, 20, 30}));
  ok(spec.resize_array("weights", 4));
  ok(spec.variable("weights")->set_field("[3]", 400));
  const Collection objects = ok(Collection::load(spec));
  const auto counts = ok(objects.variable("counts")->as_span<std::uint64_t>());
  CHECK(counts[2].load() == 30);
  const auto weights = ok(objects.variable("weights")->as_span<const std::uint16_t>());
  REQUIRE(weights.size() == 4);
  CHECK(weights[1].load() == 2);
  CHECK(weights[3].load() == 400);
}

TEST_CASE("resize: whoever opens the map finds as many elements") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::syscall));
  CollectionSpec spec = read_object("resizable");
  ok(spec.resize_array("counts", 64));
  const Collection objects = ok(Collection::load(spec));
  const auto found = ok(variables_of(*objects.map(".data.counts")));
  CHECK(ok(find_variable(found, "counts")->as_span<std::uint64_t>()).size() == 64);
}
