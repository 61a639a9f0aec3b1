// examples/skeleton: what flows shows of packets that are known, in a network of the test's own.
#include <algorithm>
#include <cstddef>
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

using Lines = std::vector<std::string>;

void send(const NetNamespace& net, int from, int count, std::size_t length) {
  std::vector<std::byte> frame(length);
  std::ranges::copy(std::span(kFrame).first(kHeaderLength), frame.begin());
  for (int i = 0; i < count; ++i) net.send_frame(from, frame);
}

// The tables that a program shows, one after the other, until one is as wanted. A packet that was sent may be counted
// by and by.
bool shows(Child& child, const Lines& wanted) {
  constexpr int kMostTables = 30;
  Lines table, whole;
  for (int tables = 0; tables < kMostTables;) {
    const std::string line = child.wait_for([](const std::string&) { return true; });
    if (line.starts_with("packets ")) {
      ++tables;
      if (table == wanted) return true;
      whole = std::move(table);
      table.clear();
    }
    table.push_back(line);
  }
  std::string last;
  for (const std::string& line : whole) last += line + "\n";
  MESSAGE("the last table was\n" << last);
  return false;
}

}  // namespace

TEST_CASE("flows: packets by length, and one in ten by protocol and direction") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));  // tcx
  const NetNamespace net;
  Child flows({runfile("examples/skeleton/flows"), NetNamespace::kVeth1, "600"});
  CHECK(shows(flows, {"packets 0", "  below 128   0", "  below 512   0", "  below 9000  0", "  others      0",
                      "sampled 0 packets, 0 bytes"}));

  // One after the other, so that it is known which are the tenth.
  send(net, net.veth0(), 30, 64);
  flows.wait_for_prefix("packets 30");
  send(net, net.veth0(), 20, 511);
  flows.wait_for_prefix("packets 50");
  send(net, net.veth0(), 10, 1514);  // as long as frames are
  CHECK(shows(flows, {"packets 60", "  below 128   30", "  below 512   20", "  below 9000  10", "  others      0",
                      "sampled 6 packets, 2728 bytes", "  0x88b5 received 6 packets, 2728 bytes"}));
}

TEST_CASE("flows: both directions, and an interface that there is not") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  Child flows({runfile("examples/skeleton/flows"), NetNamespace::kVeth1, "600"});
  flows.wait_for_prefix("packets 0");
  send(net, net.veth1(), 10, 128);
  CHECK(shows(flows, {"packets 10", "  below 128   0", "  below 512   10", "  below 9000  0", "  others      0",
                      "sampled 1 packets, 128 bytes", "  0x88b5 sent     1 packets, 128 bytes"}));

  const Output none = run_program({runfile("examples/skeleton/flows"), "no_such_if", "1"});
  CHECK(none.status == 1);
  REQUIRE(none.lines.size() == 1);
  CHECK(contains(none.lines[0], "if_nametoindex"));
  const Output one = run_program({runfile("examples/skeleton/flows"), NetNamespace::kVeth1, "1"});
  CHECK(one.status == 0);
}
