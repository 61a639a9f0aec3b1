// assemble(), at compile time and at run time: what comes out, and what does not compile or fails.
#include "ebpf/asm/assembler.h"

#include <array>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "ebpf/asm/asm.h"
#include "tests/support/test.h"

using namespace ebpf;
using namespace ebpf::insn;

namespace {

std::vector<std::string> texts(CodeView code) {
  std::vector<std::string> out;
  for (auto rest = code.slots; !rest.empty();) {
    const auto decoded = decode(rest);
    REQUIRE(decoded.has_value());
    out.push_back(to_text(decoded->instruction));
    rest = rest.subspan(decoded->slots);
  }
  return out;
}

using Texts = std::vector<std::string>;

std::string failure(const std::vector<Item>& items) {
  const auto code = assemble(items);
  REQUIRE_FALSE(code.has_value());
  CHECK(code.error().code() == errc::invalid_argument);
  return code.error().message();
}

// A program of the design document, and what is known about it without running anything.
constexpr auto kCounter =
    assemble(mov(r0, 0), load_map_value(r1, "counts", 8), mov(r2, 1), atomic_add<std::uint64_t>(r1, 0, r2), exit_());
static_assert(kCounter.slots.size() == 6);
static_assert(kCounter.slots[0] == make_slot(0xb7, 0, 0, 0, 0));
static_assert(kCounter.slots[1] == make_slot(0x18, 1, 2, 0, 0));
static_assert(kCounter.slots[2] == make_slot(0, 0, 0, 0, 8));
static_assert(kCounter.slots[3] == make_slot(0xb7, 2, 0, 0, 1));
static_assert(kCounter.slots[4] == make_slot(0xdb, 1, 2, 0, 0));
static_assert(kCounter.slots[5] == make_slot(0x95, 0, 0, 0, 0));
static_assert(kCounter.references == std::array{Reference{1, Reference::Kind::map_value, "counts"}});

// Whether programs compile that differ in the letter of one label, and in a number.
template <char kTarget>
concept JumpCompiles = requires {
  typename std::bool_constant<assemble(jump(kTarget == 'a' ? "a" : "b"), label("a"), exit_()).slots.size() == 2>;
};
template <char kSecond>
concept LabelsCompile = requires {
  typename std::bool_constant<assemble(label("a"), exit_(), label(kSecond == 'a' ? "a" : "b")).slots.size() == 1>;
};
template <char kTarget>
concept CallCompiles = requires {
  typename std::bool_constant<assemble(call_function(kTarget == 'a' ? "a" : "b"), label("a")).slots.size() == 1>;
};
template <int kBits>
concept SwapCompiles = requires { typename std::bool_constant<assemble(to_be(r1, kBits)).slots.size() == 1>; };

static_assert(JumpCompiles<'a'> && !JumpCompiles<'b'>);
static_assert(LabelsCompile<'b'> && !LabelsCompile<'a'>);
static_assert(CallCompiles<'a'> && !CallCompiles<'b'>);
static_assert(SwapCompiles<32> && !SwapCompiles<24>);

}  // namespace

TEST_CASE("jumps forth and back, past a wide instruction") {
  constexpr auto kCode = assemble(label("top"),                    //
                                  jump_if(eq, r1, 0, "out"),       // 0
                                  load_imm64(r2, 1),               // 1, 2
                                  jump_if32(sgt, r1, r2, "top"),   // 3
                                  jump("out"),                     // 4
                                  jump_long("top"),                // 5
                                  may_goto("out"),                 // 6
                                  label("out"), label("the end"),  //
                                  exit_());                        // 7
  CHECK(texts(kCode) == Texts{"if r1 == 0x0 goto +0x6", "r2 = 0x1 ll", "if w1 s> w2 goto -0x4", "goto +0x2",
                              "gotol -0x6", "may_goto +0x0", "exit"});
  CHECK(kCode.references.empty());
}

TEST_CASE("functions of the program are called and taken by their labels") {
  constexpr auto kCode = assemble(call_function("twice"),       // 0
                                  load_function(r2, "twice"),   // 1, 2
                                  load_function(r3, "main"),    // 3, 4
                                  exit_(),                      // 5
                                  label("twice"), add(r1, r1),  // 6
                                  mov(r0, r1), label("main"),   // 7
                                  call_function("twice"),       // 8
                                  load_function(r2, "twice"),   // 9, 10
                                  exit_());
  CHECK(kCode.slots[0] == make_slot(kCall, 0, kPseudoCall, 0, 5));
  CHECK(kCode.slots[1] == make_slot(kLdImm64, 2, kPseudoFunc, 0, 4));
  CHECK(kCode.slots[3].imm == 4);
  CHECK(kCode.slots[8] == make_slot(kCall, 0, kPseudoCall, 0, -3));
  CHECK(kCode.slots[9] == make_slot(kLdImm64, 2, kPseudoFunc, 0, -4));
  CHECK(kCode.slots[10] == Slot{});
}

TEST_CASE("what is outside of the program stays a reference") {
  using enum Reference::Kind;
  constexpr auto kCode = assemble(load_map(r1, "hits"), call_extern("bpf_rcu_read_lock"),
                                  load_map_value(r2, ".data", 0x10), load_map(r1, "hits"), exit_());
  static_assert(kCode.references.size() == 4);
  CHECK(kCode.references[0] == Reference{0, map, "hits"});
  CHECK(kCode.references[1] == Reference{2, function, "bpf_rcu_read_lock"});
  CHECK(kCode.references[2] == Reference{3, map_value, ".data"});
  CHECK(kCode.references[3] == Reference{5, map, "hits"});
  CHECK(kCode.slots[2] == make_slot(kCall, 0, kPseudoCall, 0, -1));
  CHECK(kCode.slots[4].imm == 0x10);
}

TEST_CASE("the same program at run time is the same code") {
  const auto code = assemble(std::vector<Item>{mov(r0, 0), load_map_value(r1, "counts", 8), mov(r2, 1),
                                               atomic_add<std::uint64_t>(r1, 0, r2), exit_()});
  REQUIRE(code.has_value());
  CHECK(std::ranges::equal(code->slots, kCounter.slots));
  CHECK(std::ranges::equal(code->references, kCounter.references));
}

TEST_CASE("values of the run time") {
  const int fd = 17;
  const Item items[] = {load_map_fd(r1, fd), mov(r0, 0), exit_()};
  const auto code = assemble(items);
  REQUIRE(code.has_value());
  CHECK(texts(*code) == Texts{"r1 = map_by_fd(0x11) ll", "r0 = 0x0", "exit"});
}

TEST_CASE("no items are no code") {
  const auto code = assemble(std::span<const Item>());
  REQUIRE(code.has_value());
  CHECK(code->slots.empty());
}

TEST_CASE("an instruction that has no builder is an item too") {
  const auto code = assemble(std::vector<Item>{{.instruction = {.opcode = kExit}}});
  REQUIRE(code.has_value());
  CHECK(texts(*code) == Texts{"exit"});
}

TEST_CASE("labels that do not exist or exist twice") {
  CHECK(failure({mov(r0, 0), jump("out"), exit_()}) == "item 1: there is no label \"out\"");
  CHECK(failure({call_function("f"), exit_()}) == "item 0: there is no label \"f\"");
  CHECK(failure({load_function(r1, "f"), exit_()}) == "item 0: there is no label \"f\"");
  CHECK(failure({label("a"), label("b"), exit_(), label("a")}) == "item 3: label \"a\" is defined a second time");
  CHECK(failure({label("a"), exit_(), label("a"), label("a")}) == "item 2: label \"a\" is defined a second time");
}

TEST_CASE("instructions that break a rule") {
  CHECK(failure({exit_(), to_be(r1, 24)}) == "item 1: opcode 0xdc: imm is 24, must be 16, 32 or 64 bits");
  CHECK(failure({{.instruction = {}}}) == "item 0: opcode 0x0: the opcode must be one of the instruction set");
  // `exit` has no offset to put a distance into; what is wrong shows only when the label is resolved.
  const Item exit_with_label{.instruction = {.opcode = kExit}, .link = Link::offset, .name = "a"};
  CHECK(failure({exit_with_label, mov(r0, 0), label("a")}) == "item 0: opcode 0x95: offset is 1, must be 0");
}

TEST_CASE("distances end with the field that they go into") {
  const auto code_with = [](Item from, std::size_t between) {
    std::vector<Item> items{label("top"), from};
    items.insert(items.end(), between, mov(r0, 0));
    items.push_back(label("end"));
    items.push_back(exit_());
    return assemble(items);
  };
  const auto far = code_with(jump("end"), 32767);
  REQUIRE(far.has_value());
  CHECK(far->slots[0].offset == 32767);
  const auto too_far = code_with(jump("end"), 32768);
  REQUIRE_FALSE(too_far.has_value());
  CHECK(too_far.error().message() == "item 1: label \"end\" is too far away for a jump of 16 bits; jump_long() has 32");
  CHECK_FALSE(code_with(jump_if(eq, r1, 0, "end"), 32768).has_value());
  const auto longer = code_with(jump_long("end"), 32768);
  REQUIRE(longer.has_value());
  CHECK(longer->slots[0].imm == 32768);

  const auto back = [](std::size_t between) {
    std::vector<Item> items{label("top")};
    items.insert(items.end(), between, mov(r0, 0));
    items.push_back(jump("top"));
    return assemble(items);
  };
  REQUIRE(back(32767).has_value());
  CHECK(back(32767)->slots[32767].offset == -32768);
  CHECK_FALSE(back(32768).has_value());
}
