// examples/tunable: knobs turned from other processes while packets flow. The packets are the test's own, in a network
// of its own, so the numbers are exact.
#include <cstdio>
#include <string>
#include <vector>

#include "tests/kernel/examples/child.h"
#include "tests/kernel/objects.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"

using namespace ebpf::test;

namespace {

// A line of what tunable shows each second.
struct Shown {
  unsigned long long packets = 0, lost = 0;
  unsigned loss_percent = 0;
  bool paused = false;
};

Shown parse(const std::string& line) {
  Shown shown;
  if (std::sscanf(line.c_str(), "packets %llu lost %llu loss_percent %u", &shown.packets, &shown.lost,
                  &shown.loss_percent) != 3)
    FAIL("not a line of tunable's: " << line);
  shown.paused = line.ends_with("  (paused)");
  return shown;
}

// tunable, running on one end of a veth pair.
class Tunable {
 public:
  Tunable() : child_({runfile("examples/tunable/tunable"), NetNamespace::kVeth1, "600"}) {
    const std::string line = child_.wait_for_prefix("lose_packets");
    REQUIRE(std::sscanf(line.c_str(), "lose_packets, program %u, is on veth1", &id_) == 1);
  }

  // Parallel runs have programs of the same name.
  std::string id() const { return std::to_string(id_); }

  // Sends packets, and returns what is shown once all that were sent so far have been counted. No more than 200 at a
  // time: a veth device has room for 256 that wait.
  Shown after_sending(int count) {
    for (int i = 0; i < count; ++i) net_.send_frame(net_.veth0(), kFrame);
    sent_ += static_cast<unsigned long long>(count);
    const auto has_all = [&](const std::string& line) { return parse(line).packets >= sent_; };
    const Shown shown = parse(child_.wait_for(has_all));
    CHECK(shown.packets == sent_);
    return shown;
  }

 private:
  NetNamespace net_;
  Child child_;
  unsigned id_ = 0;
  unsigned long long sent_ = 0;
};

Output turn(const std::string& program, const std::string& variable, const std::string& value) {
  return run_program({runfile("examples/tunable/turn"), program, variable, value});
}

Output vars_set(const std::string& variable, const std::string& value) {
  return run_program({runfile("tools/ebpf"), "vars", "set", variable, value});
}

}  // namespace

TEST_CASE("tunable: what is lost follows the knobs, which other processes turn while it runs") {
  require_root_and_bpf();
  Tunable tunable;

  Shown shown = tunable.after_sending(100);
  CHECK(shown.paused);
  CHECK(shown.loss_percent == 10);
  CHECK(shown.lost == 0);

  Output output = turn(tunable.id(), "loss_percent", "100");
  CHECK(output.status == 0);
  CHECK(output.lines == std::vector<std::string>{"loss_percent = 100"});
  shown = tunable.after_sending(100);
  CHECK(shown.loss_percent == 100);
  CHECK(shown.lost == 0);  // still paused

  output = turn(tunable.id(), "paused", "0");
  CHECK(output.status == 0);
  CHECK(output.lines == std::vector<std::string>{"paused = 0"});
  shown = tunable.after_sending(100);
  CHECK_FALSE(shown.paused);
  CHECK(shown.lost == 100);

  CHECK(vars_set("program:" + tunable.id() + ".loss_percent", "0").status == 0);
  shown = tunable.after_sending(100);
  CHECK(shown.loss_percent == 0);
  CHECK(shown.lost == 100);

  // Half of 600: what chance makes of it is within ten standard deviations.
  CHECK(vars_set("program:" + tunable.id() + ".loss_percent", "50").status == 0);
  for (int i = 0; i < 3; ++i) shown = tunable.after_sending(200);
  CHECK(shown.lost > 100 + 300 - 122);
  CHECK(shown.lost < 100 + 300 + 122);

  CHECK(vars_set("program:" + tunable.id() + ".paused", "true").status == 0);
  const unsigned long long lost_before = shown.lost;
  shown = tunable.after_sending(100);
  CHECK(shown.paused);
  CHECK(shown.lost == lost_before);
}

TEST_CASE("turn: what is not there, or not of a type that it knows, is a sentence and a status") {
  require_root_and_bpf();
  Tunable tunable;
  const auto refused = [](const Output& output, const std::string& part) {
    CHECK(output.status == 1);
    REQUIRE(output.lines.size() == 1);
    CAPTURE(output.lines[0]);
    CHECK(contains(output.lines[0], part));
  };
  refused(turn("no_such_program", "paused", "0"), "no program called \"no_such_program\" is loaded");
  refused(turn("4294967295", "paused", "0"), "program number 4294967295");
  refused(turn(tunable.id(), "los_percent", "0"), "did you mean \"loss_percent\"?");
  refused(turn(tunable.id(), "packets", "0"), "packets");
}

TEST_CASE("tunable: ends after as many seconds as it is told, and says which interface there is not") {
  require_root_and_bpf();
  const NetNamespace net;
  const Output two = run_program({runfile("examples/tunable/tunable"), NetNamespace::kVeth1, "2"});
  CHECK(two.status == 0);
  CHECK(two.lines.size() == 4);
  const Output none = run_program({runfile("examples/tunable/tunable"), "no_such_if", "2"});
  CHECK(none.status == 1);
  REQUIRE(none.lines.size() == 1);
  CHECK(contains(none.lines[0], "if_nametoindex"));
}
