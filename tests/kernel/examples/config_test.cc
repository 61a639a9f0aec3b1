// examples/config: what it shows always adds up, and no packet is judged by a mixture of limits. The packets are the
// test's own, in a network of its own, so the numbers are exact.
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "tests/kernel/examples/child.h"
#include "tests/kernel/objects.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf::test;

namespace {

// Ends of the packets that both kinds of limits refuse, and of which a mixture would accept all.
constexpr std::size_t kMiddle = 500;
constexpr std::size_t kShort = 50;

struct Shown {
  unsigned long long packets = 0, accepted = 0, refused = 0, unjudged = 0, bytes = 0, changes = 0;
};

Shown parse(const std::string& line) {
  Shown shown;
  if (std::sscanf(line.c_str(),
                  "packets %llu = accepted %llu + refused %llu + unjudged %llu; bytes %llu; limits changed %llu times",
                  &shown.packets, &shown.accepted, &shown.refused, &shown.unjudged, &shown.bytes, &shown.changes) != 6)
    FAIL("not a line of config's: " << line);
  return shown;
}

// config, running on one end of a veth pair.
class Config {
 public:
  Config()
      : child_({runfile("examples/config/config"), runfile("examples/config/config.bpf.o"), NetNamespace::kVeth1, "600",
                "0x88b5"}) {
    child_.wait_for([&](const std::string& line) { return last_ = parse(line), true; });
  }

  // Packets of so many bytes behind the header, over some milliseconds. No more than 200 until they are shown: a veth
  // device has room for 256 that wait.
  void send(int count, std::size_t length) {
    std::vector<std::byte> frame(14 + length);
    std::ranges::copy(std::span(kFrame).first(14), frame.begin());
    for (int i = 0; i < count; ++i) {
      net_.send_frame(net_.veth0(), frame);
      if (i % 10 == 0) usleep(500);
    }
    packets_ += static_cast<unsigned long long>(count);
    bytes_ += static_cast<unsigned long long>(count) * length;
  }

  // What is shown once all that were sent have been counted. Each line on the way adds up.
  Shown shown() {
    child_.wait_for([&](const std::string& line) {
      CAPTURE(line);
      const Shown now = parse(line);
      CHECK(now.packets == now.accepted + now.refused + now.unjudged);
      CHECK(now.packets >= last_.packets);
      CHECK(now.changes >= last_.changes);
      last_ = now;
      return now.packets >= packets_;
    });
    CHECK(last_.packets == packets_);
    CHECK(last_.bytes == bytes_);
    return last_;
  }

 private:
  NetNamespace net_;
  Child child_;
  Shown last_;
  unsigned long long packets_ = 0, bytes_ = 0;
};

}  // namespace

TEST_CASE("config: limits change as a whole, and counts are of one moment") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));  // ordered atomics, for sequence counters
  Config config;
  for (int round = 0; round < 5; ++round) {
    config.send(200, kMiddle);
    CHECK(config.shown().accepted == 0);
  }
  const Shown before = config.shown();
  CHECK(before.refused > 0);
  CHECK(before.changes > 0);
  // Which limits hold when a short packet comes is chance: some are accepted and some not, sooner or later.
  Shown now = before;
  for (int round = 0; round < 100 && (now.accepted == 0 || now.refused == before.refused); ++round) {
    config.send(100, kShort);
    now = config.shown();
  }
  CHECK(now.accepted > 0);
  CHECK(now.refused > before.refused);
}

TEST_CASE("config: other protocols are left alone, and what does not fit a member is refused") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));
  const NetNamespace net;
  const std::string program = runfile("examples/config/config"), object = runfile("examples/config/config.bpf.o");
  Child child({program, object, NetNamespace::kVeth1, "2", "0x0800"});
  child.wait_for_prefix("packets 0 ");
  for (int i = 0; i < 10; ++i) net.send_frame(net.veth0(), kFrame);
  CHECK(child.wait() == 0);
  CHECK(child.lines().size() == 3);
  const Shown last = parse(child.lines().back());
  CHECK(last.packets == 0);
  CHECK(last.changes == 2000);

  const Output output = run_program({program, object, NetNamespace::kVeth1, "1", "0x10000"});
  CHECK(output.status == 1);
  REQUIRE(output.lines.size() == 1);
  CAPTURE(output.lines[0]);
  CHECK(contains(output.lines[0], "settings.protocols[0].ethertype"));
}
