// Decoding and encoding, opcode by opcode: what is accepted, and for what is not, what the error says.
#include "ebpf/asm/instruction.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ebpf/base/text.h"
#include "tests/support/test.h"
#include "tests/unit/asm/isa.h"

using namespace ebpf;
using namespace ebpf::insn;
using test::for_each_opcode;

namespace {

using Bytes = std::initializer_list<std::uint8_t>;
using Offsets = std::initializer_list<std::int16_t>;

// The slots that the fields stand for, right or wrong.
std::vector<Slot> raw(const Instruction& insn) {
  const auto encoded = encode_unchecked(insn);
  return {encoded.span().begin(), encoded.span().end()};
}

// Both ways refuse the instruction, with the same sentence, which ends like this.
void check_refused(const Instruction& insn, std::string_view message) {
  CAPTURE(insn.opcode);
  const auto decoded = decode(raw(insn));
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().code() == errc::malformed);
  CHECK(decoded.error().message() == message);
  const auto encoded = encode(insn);
  REQUIRE_FALSE(encoded.has_value());
  CHECK(encoded.error().code() == errc::invalid_argument);
  CHECK(encoded.error().message() == message);
}

void check_accepted(const Instruction& insn) {
  CAPTURE(insn.opcode);
  CAPTURE(insn.offset);
  CAPTURE(insn.imm);
  const auto decoded = decode(raw(insn));
  REQUIRE(decoded.has_value());
  CHECK(decoded->instruction == insn);
  CHECK(decoded->slots == (insn.opcode == 0x18 ? 2 : 1));
  const auto encoded = encode(insn);
  REQUIRE(encoded.has_value());
  CHECK(std::vector<Slot>(encoded->span().begin(), encoded->span().end()) == raw(insn));
}

void check_reserved(Instruction insn, std::string_view field) {
  const auto opcode = cat("opcode ", hex(insn.opcode), ": ", field, " is ");
  if (field == "dst") insn.dst = 3;
  if (field == "src") insn.src = 3;
  if (field == "offset") insn.offset = 3;
  if (field == "imm") insn.imm = 3;
  check_refused(insn, cat(opcode, "3, must be 0"));
}

}  // namespace

TEST_CASE("every opcode of the instruction set is accepted, and no other") {
  std::set<std::uint8_t> known;
  for_each_opcode([&](const Instruction& insn, std::string_view) {
    CHECK(known.insert(insn.opcode).second);
    check_accepted(insn);
  });
  CHECK(known.size() == 130);
  for (unsigned opcode = 0; opcode < 256; ++opcode) {
    const Instruction insn{.opcode = static_cast<std::uint8_t>(opcode)};
    if (known.contains(insn.opcode)) continue;
    CHECK(insn.kind() == Kind::unknown);
    check_refused(insn, cat("opcode ", hex(opcode), ": the opcode must be one of the instruction set"));
  }
}

TEST_CASE("fields that an opcode does not use must be 0") {
  for_each_opcode([](const Instruction& insn, std::string_view fields) {
    if (!fields.contains('d')) check_reserved(insn, "dst");
    if (!fields.contains('s')) check_reserved(insn, "src");
    if (!fields.contains('o')) check_reserved(insn, "offset");
    if (!fields.contains('i')) check_reserved(insn, "imm");
  });
}

TEST_CASE("registers end with r10") {
  for_each_opcode([](Instruction insn, std::string_view fields) {
    const auto opcode = cat("opcode ", hex(insn.opcode));
    if (fields.contains('d')) {
      insn.dst = 10;
      check_accepted(insn);
      insn.dst = 11;
      check_refused(insn, cat(opcode, ": dst is 11, must be a register, 0 to 10"));
      insn.dst = 0;
    }
    if (fields.contains('s') && insn.opcode != 0x18 && insn.opcode != 0x85) {
      insn.src = 10;
      check_accepted(insn);
      insn.src = 15;
      check_refused(insn, cat(opcode, ": src is 15, must be a register, 0 to 10"));
    }
  });
}

TEST_CASE("division is signed with an offset of 1") {
  for (const auto opcode : Bytes{0x34, 0x3c, 0x37, 0x3f, 0x94, 0x9c, 0x97, 0x9f}) {
    check_accepted({.opcode = opcode, .offset = 1});
    check_refused({.opcode = opcode, .offset = 2},
                  cat("opcode ", hex(opcode), ": offset is 2, must be 0, or 1 for a signed division"));
    check_refused({.opcode = opcode, .offset = -1},
                  cat("opcode ", hex(opcode), ": offset is -1, must be 0, or 1 for a signed division"));
  }
}

TEST_CASE("mov extends signs and casts address spaces") {
  for (const auto bits : Offsets{8, 16, 32}) check_accepted({.opcode = 0xbf, .offset = bits});
  for (const auto bits : Offsets{8, 16}) check_accepted({.opcode = 0xbc, .offset = bits});
  check_accepted({.opcode = 0xbf, .offset = 1, .imm = 0x10000});
  check_refused({.opcode = 0xbc, .offset = 32},
                "opcode 0xbc: offset is 32, must be 0, or 8 or 16 for a sign extension");
  check_refused({.opcode = 0xbc, .offset = 1}, "opcode 0xbc: offset is 1, must be 0, or 8 or 16 for a sign extension");
  check_refused(
      {.opcode = 0xbf, .offset = 64},
      "opcode 0xbf: offset is 64, must be 0, 8, 16 or 32 for a sign extension, or 1 for an address space cast");
  check_refused({.opcode = 0xbf, .offset = 0, .imm = 1}, "opcode 0xbf: imm is 1, must be 0");
  check_refused({.opcode = 0xbf, .offset = 8, .imm = 1}, "opcode 0xbf: imm is 1, must be 0");
}

TEST_CASE("byte swaps are of 16, 32 or 64 bits") {
  for (const auto opcode : Bytes{0xd4, 0xdc, 0xd7}) {
    for (const int bits : {16, 32, 64}) check_accepted({.opcode = opcode, .imm = bits});
    check_refused({.opcode = opcode, .imm = 8}, cat("opcode ", hex(opcode), ": imm is 8, must be 16, 32 or 64 bits"));
    check_refused({.opcode = opcode}, cat("opcode ", hex(opcode), ": imm is 0, must be 16, 32 or 64 bits"));
  }
}

TEST_CASE("atomic operations") {
  const std::set<int> sized = {0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1};
  for (const auto opcode : Bytes{0xc3, 0xdb, 0xcb, 0xd3}) {
    const bool small = opcode == 0xcb || opcode == 0xd3;
    for (int operation = -2; operation < 0x200; ++operation) {
      const Instruction insn{.opcode = opcode, .imm = operation};
      const bool ordered = operation == 0x100 || operation == 0x110;
      if (ordered || (sized.contains(operation) && !small)) {
        check_accepted(insn);
      } else if (sized.contains(operation)) {
        check_refused(insn,
                      cat("opcode ", hex(opcode), ": the opcode must have size w or dw for this atomic operation"));
      } else {
        check_refused(insn, cat("opcode ", hex(opcode), ": imm is ", operation, ", must be an atomic operation"));
      }
    }
  }
}

TEST_CASE("calls of helpers, functions and kfuncs") {
  check_accepted({.opcode = 0x85, .imm = 211});
  check_accepted({.opcode = 0x85, .src = 1, .imm = -5});
  check_accepted({.opcode = 0x85, .src = 2, .offset = 3, .imm = 1000});
  check_refused({.opcode = 0x85, .src = 3}, "opcode 0x85: src is 3, must be 0 (helper), 1 (function) or 2 (kfunc)");
  check_refused({.opcode = 0x85, .offset = 1}, "opcode 0x85: offset is 1, must be 0");
  check_refused({.opcode = 0x85, .src = 1, .offset = 1}, "opcode 0x85: offset is 1, must be 0");
}

TEST_CASE("ld_imm64 is one instruction of two slots") {
  check_accepted({.opcode = 0x18, .dst = 1, .imm = 0x123456789abcdef0});
  check_accepted({.opcode = 0x18, .imm = -1});
  check_accepted({.opcode = 0x18, .imm = INT64_MIN});
  check_accepted({.opcode = 0x18, .imm = 0xffffffff});
  const std::array code = {make_slot(0x18, 2, 0, 0, -2), make_slot(0, 0, 0, 0, 1), make_slot(0x95, 0, 0, 0, 0)};
  const auto decoded = decode(code);
  REQUIRE(decoded.has_value());
  CHECK(decoded->instruction == Instruction{.opcode = 0x18, .dst = 2, .imm = 0x1fffffffe});
  CHECK(decoded->slots == 2);
  CHECK(decoded->instruction.imm_low() == -2);
  CHECK(decoded->instruction.imm_high() == 1);
}

TEST_CASE("ld_imm64 of maps, variables and functions") {
  for (const auto src : Bytes{1, 4, 5}) {
    check_accepted({.opcode = 0x18, .src = src, .imm = wide_imm(7, 0)});
    check_accepted({.opcode = 0x18, .src = src, .imm = wide_imm(-7, 0)});
    check_refused({.opcode = 0x18, .src = src, .imm = wide_imm(7, 1)},
                  "opcode 0x18: imm is 4294967303, must be 0 in the second slot");
  }
  for (const auto src : Bytes{2, 3, 6}) check_accepted({.opcode = 0x18, .src = src, .imm = wide_imm(7, 8)});
  check_refused({.opcode = 0x18, .src = 7}, "opcode 0x18: src is 7, must be a kind of 64-bit immediate, 0 to 6");
}

TEST_CASE("a second slot of ld_imm64 that is none") {
  const auto message_for = [](Slot second) {
    const std::array code = {make_slot(0x18, 0, 0, 0, 1), second};
    const auto decoded = decode(code);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().code() == errc::malformed);
    return decoded.error().message();
  };
  CHECK(message_for(make_slot(0x95, 0, 0, 0, 0)) == "the second slot of ld_imm64 has opcode 0x95, must be 0");
  const auto other = "the second slot of ld_imm64 has something other than imm, must be 0";
  CHECK(message_for(make_slot(0, 1, 0, 0, 0)) == other);
  CHECK(message_for(make_slot(0, 0, 1, 0, 0)) == other);
  CHECK(message_for(make_slot(0, 0, 0, 1, 0)) == other);
}

TEST_CASE("code that ends too early") {
  const auto nothing = decode({});
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().message() == "the code ends where an instruction should begin");
  const std::array half = {make_slot(0x18, 0, 0, 0, 1)};
  const auto truncated = decode(half);
  REQUIRE_FALSE(truncated.has_value());
  CHECK(truncated.error().message() == "ld_imm64 takes two slots, and the code ends after the first");
}

TEST_CASE("an imm that only fits into 64 bits is refused where there are 32") {
  for (const std::int64_t imm : {std::int64_t{INT32_MAX} + 1, std::int64_t{INT32_MIN} - 1}) {
    const auto encoded = encode({.opcode = 0xb7, .imm = imm});
    REQUIRE_FALSE(encoded.has_value());
    CHECK(encoded.error().message() == cat("opcode 0xb7: imm is ", imm, ", must fit into 32 bits, signed"));
  }
  check_accepted({.opcode = 0xb7, .imm = std::numeric_limits<std::int32_t>::min()});
  check_accepted({.opcode = 0xb7, .imm = std::numeric_limits<std::int32_t>::max()});
}

TEST_CASE("halves of a wide number") {
  static_assert(wide_imm(-1, 0) == 0xffffffff);
  static_assert(wide_imm(0, -1) == -0x100000000);
  static_assert(wide_imm(0, std::numeric_limits<std::int32_t>::min()) == std::numeric_limits<std::int64_t>::min());
  CHECK(Instruction{.opcode = 0x18, .imm = -0x100000000}.imm_high() == -1);
  CHECK(Instruction{.opcode = 0x18, .imm = -0x100000000}.imm_low() == 0);
}
