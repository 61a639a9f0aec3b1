// The fuzz targets, without a fuzzer: real objects are changed at random, but in the same way on every run, and read.
// Whatever becomes of them, reading ends, and takes memory in proportion to the file: all that is allocated through
// operator new is counted here.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/memory_count.h"
#include "tests/fuzz/mutations.h"
#include "tests/fuzz/targets.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::fuzz {
namespace {

using test::Bytes;

// With the places where its records are, which is where changes tell most: the section table, symbols, relocations,
// BTF.
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

void run(void (*target)(Input), unsigned rounds, std::uint64_t number) {
  const std::vector<Seed> seeds = read_seeds();
  REQUIRE(seeds.size() >= 10);
  for (const Seed& seed : seeds) target(seed.bytes);
  Random random(number);
  for (unsigned round = 0; round < rounds; ++round) {
    const Seed& seed = seeds[random.below(seeds.size())];
    Bytes bytes = seed.bytes;
    for (std::uint64_t changes = 1 + random.below(6); changes > 0; --changes)
      change(bytes, seed.places[random.below(seed.places.size())], random);
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
TEST_CASE("fuzz: core") { run(read_core, 6000, 0x6a09e667f3bcc909); }
TEST_CASE("fuzz: spec") { run(read_spec, 20000, 0x94d049bb133111eb); }
TEST_CASE("fuzz: instructions") { run(read_instructions, 1500, 0x2545f4914f6cdd1d); }

// Every shape of statement, for changes to start from.
constexpr std::string_view kAssembly = R"(
# comment // and /* another */
.section tracepoint/a/b,"ax",@progbits
.globl main; .type main,@function
main: r1 = counts + 8 ll; r2 = 0x123456789abcdef ll; r3 = -1 ll; w4 = 0xffffffff
 r1 += r2; w1 s>>= 3; r1 s/= -7; r3 = -r3; r1 = (s16)r2; r1 = addr_space_cast(r2, 0, 1); r2 = be16 r2
 r1 = *(u32 *)(r10 - 8); w1 = *(u8 *)(r2); r2 = *(s8 *)(r1 + 4); *(u64 *)(r10 - 8) = r1; *(u16 *)(r1 + 0) = -1
 lock *(u64 *)(r1 + 0) |= r2; w2 = atomic_fetch_add((u32 *)(r1 + 0), w2); r0 = cmpxchg_64(r1 - 8, r0, r2)
 r2 = xchg_64(r1 + 8, r2); r0 = load_acquire((u64 *)(r1 + 0)); store_release((u8 *)(r1 + 0), w2)
 r0 = *(u16 *)skb[12]; r0 = *(u8 *)skb[r1 + 2]
.L1: if r1 s> 5 goto .L1; if w1 & w2 goto +1; goto main; gotol -1; may_goto .L1; gotox r3; callx r3
 call 1; call bpf_ktime_get_ns; call twice; call pc+1; call btf_id(5, 1); call elsewhere
 r1 = map_by_fd(3) ll; r1 = map_val(map_by_idx(1)) + 4 ll; r1 = var_addr(1, 2) ll; r1 = code_addr(-3) ll; exit
.size main, .-main
.text
twice: r0 = 2; exit
.data
.hidden counts
counts: .long 1, .L1-main; .quad main; .short 2; .byte -1; .p2align 3; .ascii "a\n\000\x41"; .asciz "b"; .zero 16, 0
.bss; b: .skip 8; .weak w; .local l; .align 8
.section license,"aw"; .string "GPL"
.section .debug_info,"",@progbits; .uleb128 5; .ident "x"
)";

void change(std::string& text, Random& random) {
  using namespace std::string_view_literals;  // one of the characters is NUL
  constexpr std::string_view kCharacters = "0123456789abcdefrwxs+-*/%&|^<>=()[]{}.,:;#\"\\@$ \n\t\0\xff"sv;
  const std::uint64_t at = random.below(text.size() + 1);
  const std::uint64_t length = random.below(1 + std::min<std::uint64_t>(text.size() - at, 24));
  switch (random.below(4)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, 1, kCharacters[random.below(kCharacters.size())]);
      break;
    case 2:
      if (at < text.size()) text[at] = kCharacters[random.below(kCharacters.size())];
      break;
    default:  // a piece moved elsewhere
      text.insert(random.below(text.size() + 1), std::string(text, at, length));
      break;
  }
}

// Some lines of the text above, changed. All of it at once would mostly end at the first error.
TEST_CASE("fuzz: assembly") {
  std::vector<std::string_view> lines;
  for (std::string_view rest = kAssembly.substr(1); !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    lines.push_back(rest.substr(0, rest.find('\n') + 1));
  read_assembly(std::as_bytes(std::span(kAssembly)));
  Random random(0xd6e8feb86659fd93);
  for (unsigned round = 0; round < 8000; ++round) {
    std::string text;
    for (std::uint64_t count = 1 + random.below(4); count > 0; --count) text += lines[random.below(lines.size())];
    for (std::uint64_t changes = random.below(4); changes > 0; --changes) change(text, random);
    const Bytes bytes(std::as_bytes(std::span(text)).begin(), std::as_bytes(std::span(text)).end());
    const std::size_t before = memory_in_use();
    start_peak();
    read_assembly(bytes);
    // A line of text may ask for 16 MiB, which are then copied into a file.
    if (memory_in_use() != before || memory_peak() - before > (std::size_t{64} << 20))
      FAIL("round " << round << ": " << memory_peak() - before << " bytes of memory at the peak for " << text);
  }
}

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
    for (const auto target : {read_elf, read_btf, write_btf, read_core, read_spec, read_instructions, read_assembly})
      target(bytes);
  }
}

}  // namespace
}  // namespace ebpf::fuzz
