// All opcodes with all interesting fields: decoding either refuses them or gives an instruction that encodes to the
// same slots, and that has a text, which is read as the same instruction again.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/asm/parse.h"
#include "ebpf/asm/print.h"
#include "tests/support/test.h"

using namespace ebpf::insn;

namespace {

constexpr std::uint8_t kRegisters[] = {0, 1, 10, 11, 15};
constexpr std::int16_t kOffsets[] = {0, 1, 8, 16, 32, -1, INT16_MIN, INT16_MAX};
constexpr std::int32_t kImms[] = {0,    1,    16,   32,   64,   0x40,  0x41,  0x50,  0x51, 0xa0,      0xa1,
                                  0xe0, 0xe1, 0xf0, 0xf1, 0xf2, 0x100, 0x110, 0x111, -1,   INT32_MIN, INT32_MAX};

struct Counts {
  long accepted = 0;
  long refused = 0;
  long broken = 0;
};

void examine(std::span<const Slot> code, Counts& counts) {
  const auto decoded = decode(code);
  if (!decoded) {
    ++counts.refused;
    counts.broken += decoded.error().message().empty();
    return;
  }
  ++counts.accepted;
  const auto encoded = encode(decoded->instruction);
  const bool same =
      encoded && decoded->slots == encoded->count && std::ranges::equal(encoded->span(), code.first(encoded->count));
  const auto text = to_text(decoded->instruction);
  counts.broken += !same || text.empty() || text.contains("<unknown>");
  const auto parsed = parse_instruction(to_source(decoded->instruction));
  counts.broken += !parsed || *parsed != decoded->instruction;
  if (decoded->instruction.kind() != Kind::call) return;
  // The text of a call does not tell what is called, but reads the same.
  const auto parsed_call = parse_instruction(text);
  counts.broken += !parsed_call || to_text(*parsed_call) != text;
}

void for_each_slot(auto visit) {
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    for (const auto dst : kRegisters) {
      for (const auto src : kRegisters) {
        for (const auto offset : kOffsets) {
          for (const auto imm : kImms) visit(make_slot(static_cast<std::uint8_t>(opcode), dst, src, offset, imm));
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("what is decoded encodes to the same slots and has a text") {
  Counts counts;
  for_each_slot([&](const Slot& slot) {
    const std::array code = {slot, Slot{}};
    examine(code, counts);
  });
  CHECK(counts.broken == 0);
  CHECK(counts.accepted > 20'000);
  CHECK(counts.refused > 1'000'000);
}

TEST_CASE("the same for two slots of ld_imm64") {
  Counts counts;
  for (const auto src : {0, 1, 2, 3, 4, 5, 6, 7, 15}) {
    for (const auto low : kImms) {
      for (const auto high : kImms) {
        for (const Slot& second : {make_slot(0, 0, 0, 0, high), make_slot(0x18, 0, 0, 0, high),
                                   make_slot(0, 1, 0, 0, high), make_slot(0, 0, 0, -1, high)}) {
          examine(std::array{make_slot(kLdImm64, 1, static_cast<std::uint8_t>(src), 0, low), second}, counts);
        }
      }
    }
  }
  CHECK(counts.broken == 0);
  CHECK(counts.accepted == 22 * (4 * 22 + 3));  // src 0, 2, 3, 6 with any second imm, 1, 4, 5 with 0
}

TEST_CASE("instructions that nobody decoded have a text too") {
  long without = 0;
  for_each_slot([&](const Slot& slot) {
    const Instruction insn{slot.opcode, slot.dst(), slot.src(), slot.offset, std::int64_t{slot.imm} * 3};
    without += to_text(insn).empty();
  });
  CHECK(without == 0);
}
