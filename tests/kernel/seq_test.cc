// Sequence counters: copies of a record of many words, while a program writes to it or user space does. Runs under
// ThreadSanitizer, too.
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// As in seq.h.
struct Record {
  std::uint64_t sequence;
  std::uint64_t words[32];
};

constexpr std::uint32_t kRepeat = 2000;            // runs of a program in one system call
constexpr std::uint64_t kMostCopies = 1ull << 28;  // until a torn one is seen; minutes, and it takes milliseconds
constexpr std::uint32_t kWholeCopies = 20'000;

bool is_whole(const Record& record) {
  return std::ranges::all_of(record.words, [&](std::uint64_t word) { return word == record.words[0]; });
}

// Objects that this kernel takes: ordered atomics came with 5.12, to arm64 later; ordinary stores are right here where
// the CPU keeps them in order.
std::string object_for_here() {
#if defined(__x86_64__)
  if (kernel(5, 12).missing) return "seq_strong_cpu";
#endif
  return "seq";
}

void require_two_cpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0 || CPU_COUNT(&cpus) < 2)
    SKIP_TEST("needs two CPUs, so that a program writes while a thread reads");
}

// Runs a program over and over in a thread of its own.
class Running {
 public:
  Running(const Collection& objects, std::string_view name)
      : thread_([this, program = &*objects.program(name)](std::stop_token stop) {
          while (!stop.stop_requested())
            if (!program->test_run({.data = kFrame, .repeat = kRepeat})) failed = true;
        }) {}

  std::atomic<bool> failed = false;

 private:
  std::jthread thread_;
};

}  // namespace

TEST_CASE("without a sequence counter copies of many words are torn") {
  require_root_and_bpf();
  require_two_cpus();
  const Collection objects = load_object("seq_strong_cpu");
  const auto record = ok(objects.variable("written")->as_struct<const Record>());
  const Running writer(objects, "write_plainly");
  std::uint64_t copies = 0;
  while (copies < kMostCopies && !writer.failed && is_whole(record.snapshot())) ++copies;
  CAPTURE(copies);
  CHECK_FALSE(writer.failed);
  CHECK(copies < kMostCopies);
}

TEST_CASE("with a sequence counter they are whole, each time") {
  require_root_and_bpf();
  require_two_cpus();
  for (const std::string& name : {object_for_here(), object_for_here() + "_clang14"}) {
    CAPTURE(name);
    const Collection objects = load_object(name);
    const auto record = ok(objects.variable("written")->as_seq<const Record>(&Record::sequence));
    const Running writer(objects, "write_in_sequence");
    std::uint32_t whole = 0;
    std::uint32_t torn = 0;
    std::uint32_t busy = 0;
    std::uint64_t last = 0;
    bool ascending = true;
    // On a slow machine the writer may begin only after so many copies: go on until it has written.
    while ((whole < kWholeCopies || last == 0) && !writer.failed) {
      // Few tries, so that giving up is seen, too.
      const auto copy = record.snapshot(1000);
      if (!copy) {
        REQUIRE(copy.error().code() == errc::busy);
        ++busy;
        continue;
      }
      if (!is_whole(*copy)) ++torn;
      if (copy->words[0] < last || copy->sequence % 2 != 0) ascending = false;
      last = copy->words[0];
      ++whole;
    }
    CAPTURE(busy);
    CHECK_FALSE(writer.failed);
    CHECK(torn == 0);
    CHECK(ascending);
    CHECK(last > 0);
  }
}

TEST_CASE("a program reads in one piece what user space writes") {
  require_root_and_bpf();
  require_two_cpus();
  for (const std::string& name : {object_for_here(), object_for_here() + "_clang14"}) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const auto given = ok(objects.variable("given")->as_seq<Record>(&Record::sequence));
    const auto whole = ok(objects.variable("whole")->as<const std::uint64_t>());
    const auto torn = ok(objects.variable("torn")->as<const std::uint64_t>());
    {
      const Running reader(objects, "read_in_sequence");
      const auto write_often = [&](std::uint64_t from) {
        for (std::uint64_t i = from; i < from + 20'000; ++i) {
          Record record{};
          std::ranges::fill(record.words, i);
          if (!given.write(record)) return false;
        }
        return true;
      };
      bool first = false;
      std::jthread second_writer([&] { first = write_often(1'000'000); });
      CHECK(write_often(0));
      second_writer.join();
      CHECK(first);
      while (whole.load() == 0 && !reader.failed) std::this_thread::yield();
      CHECK_FALSE(reader.failed);
    }
    CHECK(torn.load() == 0);
    CHECK(whole.load() > 0);
    CHECK(given.sequence() == 2 * 2 * 20'000);
    CHECK(is_whole(ok(given.snapshot())));
  }
}

TEST_CASE("a writer that never ended its write: an error, not a reader that hangs") {
  require_root_and_bpf();
  Collection objects = load_object("seq_strong_cpu");
  const auto record = ok(objects.variable("written")->as_seq<Record>(&Record::sequence));
  CHECK(record.sequence() == 0);
  run(objects, "write_in_sequence");
  CHECK(record.sequence() == 2);
  CHECK(ok(record.snapshot()).words[31] == 1);
  ok(objects.variable("written")->field<std::uint64_t>("sequence")).fetch_add(1);
  CHECK(error_of(record.snapshot(10)).code() == errc::busy);
  CHECK(error_of(record.write({}, 10)).code() == errc::busy);
  ok(objects.variable("written")->field<std::uint64_t>("sequence")).fetch_add(1);
  CHECK(ok(record.snapshot()).words[0] == 1);
}

TEST_CASE("a program that writes only if nobody else does") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));
  Collection objects = load_object("seq");
  CHECK(run(objects, "write_if_free") == 1);
  const auto sequence = ok(objects.variable("written")->field<std::uint64_t>("sequence"));
  CHECK(sequence.load() == 2);
  sequence.fetch_add(1);
  CHECK(run(objects, "write_if_free") == 0);
  CHECK(sequence.load() == 3);
  CHECK(ok(objects.variable("rounds")->get<std::uint64_t>()) == 1);
}
