// CO-RE on damaged input: a real program's .BTF and .BTF.ext and real types to relocate it against, each cut off after
// every byte, and all of them changed at random, a million times in all, but in the same way on every run. Whatever
// becomes of them, it ends, with values or errors, and takes memory in proportion to the input.
//
// PART is which quarter of the million this test does: they run beside each other.
#include <array>
#include <cstdint>
#include <string>

#include "ebpf/elf/elf.h"
#include "tests/fuzz/memory_count.h"
#include "tests/fuzz/mutations.h"
#include "tests/fuzz/targets.h"
#include "tests/support/test.h"

namespace ebpf::fuzz {
namespace {

using test::Bytes;

constexpr unsigned kParts = 4;
constexpr unsigned kRounds = 1'000'000 / kParts;

Bytes section_of(const std::string& object, std::string_view name) {
  const Bytes bytes = test::testdata(object);
  const auto file = elf::File::parse(bytes);
  REQUIRE(file.has_value());
  const auto section = file->find_section(name);
  REQUIRE(section.has_value());
  REQUIRE(section->has_value());
  return {(*section)->data.span().begin(), (*section)->data.span().end()};
}

// A program's types and records, and the types that it is relocated against.
using Input3 = std::array<Bytes, 3>;

Input3 input(const std::string& program, const std::string& kernel) {
  return {section_of(program, ".BTF"), section_of(program, ".BTF.ext"), section_of(kernel, ".BTF")};
}

void relocate_and_count(const Input3& parts, unsigned round) {
  const std::size_t size = parts[0].size() + parts[1].size() + parts[2].size();
  const std::size_t before = memory_in_use();
  start_peak();
  relocate(parts[0], parts[1], parts[2]);
  const std::size_t taken = memory_peak() - before;
  const std::size_t kept = memory_in_use() - before;
  if (kept != 0 || taken > memory_limit(size))
    FAIL("round " << round << ", " << size << " bytes: at the peak " << taken << " bytes of memory, " << kept
                  << " not given back");
}

struct Pair {
  const char* program;
  const char* kernel;
};
// Each part does another one. They are small, so that a million do not take long.
constexpr std::array<Pair, kParts> kPairs = {{{"core.bpf.o", "core_target_doubled.bpf.o"},
                                              {"core_subprograms.bpf.o", "core.bpf.o"},
                                              {"core_eb.bpf.o", "core_target_doubled_eb.bpf.o"},
                                              {"core_subprograms_eb.bpf.o", "core_eb.bpf.o"}}};

TEST_CASE("hostile CO-RE: cut off after every byte") {
  const Input3 whole = input(kPairs[PART].program, kPairs[PART].kernel);
  relocate_and_count(whole, 0);
  for (std::size_t part = 0; part < whole.size(); ++part)
    for (std::size_t length = 0; length < whole[part].size(); ++length) {
      Input3 cut = whole;
      cut[part].resize(length);
      cut[part].shrink_to_fit();  // AddressSanitizer is to see a byte too many
      relocate_and_count(cut, static_cast<unsigned>(length));
    }
}

TEST_CASE("hostile CO-RE: random changes") {
  const Input3 whole = input(kPairs[PART].program, kPairs[PART].kernel);
  Random random(0xbb67ae8584caa73b + PART);
  for (unsigned round = 0; round < kRounds; ++round) {
    Input3 parts = whole;
    for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
      Bytes& changed = parts[random.below(parts.size())];
      if (!changed.empty()) change(changed, {0, changed.size()}, random);
    }
    for (Bytes& part : parts) part.shrink_to_fit();
    relocate_and_count(parts, round);
  }
}

}  // namespace
}  // namespace ebpf::fuzz
