// Rights: what is said where they are missing, and what is possible with a few capabilities (capabilities(7)) only.
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "ebpf/asm/asm.h"
#include "tests/kernel/assembled.h"
#include "tests/kernel/objects.h"
#include "tests/support/descriptors.h"
#include "tests/support/private_mounts.h"
#include "tests/support/privileges.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// Before 5.11 the memory of maps and programs counts against RLIMIT_MEMLOCK, which only root may raise.
void lift_memlock_limit() {
  if (!kernel(5, 11).missing) return;
  constexpr rlimit kUnlimited = {RLIM_INFINITY, RLIM_INFINITY};
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &kUnlimited) == 0);
}

MapSpec lru_hash() {
  MapSpec map;
  map.name = "wanted";
  map.type = MapType::lru_hash;
  map.key_size = 4;
  map.value_size = 4;
  map.max_entries = 1;
  return map;
}

}  // namespace

TEST_CASE("without capabilities: denied, and the sentence says which is missing") {
  require_root_and_bpf();
  const CollectionSpec spec = read_object("tracing");
  unprivileged([&] {
    const std::size_t before = open_fd_count();
    const Error error = error_of(Collection::load(spec));
    CAPTURE(error.message());
    CHECK(error.code() == errc::denied);
    CHECK(contains(error.message(), "CAP_BPF"));
    CHECK(contains(error.message(), "tracing"));
    CHECK(contains(error.message(), "EPERM"));
    CHECK(open_fd_count() == before);
  });
}

TEST_CASE("without capabilities: Map::create is denied, too") {
  require_root_and_bpf();
  unprivileged([] {
    const Error error = error_of(Map::create(lru_hash()));
    CAPTURE(error.message());
    CHECK(error.code() == errc::denied);
    CHECK(contains(error.message(), "wanted"));
    CHECK(contains(error.message(), "CAP_BPF"));
  });
}

TEST_CASE("CAP_BPF alone: maps and socket filters; for other programs it says what is missing besides") {
  require_root_and_bpf();
  lift_memlock_limit();
  const CollectionSpec filters = read_object("pinning"), tracing = read_object("tracing");
  CollectionSpec xdp = read_object("packet");
  keep_program(xdp, "count_xdp");
  with_capabilities_only({CAP_BPF}, [&] {
    CHECK(Map::create(lru_hash()));
    CollectionSpec unpinned = filters;
    for (MapSpec& map : unpinned.maps) map.pinning = Pinning::none;
    ok(Collection::load(unpinned));
    const Error no_perfmon = error_of(Collection::load(tracing));
    CAPTURE(no_perfmon.message());
    CHECK(no_perfmon.code() == errc::denied);
    CHECK(contains(no_perfmon.message(), "CAP_PERFMON"));
    const Error no_admin = error_of(Collection::load(xdp));
    CAPTURE(no_admin.message());
    CHECK(no_admin.code() == errc::denied);
    CHECK(contains(no_admin.message(), "CAP_NET_ADMIN"));
  });
}

TEST_CASE("CAP_BPF and CAP_PERFMON: tracing programs load, and their variables are mapped") {
  require_root_and_bpf();
  lift_memlock_limit();
  const CollectionSpec spec = read_object("tracing");
  with_capabilities_only({CAP_BPF, CAP_PERFMON}, [&] {
    const Collection objects = ok(Collection::load(spec));
    CHECK(objects.programs.size() == spec.programs.size());
    CHECK(ok(objects.variable("getppid_calls")->as<std::uint64_t>()).load() == 0);
  });
}

TEST_CASE("CAP_BPF and CAP_NET_ADMIN: networking programs load") {
  require_root_and_bpf();
  lift_memlock_limit();
  // To compare addresses of the packet takes CAP_PERFMON, too.
  using namespace insn;
  static constexpr auto kCode = assemble(mov(r0, 2), exit_());
  const ProgramSpec spec = assembled("pass", ProgramType::xdp, kCode.slots);
  with_capabilities_only({CAP_BPF, CAP_NET_ADMIN}, [&] { ok(Program::load(spec, "GPL")); });
}

TEST_CASE("RLIMIT_MEMLOCK: raised where it counts, left alone and not blamed where it does not") {
  require_root_and_bpf();
  const bool counts = static_cast<bool>(kernel(5, 11).missing);
  rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &before) == 0);
  constexpr rlim_t kLow = 4096;
  const rlimit low = {kLow, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &low) == 0);
  const auto loaded = Collection::load(read_object("globals"));
  rlimit after = {};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &after) == 0);
  CHECK(loaded.has_value());
  CHECK((after.rlim_cur == kLow) == !counts);
  // Whatever the limit: here it is a capability that lacks.
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &low) == 0);
  unprivileged([&] {
    const Error error = error_of(Map::create(lru_hash()));
    CAPTURE(error.message());
    CHECK(contains(error.message(), "CAP_BPF"));
    CHECK_FALSE(contains(error.message(), "MEMLOCK"));
  });
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &before) == 0);
}

TEST_CASE("RLIMIT_MEMLOCK: a program that is loaded once more for its log does not lose it to the limit") {
  require_root_and_bpf();
  rlimit before = {};
  REQUIRE(getrlimit(RLIMIT_MEMLOCK, &before) == 0);
  // One of these has room for the program once and not twice, where the limit counts.
  constexpr rlim_t kPage = 4096;
  for (rlim_t pages = 1; pages <= 64; ++pages) {
    const rlimit low = {pages * kPage, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_MEMLOCK, &low) == 0);
    CAPTURE(pages);
    CHECK(contains(ok(Program::load(returning_seven(), "GPL", {.verifier_log_level = 1})).verifier_log(), "processed"));
  }
  REQUIRE(setrlimit(RLIMIT_MEMLOCK, &before) == 0);
}
