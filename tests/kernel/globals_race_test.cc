// No update is lost: BPF programs and C++ threads add to the same variables at the same time. Runs under
// ThreadSanitizer, too, which must have nothing to say.
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

constexpr std::uint32_t kRounds = 1000;
constexpr std::uint32_t kRepeat = 200;   // runs of the program in one system call
constexpr std::uint32_t kAdds = 500000;  // by each thread
constexpr std::size_t kLength = kFrameLength - kHeaderLength;

// Runs the program kRounds * kRepeat times. Returns whether each call succeeded.
bool run_often(const Program& program) {
  for (std::uint32_t i = 0; i < kRounds; ++i)
    if (!program.test_run({.data = kFrame, .repeat = kRepeat})) return false;
  return true;
}

}  // namespace

TEST_CASE("programs and threads add to the same globals, and no update is lost") {
  require_root_and_bpf();
  for (const std::string name : {"globals", "globals_clang14"}) {
    CAPTURE(name);
    Collection objects = load_object(name);
    const Program& count = *objects.program("count");
    const auto packets = ok(objects.variable("packets")->as<std::uint64_t>());
    const auto bytes = ok(objects.variable("bytes")->as<std::uint64_t>());
    const auto events = ok(objects.variable("events")->as<std::uint32_t>());
    const auto by_length = ok(objects.variable("hits_by_length")->as_span<std::uint64_t>());

    std::atomic<bool> ran = true, ascending = true, running = true;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 2; ++i)
        threads.emplace_back([&] {
          if (!run_often(count)) ran = false;
        });
      // Each adder has a copy of its own of one view, and shares the others.
      threads.emplace_back([&, packets] {
        for (std::uint32_t i = 0; i < kAdds; ++i) {
          packets.fetch_add(1, std::memory_order_relaxed);
          events.fetch_add(1);
          by_length[kLength & 15].fetch_add(1);
        }
      });
      threads.emplace_back([&] {
        for (std::uint32_t i = 0; i < kAdds; ++i) {
          packets.fetch_add(1);
          std::uint32_t seen = events.load(std::memory_order_relaxed);
          while (!events.compare_exchange(seen, seen + 1)) {
          }
          (*by_length.at(kLength & 15)).fetch_add(1, std::memory_order_acq_rel);
        }
      });
      std::jthread reader([&] {
        std::uint64_t last = 0;
        while (running) {
          const std::uint64_t now = packets.load(std::memory_order_relaxed);
          if (now < last) ascending = false;
          last = now;
          for (auto element : by_length) (void)element.load();
          (void)objects.variable("hits_by_length")->get<std::array<std::uint64_t, 16>>();
        }
      });
      for (auto& thread : threads) thread.join();
      running = false;
    }

    const std::uint64_t runs = 2ull * kRounds * kRepeat;
    CHECK(ran);
    CHECK(ascending);
    CHECK(packets.load() == runs + 2 * kAdds);
    CHECK(events.load() == runs + 2 * kAdds);
    CHECK(by_length[kLength & 15].load() == runs + 2 * kAdds);
    CHECK(bytes.load() == runs * kLength);
  }
}

TEST_CASE("neighbours in memory do not disturb each other") {
  require_root_and_bpf();
  Collection objects = load_object("globals");
  const auto u8 = ok(objects.variable("bss_u8")->as<std::uint8_t>());
  const auto s8 = ok(objects.variable("bss_s8")->as<std::int8_t>());
  const auto u16 = ok(objects.variable("bss_u16")->as<std::uint16_t>());
  {
    std::jthread first([&] {
      for (int i = 0; i < 256 * 100 + 7; ++i) u8.fetch_add(1);
    });
    std::jthread second([&] {
      for (int i = 0; i < 256 * 100 + 9; ++i) s8.fetch_add(1);
    });
    for (int i = 0; i < 65536 + 11; ++i) u16.fetch_add(1);
  }
  CHECK(u8.load() == 7);
  CHECK(s8.load() == 9);
  CHECK(u16.load() == 11);
}

TEST_CASE("a struct is copied while others write to it") {
  require_root_and_bpf();
  Collection objects = load_object("globals");
  const Variable& variable = *objects.variable("data_structs");
  using Words = std::array<std::array<std::uint64_t, 2>, 3>;
  std::atomic<bool> failed = false;
  {
    std::jthread writer([&] {
      for (std::uint64_t i = 0; i < 20000; ++i) {
        const std::uint64_t word = i << 32 | i;  // torn where the halves differ
        if (!variable.write(as_byte_span(Words{{{word, word}, {word, word}, {word, word}}}))) failed = true;
      }
    });
    for (int i = 0; i < 20000; ++i) {
      Words words;
      if (!variable.read(std::as_writable_bytes(std::span<Words, 1>(&words, 1)))) failed = true;
      if (i < 100) continue;  // what was there before the writer began
      for (const auto& pair : words)
        for (const std::uint64_t word : pair)
          if (word >> 32 != (word & 0xffffffff) && word > 300) failed = true;
    }
  }
  CHECK_FALSE(failed);
}
