// A generated header used as people are shown that it can be: constants and initial values before loading; attach();
// counters, arrays and typed maps of a program that runs.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "counter.skel.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"

using ebpf::test::ok;

TEST_CASE("skeleton: a counter, as one would write it") {
  ebpf::test::require_root_and_bpf();
  auto spec = counter::Spec::open();
  REQUIRE(spec);
  spec->rodata().sample_rate = 10;
  spec->rodata().process = static_cast<std::uint32_t>(getpid());
  spec->rodata().system_call = SYS_getppid;
  std::ranges::fill(spec->data().thresholds, 1000);

  auto counter = counter::Object::load(*spec);
  REQUIRE(counter);
  auto links = counter->attach();
  REQUIRE(links);

  counter->bss.packets.fetch_add(1);
  counter->data.thresholds[3].store(50);
  for (int i = 0; i < 99; ++i) syscall(SYS_getppid);
  CHECK(counter->bss.packets.load() == 100);
  CHECK(counter->bss.sampled.load() == 10);
  CHECK(counter->bss.above[3].load() == 50);
  CHECK(counter->bss.above.sum() == 50);
  CHECK(std::ranges::count(counter->data.thresholds, 1000u) == 15);
  CHECK(counter->rodata.sample_rate.load() == 10);

  const auto https = ok(counter->maps.by_port.lookup(443));
  REQUIRE(https);
  CHECK(https->packets == 99);
  CHECK_FALSE(ok(counter->maps.by_port.contains(80)));
  ok(counter->maps.by_port.update(80, {.packets = 1, .bytes = 60}));
  std::uint64_t bytes = 0;
  for (auto [port, stats] : counter->maps.by_port) bytes += port * stats.bytes;
  CHECK(bytes == 443 * 9900 + 80 * 60);

  static_assert(std::is_same_v<decltype(counter->bss.packets), ebpf::Global<std::uint64_t>>);
  static_assert(std::is_same_v<decltype(counter->data.thresholds), ebpf::AtomicSpan<std::uint32_t, 16>>);
  static_assert(std::is_same_v<decltype(https), const std::optional<counter::stats>>);

  // Once the links are gone, so is the program from where it was attached.
  {
    const auto detached = std::move(*links);
  }
  syscall(SYS_getppid);
  CHECK(counter->bss.packets.load() == 100);
}
