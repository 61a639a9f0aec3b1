// Text to code: the ways in which it may be written, names, and what is said of text that is wrong.
// property_test.cc has all instructions, llvm_test.cc what llvm-mc makes of the same text.
#include "ebpf/asm/parse.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::insn;

namespace {

Instruction one(std::string_view text) {
  CAPTURE(text);
  const auto insn = parse_instruction(text);
  if (!insn) FAIL(insn.error().message());
  return *insn;
}

std::string failure(std::string_view text) {
  const auto code = parse(text);
  REQUIRE_FALSE(code.has_value());
  CHECK(code.error().code() == errc::malformed);
  return code.error().message();
}

std::vector<Slot> slots(std::string_view text) {
  const auto code = parse(text);
  if (!code) FAIL(code.error().message());
  return code->slots;
}

template <class... Items>
std::vector<Slot> assembled(const Items&... items) {
  const auto code = assemble(std::vector<Item>{items...});
  REQUIRE(code.has_value());
  return code->slots;
}

}  // namespace

TEST_CASE("the program of the design document") { CHECK(slots("r0 = 0; exit") == assembled(mov(r0, 0), exit_())); }

TEST_CASE("what is written by hand may differ from what is printed") {
  const Instruction load = {.opcode = 0x61, .dst = 1, .src = 10, .offset = -8};
  for (const char* text :
       {"r1 = *(u32 *)(r10 - 0x8)", "r1=*(u32*)(r10-8)", "  r1 = * ( u32 * ) ( r10 - 8 ) ;", "r1 = *(u32 *)(r10 + -8)",
        "r1 = *(u32 *)(r10 -8) # comment", "r1 = /* a */ *(u32 *)(r10 -8) // b"})
    CHECK(one(text) == load);
  CHECK(one("r1 = *(u32 *)(r2)") == Instruction{.opcode = 0x61, .dst = 1, .src = 2});
  CHECK(one("r0 = 0X1f").imm == 31);
  CHECK(one("w0 = 0xffffffff").imm == -1);
  CHECK(one("*(u32 *)(r10 - 4) = 0xffffffff").imm == -1);
  CHECK(one("if w1 == 4294967295 goto +1").imm == -1);
  CHECK(one("r1 = 0xffffffffffffffff ll").imm == -1);
  CHECK(one("lock *(u32 *)(r1 + 0) += r2") == one("lock *(u32 *)(r1 + 0) += w2"));
  CHECK(one("\n\n# nothing\n  exit\n\n").opcode == kExit);
}

TEST_CASE("what llc writes for 32-bit registers") {
  CHECK(one("w1 = *(u32 *)(r2 + 0)") == one("r1 = *(u32 *)(r2 + 0)"));
  CHECK(one("*(u8 *)(r2 + 0) = w1") == one("*(u8 *)(r2 + 0) = r1"));
  CHECK(one("r1 = w2") == one("w1 = w2"));
  CHECK_FALSE(parse_instruction("w1 = *(u64 *)(r2 + 0)").has_value());
  CHECK_FALSE(parse_instruction("*(u64 *)(r2 + 0) = w1").has_value());
}

TEST_CASE("calls of everything that can be called") {
  CHECK(one("call 1") == Instruction{.opcode = kCall, .imm = 1});
  CHECK(one("call bpf_map_lookup_elem") == Instruction{.opcode = kCall, .imm = 1});
  CHECK(one("call pc+5") == Instruction{.opcode = kCall, .src = kPseudoCall, .imm = 5});
  CHECK(one("call pc-0x5") == Instruction{.opcode = kCall, .src = kPseudoCall, .imm = -5});
  CHECK(one("call btf_id(77)") == Instruction{.opcode = kCall, .src = kPseudoKfuncCall, .imm = 77});
  CHECK(one("call btf_id(77, 2)") == Instruction{.opcode = kCall, .src = kPseudoKfuncCall, .offset = 2, .imm = 77});
  CHECK(one("callx r3") == Instruction{.opcode = kCallx, .dst = 3});
}

TEST_CASE("labels, forth and back, several at one place, and named like words of the language") {
  CHECK(slots("top: if r1 == 0 goto out; r2 = 1 ll; goto top; gotol out; may_goto exit\n out: exit: .L$1: exit") ==
        assembled(label("top"), jump_if(eq, r1, 0, "out"), load_imm64(r2, 1), jump("top"), jump_long("out"),
                  may_goto("out"), label("out"), exit_()));
}

TEST_CASE("functions are called and taken by their labels, also where a helper has the name") {
  CHECK(slots("call f; r1 = f ll; call bpf_bind; exit; f: bpf_bind: r0 = 0; exit") ==
        assembled(call_function("f"), load_function(r1, "f"), call_function("f"), exit_(), label("f"), mov(r0, 0),
                  exit_()));
}

TEST_CASE("what the program does not define stays a reference") {
  using enum insn::Reference::Kind;
  const auto code = parse("r1 = hits ll\n r2 = .data + 0x10 ll\n call bpf_rcu_read_lock\n call bind\n exit");
  REQUIRE(code.has_value());
  CHECK(code->references ==
        std::vector<insn::Reference>{
            {0, map, "hits"}, {2, map_value, ".data"}, {4, function, "bpf_rcu_read_lock"}, {5, function, "bind"}});
  CHECK(code->slots == assembled(load_map(r1, "hits"), load_map_value(r2, ".data", 0x10),
                                 call_extern("bpf_rcu_read_lock"), call_extern("bind"), exit_()));
}

TEST_CASE("errors tell the place and what would be right there") {
  CHECK(failure("r0 = 0\n  r1 ~ 2") == "line 2, column 6: expected an operator or \"=\", found \"~\"");
  CHECK(failure("frobnicate") == "line 1, column 1: expected an instruction, found \"frobnicate\"");
  CHECK(failure("r11 = 0") == "line 1, column 1: expected an instruction, found \"r11\"");
  CHECK(failure("r1 += w2") == "line 1, column 7: expected a register r0 to r10 or a number, found \"w2\"");
  CHECK(failure("r1 = ~") ==
        "line 1, column 6: expected a register r0 to r10 or a number, \"addr_space_cast\", \"(\", "
        "a register w0 to w10 or others, found \"~\"");
  CHECK(failure("r1 += 0x100000000") == "line 1, column 7: expected a number of 32 bits, found \"0x100000000\"");
  CHECK(failure("r1 += 0xffffffff") == "line 1, column 7: expected a number of 32 bits, found \"0xffffffff\"");
  CHECK(failure("r1 += 010") == "line 1, column 7: expected a register r0 to r10 or a number, found \"010\"");
  CHECK(failure("r1 = *(u8 *)(r2 + 40000)") == "line 1, column 17: expected an offset of 16 bits, found \"+\"");
  CHECK(failure("r1 = *(u8 *)(r2 + 4") == "line 1, column 20: expected \")\", found the end of the text");
  CHECK(failure("r1 = *(u24 *)(r2 + 4)") ==
        "line 1, column 8: expected u8, u16, u32 or u64 or s8, s16 or s32, found \"u24\"");
  CHECK(failure("if r1 == 0 goto; exit") == "line 1, column 16: expected a label or a distance, as +1, found \";\"");
  CHECK(failure("goto 5") == "line 1, column 6: expected a label or a distance, as +1, found \"5\"");
  CHECK(failure("r1 = hits") == "line 1, column 10: expected \"+\" or \"ll\", found the end of the text");
  CHECK(failure("r1 = -r2") == "line 1, column 7: expected r1 once more, found \"r2\"");
  CHECK(failure("exit exit") == "line 1, column 6: expected the end of the statement, found \"exit\"");
  CHECK(failure("lock *(u64 *)(r1 + 0) += w2") ==
        "line 1, column 26: expected a register r0 to r10, for 8 bytes, found \"w2\"");
  CHECK(failure("lock *(u8 *)(r1 + 0) += w2") ==
        "line 1, column 1: opcode 0xd3: the opcode must have size w or dw for this atomic operation");
}

TEST_CASE("errors of names") {
  CHECK(failure("exit\n goto out") == "line 2, column 2: there is no label \"out\"");
  CHECK(failure("a: exit\na: exit") == "line 2, column 1: label \"a\" is defined a second time");
  CHECK_FALSE(parse_instruction("goto out").has_value());
  CHECK_FALSE(parse_instruction("r1 = hits ll").has_value());
  CHECK_FALSE(parse_instruction("exit; exit").has_value());
  CHECK_FALSE(parse_instruction("  # nothing").has_value());
  std::string far = "goto out\n";
  for (int i = 0; i < 32768; ++i) far += "r0 = 0\n";
  CHECK(failure(far + "out: exit") ==
        "line 1, column 1: label \"out\" is too far away for a jump of 16 bits; gotol has 32");
}

TEST_CASE("an empty text is an empty program") {
  CHECK(slots("").empty());
  CHECK(slots(" ;; \n /* never closed").empty());
}
