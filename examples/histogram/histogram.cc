// Histogram: arrays, and how what each CPU counts for itself is added up. Shows each second how long the packets are
// that the processes of a cgroup have sent, IP header included:
//
//     histogram CGROUP [seconds]           histogram /sys/fs/cgroup/system.slice
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "histogram.skel.h"

namespace {

using histogram::lengths;
using Counts = std::array<std::uint64_t, std::tuple_size_v<decltype(lengths::buckets)>>;

unsigned long long number(std::uint64_t value) { return value; }

void show(const Counts& counts) {
  constexpr std::size_t kWidth = 40;
  const std::uint64_t most = std::ranges::max(counts);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const bool is_last = i + 1 == counts.size();
    const std::string high = is_last ? "more" : std::to_string((2ull << i) - 1);
    const std::string bar(counts[i] * kWidth / most, '#');
    std::printf("%8llu .. %-8s |%-*s| %llu\n", 1ull << i, high.c_str(), int{kWidth}, bar.c_str(), number(counts[i]));
  }
}

void show(const histogram::Object& object) {
  // A row for each CPU, in the program's own memory. The same member of all rows is a row of atomics, for algorithms
  // and for sum(); so is the same element of an array in them.
  const auto& rows = object.bss.per_cpu;               // ebpf::StructSpan<lengths, 128>
  const auto packets = rows.field(&lengths::packets);  // ebpf::AtomicSpan<std::uint64_t, 128>

  std::printf("%llu packets, ", number(packets.sum()));
  std::printf("%llu bytes, sent by %td CPUs\n", number(rows.sum(&lengths::bytes)),
              std::ranges::count_if(packets, [](std::uint64_t count) { return count > 0; }));

  Counts counts;
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = rows.sum(&lengths::buckets, i);
  show(counts);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "histogram CGROUP [seconds]\n");
    return EXIT_FAILURE;
  }
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 60;

  auto spec = histogram::Spec::open();
  if (!spec) return ebpf::report(spec.error());
  auto object = histogram::Object::load(*spec);
  if (!object) return ebpf::report(object.error());
  auto link = object->programs.measure.attach_cgroup(argv[1]);
  if (!link) return ebpf::report(link.error());

  show(*object);
  for (int second = 0; second < seconds; ++second) {
    sleep(1);
    show(*object);
  }
}
