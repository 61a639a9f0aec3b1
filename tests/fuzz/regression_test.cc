// The fuzz targets, without a fuzzer: real objects are changed at random, but in the same way on every run, and read.
// Whatever becomes of them, reading ends, and takes memory in proportion to the file: all that is allocated through
// operator new is counted here.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/memory_count.h"
#include "tests/fuzz/targets.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::fuzz {
namespace {

using test::Bytes;

// Marsaglia's xorshift64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }

 private:
  std::uint64_t state_;
};

constexpr std::uint64_t kOdd[] = {0,          1,          2,          4,          7,       8,      0x10,
                                  0x7f,       0x80,       0xff,       0x100,      0xff00,  0xfff1, 0xffff,
                                  0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff, 1 << 16, 1 << 24};

// Where the records are, which is where changes tell most: the section table, symbols, relocations, BTF.
struct Place {
  std::uint64_t begin;
  std::uint64_t size;
};

struct Seed {
  std::string name;
  Bytes bytes;
  std::vector<Place> places;
};

std::vector<Place> places_of(const Bytes& bytes) {
  const ByteOrder order = bytes[5] == std::byte{1} ? ByteOrder::little : ByteOrder::big;
  const auto table = test::get<std::uint64_t>(bytes, test::kElfSectionTable, order);
  const auto count = test::get<std::uint16_t>(bytes, test::kElfSectionCount, order);
  std::vector<Place> places = {{0, 64}, {table, 64u * count}};
  for (std::uint16_t i = 1; i < count; ++i) {
    const std::uint64_t at = table + 64u * i;
    const auto type = test::get<std::uint32_t>(bytes, at + test::kSectionType, order);
    const auto size = test::get<std::uint64_t>(bytes, at + test::kSectionSize, order);
    if (type != 8 && size > 0)
      places.push_back({test::get<std::uint64_t>(bytes, at + test::kSectionOffset, order), size});
  }
  return places;
}

// The smaller objects: those with DWARF are mostly DWARF.
std::vector<Seed> read_seeds() {
  std::vector<Seed> seeds;
  for (const std::string& name : test::testdata_names()) {
    Bytes bytes = test::testdata(name);
    if (bytes.size() > 20000) continue;
    auto places = places_of(bytes);
    seeds.push_back({name, std::move(bytes), std::move(places)});
  }
  return seeds;
}

void change(Bytes& bytes, const Seed& seed, Random& random) {
  const Place place = seed.places[random.below(seed.places.size())];
  std::uint64_t at = place.begin + random.below(place.size);
  if (at >= bytes.size()) return;
  const std::uint64_t odd = kOdd[random.below(std::size(kOdd))];
  const auto write = [&](std::uint64_t value, std::uint64_t width) {
    at -= at % width;
    for (std::uint64_t i = 0; i < width && at + i < bytes.size(); ++i)
      bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
  };
  switch (random.below(8)) {
    case 0:
      bytes[at] ^= static_cast<std::byte>(1 << random.below(8));
      break;
    case 1:
      bytes[at] = static_cast<std::byte>(random.next());
      break;
    case 2:
      write(odd, 2);
      break;
    case 3:
      write(odd, 4);
      break;
    case 4:
      write(random.below(4) == 0 ? ~odd : odd, 8);
      break;
    case 5:  // big-endian
      write(byte_swap(static_cast<std::uint32_t>(odd)), 4);
      break;
    case 6: {  // a record moved onto another
      const std::uint64_t from = place.begin + random.below(place.size);
      for (std::uint64_t i = 0; i < 24 && std::max(at, from) + i < bytes.size(); ++i) bytes[at + i] = bytes[from + i];
      break;
    }
    default:
      if (random.below(16) == 0) bytes.resize(bytes.size() - random.below(bytes.size()));
      break;
  }
}

// The most that reading may take: some structures for each record of the file.
std::size_t memory_limit(std::size_t file_size) { return 64 * file_size + (1u << 20); }

void run(void (*target)(Input), unsigned rounds, std::uint64_t number) {
  const std::vector<Seed> seeds = read_seeds();
  REQUIRE(seeds.size() >= 10);
  for (const Seed& seed : seeds) target(seed.bytes);
  Random random(number);
  for (unsigned round = 0; round < rounds; ++round) {
    const Seed& seed = seeds[random.below(seeds.size())];
    Bytes bytes = seed.bytes;
    for (std::uint64_t changes = 1 + random.below(6); changes > 0; --changes) change(bytes, seed, random);
    bytes.shrink_to_fit();  // AddressSanitizer is to see a byte too many
    const std::size_t before = memory_in_use();
    start_peak();
    target(bytes);
    const std::size_t taken = memory_peak() - before;
    const std::size_t kept = memory_in_use() - before;
    if (kept != 0 || taken > memory_limit(bytes.size()))
      FAIL("round " << round << ", a changed " << seed.name << " of " << bytes.size() << " bytes: at the peak " << taken
                    << " bytes of memory, " << kept << " not given back");
  }
}

TEST_CASE("fuzz: elf") { run(read_elf, 20000, 0x9e3779b97f4a7c15); }
TEST_CASE("fuzz: btf") { run(read_btf, 6000, 0xbf58476d1ce4e5b9); }
TEST_CASE("fuzz: write btf") { run(write_btf, 1000, 0xd6e8feb86659fd93); }
TEST_CASE("fuzz: spec") { run(read_spec, 20000, 0x94d049bb133111eb); }
TEST_CASE("fuzz: instructions") { run(read_instructions, 1500, 0x2545f4914f6cdd1d); }

// Bytes without any structure end early; short ones are tried in full.
TEST_CASE("fuzz: noise") {
  Random random(0xda942042e4dd58b5);
  for (unsigned round = 0; round < 30000; ++round) {
    Bytes bytes(random.below(200));
    for (std::byte& b : bytes) b = static_cast<std::byte>(random.next() >> 32);
    if (round % 2 == 0 && bytes.size() >= 8) {
      test::put<std::uint32_t>(bytes, 0, round % 4 == 0 ? 0x464c457f : 0x0001eb9f);
      test::put<std::uint32_t>(bytes, 4, round % 4 == 0 ? 0x00010102 : 24);
    }
    for (const auto target : {read_elf, read_btf, write_btf, read_spec, read_instructions}) target(bytes);
  }
}

}  // namespace
}  // namespace ebpf::fuzz
