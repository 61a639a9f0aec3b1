// Objects with maps in SEC("maps") are loaded, and what their definitions have beyond the common fields is not lost.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "tests/kernel/maps.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

TEST_CASE("legacy maps: an object with one is loaded as it is") {
  require_root_and_bpf();
  for (const char* name : {"legacy_map", "legacy_map_clang14"}) {
    CAPTURE(std::string(name));
    Collection objects = load_object(name);
    CHECK(run(objects, "use") == 1);
  }
}

TEST_CASE("legacy maps: bytes that nobody has looked at are refused, and named") {
  require_root_and_bpf();
  const std::size_t before = open_fd_count();
  const CollectionSpec spec = read_object("legacy_maps");
  const auto check = [](const Error& error) {
    CAPTURE(error.message());
    CHECK(error.code() == errc::unsupported_input);
    CHECK(contains(error.message(), "map \"kept\""));
    CHECK(contains(error.message(), "16 more bytes"));
    CHECK(contains(error.message(), "MapSpec::extra"));
  };
  check(error_of(Collection::load(spec)));
  check(error_of(Map::create(*spec.map("kept"))));
  ok(Map::create(*spec.map("totals")));  // zeroes mean nothing
  CHECK(open_fd_count() == before);
}

TEST_CASE("legacy maps: once the caller has taken what they say, the maps work; as iproute2's, pinned") {
  private_mounts();
  LoadOptions options;
  options.pin_root = "/sys/fs/bpf/legacy_maps_test";
  REQUIRE(mkdir(options.pin_root.c_str(), 0700) == 0);
  for (const char* name : {"legacy_maps", "legacy_maps_clang14"}) {
    CAPTURE(std::string(name));
    CollectionSpec spec = read_object(name);
    MapSpec& kept = *spec.map("kept");
    std::uint32_t pinning = 0;
    std::memcpy(&pinning, kept.extra.data() + 4, sizeof pinning);
    CHECK(pinning == 2);  // PIN_GLOBAL_NS
    kept.pinning = Pinning::by_name;
    kept.extra.clear();
    Collection objects = ok(Collection::load(spec, options));
    run(objects, "count");
    run(objects, "count");
    CHECK(ok(objects.map("totals")->lookup<std::uint64_t>(0u)) == 2);
    CHECK(ok(objects.map("kept")->lookup<std::uint64_t>(1u)) == 2);
    CHECK(elements(*objects.map("counts")).size() == 1);
    CHECK(objects.map("counts")->flags() == kNoPrealloc);
    ok(unpin(options.pin_root + "/kept"));
  }
  CHECK(rmdir(options.pin_root.c_str()) == 0);
}
