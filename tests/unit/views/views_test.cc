// Views of structures and arrays over ordinary memory, without a kernel, and what of them does not compile.
#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <iterator>
#include <numeric>
#include <ranges>
#include <vector>

#include "ebpf/memory.h"
#include "tests/support/test.h"

using namespace ebpf;

namespace {

enum class Color : std::uint32_t { red, green = 5 };

struct Traffic {
  std::uint64_t packets;
  std::uint64_t bytes;
  bool operator==(const Traffic&) const = default;
};

struct Base {
  std::int32_t number;
};

union Word {
  std::uint32_t whole;
  std::uint8_t part[4];
};

struct Stats : Base {
  Color color;
  Traffic rx;
  Traffic by_port[3];
  std::array<std::uint16_t, 6> histogram;
  std::uint8_t matrix[2][3];
  bool active;
  Word word;
  double load;
};

struct [[gnu::packed]] Packed {
  std::uint8_t tag;
  std::uint32_t value;
};

Stats example() {
  Stats stats{};
  stats.number = -7;
  stats.color = Color::green;
  stats.rx = {1, 2};
  for (std::uint64_t i = 0; i < 3; ++i) stats.by_port[i] = {10 * i, 100 * i};
  for (std::uint16_t i = 0; i < 6; ++i) stats.histogram[i] = i;
  stats.matrix[1][2] = 9;
  stats.active = true;
  stats.word.whole = 0x01010101;
  stats.load = 0.5;
  return stats;
}

template <class Ref>
concept Writes = requires(Ref ref, typename Ref::value_type value) { ref.write(value); };
template <class Ref>
concept Stores = requires(Ref ref, typename Ref::value_type value) { ref.store(value); };
template <class Span>
concept AssignsElements = requires(Span span) { span[0] = span[1]; };

}  // namespace

TEST_CASE("StructRef: members are seen as what their types call for") {
  Stats stats = example();
  const StructRef<Stats> ref(&stats);
  CHECK(ref.field(&Stats::number).load() == -7);
  CHECK(ref.field(&Base::number).fetch_add(8) == -7);
  CHECK(stats.number == 1);
  CHECK(ref.field(&Stats::color).load() == Color::green);
  CHECK(ref.field(&Stats::active).load());
  CHECK(ref.field(&Stats::load).load() == 0.5);
  CHECK(ref.field(&Stats::rx).snapshot() == Traffic{1, 2});
  CHECK(ref.field(&Stats::rx).field(&Traffic::bytes).exchange(30) == 2);
  CHECK(stats.rx.bytes == 30);
  CHECK(ref.field(&Stats::histogram).size() == 6);
  CHECK(ref.field(&Stats::histogram)[5].load() == 5);
  CHECK(ref.field(&Stats::matrix).size() == 6);
  CHECK(ref.field(&Stats::matrix)[5].load() == 9);
  CHECK(ref.field(&Stats::word).field(&Word::part)[3].load() == 1);
  CHECK(ref.field(&Stats::by_port)[2].field(&Traffic::bytes).load() == 200);
  CHECK(ref.field(&Stats::by_port).sum(&Traffic::bytes) == 300);
  static_assert(std::same_as<decltype(ref.field(&Stats::rx)), StructRef<Traffic>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::by_port)), StructSpanRef<Traffic, 3>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::histogram)), AtomicSpanRef<std::uint16_t, 6>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::color)), AtomicRef<Color>>);
}

TEST_CASE("StructRef: a snapshot and a write are of all bytes") {
  Stats stats = example();
  const StructRef<Stats> ref(&stats);
  const Stats copy = ref.snapshot();
  CHECK(std::memcmp(&copy, &stats, sizeof stats) == 0);
  Stats other = copy;
  other.rx = {8, 9};
  other.matrix[0][0] = 1;
  ref.write(other);
  CHECK(stats.rx == Traffic{8, 9});
  CHECK(stats.matrix[0][0] == 1);
  CHECK(stats.active);
}

TEST_CASE("StructRef: odd sizes and alignments are copied whole") {
  struct Odd {
    char bytes[23];
  };
  for (std::size_t shift = 0; shift < 8; ++shift) {
    alignas(8) char storage[40];
    for (std::size_t i = 0; i < sizeof storage; ++i) storage[i] = static_cast<char>(i);
    auto* odd = reinterpret_cast<Odd*>(storage + shift);
    Odd copy = StructRef<const Odd>(odd).snapshot();
    CHECK(std::memcmp(copy.bytes, storage + shift, sizeof copy) == 0);
    for (char& byte : copy.bytes) byte = 100;
    StructRef<Odd>(odd).write(copy);
    for (std::size_t i = 0; i < sizeof storage; ++i)
      CHECK(storage[i] == (i >= shift && i < shift + 23 ? 100 : static_cast<char>(i)));
  }
}

TEST_CASE("StructRef of a packed structure: snapshots work") {
  Packed packed{1, 0x12345678};
  CHECK(StructRef<const Packed>(&packed).snapshot().value == 0x12345678);
  CHECK(StructRef<Packed>(&packed).field(&Packed::tag).load() == 1);
  // StructRef<Packed>(&packed).field(&Packed::value) does not compile: it lies across words.
}

TEST_CASE("views of const objects have nothing to write with, and neither have their members") {
  const Stats stats = example();
  const StructRef<const Stats> ref(&stats);
  CHECK(ref.snapshot().number == -7);
  static_assert(Writes<StructRef<Stats>> && !Writes<StructRef<const Stats>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::rx)), StructRef<const Traffic>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::by_port)), StructSpanRef<const Traffic, 3>>);
  static_assert(std::same_as<decltype(ref.field(&Stats::histogram)), AtomicSpanRef<const std::uint16_t, 6>>);
  static_assert(!Stores<decltype(ref.field(&Stats::number))>);
  CHECK(ref.field(&Stats::histogram).sum() == 15);
}

TEST_CASE("rows: one element of an array in each structure") {
  struct alignas(64) PerCpu {
    std::array<std::uint32_t, 5> buckets;
    std::uint8_t grid[2][3];
    Traffic by_port[2];
  };
  std::array<PerCpu, 3> cpus{};
  for (std::uint32_t cpu = 0; cpu < 3; ++cpu) {
    for (std::uint32_t i = 0; i < 5; ++i) cpus[cpu].buckets[i] = 10 * i + cpu;
    cpus[cpu].grid[1][2] = static_cast<std::uint8_t>(cpu + 1);
    cpus[cpu].by_port[1] = {cpu, 100 * cpu};
  }
  const StructSpanRef<PerCpu> row(cpus.data(), cpus.size());
  CHECK(row.sum(&PerCpu::buckets, 0) == 3u);
  CHECK(row.sum(&PerCpu::buckets, 4) == 123u);
  CHECK(row.sum(&PerCpu::grid, 5) == 6u);
  CHECK(row.field(&PerCpu::by_port, 1).sum(&Traffic::bytes) == 300u);
  const auto fourth = row.field(&PerCpu::buckets, 3);
  static_assert(std::same_as<decltype(fourth), const AtomicSpanRef<std::uint32_t>>);
  CHECK(fourth.stride() == 64);
  CHECK(std::vector<std::uint32_t>(fourth.begin(), fourth.end()) == std::vector<std::uint32_t>{30, 31, 32});
  fourth[2].store(7);
  CHECK(cpus[2].buckets[3] == 7);
  const StructSpanRef<const PerCpu> constants(cpus.data(), cpus.size());
  static_assert(std::same_as<decltype(constants.field(&PerCpu::buckets, 0)), AtomicSpanRef<const std::uint32_t>>);
  CHECK(constants.sum(&PerCpu::buckets, 4) == 123u);
}

TEST_CASE("rows: the same member of each structure") {
  struct alignas(64) PerCpu {
    std::uint64_t hits;
    std::int32_t change;
    float load;
  };
  std::array<PerCpu, 4> cpus{};
  for (int i = 0; i < 4; ++i)
    cpus[static_cast<std::size_t>(i)] = {static_cast<std::uint64_t>(i), -i, static_cast<float>(i) / 2};
  const StructSpanRef<PerCpu> row(cpus.data(), cpus.size());
  CHECK(row.sum(&PerCpu::hits) == 6u);
  CHECK(row.sum(&PerCpu::change) == -6);
  CHECK(row.sum(&PerCpu::load) == 3.0);
  static_assert(std::same_as<decltype(row.sum(&PerCpu::hits)), std::uint64_t>);
  static_assert(std::same_as<decltype(row.sum(&PerCpu::change)), std::int64_t>);
  const auto hits = row.field(&PerCpu::hits);
  CHECK(hits.stride() == 64);
  CHECK(hits.end() - hits.begin() == 4);
  CHECK(std::vector<std::uint64_t>(hits.begin(), hits.end()) == std::vector<std::uint64_t>{0, 1, 2, 3});
  hits[3].fetch_add(10);
  CHECK(cpus[3].hits == 13);
  CHECK(row[3].field(&PerCpu::hits).load() == 13);
  CHECK(row.at(4).error().code() == errc::out_of_range);
  CHECK(std::ranges::count_if(row, [](const PerCpu& cpu) { return cpu.hits > 0; }) == 3);
}

TEST_CASE("sums wrap as unsigned numbers do, and add small types up in 64 bits") {
  std::array<std::uint8_t, 3> small{255, 255, 255};
  CHECK(AtomicSpanRef<std::uint8_t>(small.data(), 3).sum() == 765u);
  std::array<std::uint64_t, 2> large{~0ull, 2};
  CHECK(AtomicSpanRef<std::uint64_t>(large.data(), 2).sum() == 1u);
  std::array<std::int64_t, 2> negative{INT64_MIN, -1};
  CHECK(AtomicSpanRef<std::int64_t>(negative.data(), 2).sum() == INT64_MAX);
}

TEST_CASE("how many elements a row has can be part of its type") {
  Stats stats = example();
  const auto histogram = StructRef<Stats>(&stats).field(&Stats::histogram);
  static_assert(histogram.size() == 6 && !histogram.empty() && decltype(histogram)::extent == 6);
  static_assert(sizeof(histogram) < sizeof(AtomicSpanRef<std::uint16_t>));

  const AtomicSpanRef<std::uint16_t> row = histogram;
  CHECK(row.size() == 6);
  CHECK(row[5].load() == 5);
  using Of6 = AtomicSpanRef<std::uint16_t, 6>;
  CHECK(Of6(row).end() == histogram.end());
  static_assert(!std::convertible_to<AtomicSpanRef<std::uint16_t>, Of6>);
  static_assert(!std::constructible_from<AtomicSpanRef<std::uint32_t>, Of6>);

  // The rows of members have a stride, and as many elements.
  const auto bytes = StructRef<Stats>(&stats).field(&Stats::by_port).field(&Traffic::bytes);
  static_assert(bytes.size() == 3);
  CHECK(bytes.stride() == sizeof(Traffic));
  CHECK(bytes.sum() == 300);
}

TEST_CASE("algorithms that read take spans; those that move elements do not compile") {
  std::array<std::uint32_t, 5> numbers{5, 3, 9, 1, 7};
  const AtomicSpanRef<std::uint32_t> span(numbers.data(), numbers.size());
  using Span = AtomicSpanRef<std::uint32_t>;
  static_assert(std::ranges::random_access_range<Span> && std::ranges::sized_range<Span>);
  static_assert(std::random_access_iterator<Span::iterator>);
  CHECK(std::ranges::find(span, 9u) - span.begin() == 2);
  CHECK(std::find(span.begin(), span.end(), 1u) - span.begin() == 3);
  CHECK(std::ranges::count_if(span, [](std::uint32_t n) { return n > 4; }) == 3);
  CHECK(std::count_if(span.begin(), span.end(), [](std::uint32_t n) { return n > 4; }) == 3);
  CHECK(std::accumulate(span.begin(), span.end(), 0u) == 25);
  CHECK(std::reduce(span.begin(), span.end(), 0u) == 25);
  CHECK(std::ranges::max(span) == 9);
  CHECK(*std::ranges::min_element(span) == 1);
  CHECK(*std::max_element(span.begin(), span.end()) == 9);
  CHECK(std::ranges::equal(span, numbers));
  CHECK(std::ranges::any_of(span, [](auto n) { return n == 7; }));
  CHECK_FALSE(std::ranges::is_sorted(span));
  std::vector<std::uint32_t> copied;
  std::ranges::copy(span, std::back_inserter(copied));
  CHECK(copied == std::vector<std::uint32_t>(numbers.begin(), numbers.end()));
  std::vector<std::uint32_t> doubled;
  for (const std::uint32_t n :
       span | std::views::transform([](std::uint32_t n) { return 2 * n; }) | std::views::take(2))
    doubled.push_back(n);
  CHECK(doubled == std::vector<std::uint32_t>{10, 6});
  std::ranges::for_each(span, [](auto element) { element.store(4); });
  CHECK(numbers == std::array<std::uint32_t, 5>{4, 4, 4, 4, 4});

  static_assert(!std::permutable<Span::iterator> && !std::sortable<Span::iterator>);
  static_assert(!std::indirectly_writable<Span::iterator, std::uint32_t>);
  static_assert(!AssignsElements<Span> && !AssignsElements<StructSpanRef<Traffic>>);

  static_assert(std::random_access_iterator<StructSpanRef<Traffic>::iterator>);
  std::array<Traffic, 3> traffic{{{1, 10}, {2, 20}, {3, 30}}};
  const StructSpanRef<Traffic> row(traffic.data(), traffic.size());
  CHECK(std::ranges::find(row, 20u, [](const Traffic& one) { return one.bytes; }) - row.begin() == 1);
  CHECK(std::vector<Traffic>(row.begin(), row.end()) == std::vector<Traffic>(traffic.begin(), traffic.end()));
  CHECK(std::accumulate(row.begin(), row.end(), 0u,
                        [](auto sum, const Traffic& one) { return sum + static_cast<unsigned>(one.packets); }) == 6);
}
