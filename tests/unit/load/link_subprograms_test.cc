// Programs linked with the subprograms that they use. What is expected is worked out by hand from the rule: a
// depth-first walk over the code, each function placed when it is met for the first time, each program with copies of
// its own.
#include <string>

#include "ebpf/asm/opcode.h"
#include "ebpf/load/passes.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"
#include "tests/unit/load/plan_for_test.h"

namespace ebpf::loader {
namespace {

using test::Planned;

constexpr std::uint8_t kCallOpcode = 0x85, kMovOpcode = 0xb7, kExitOpcode = 0x95, kWideOpcode = 0x18;
constexpr std::uint8_t kToFunction = 1;       // src of a call of a subprogram: BPF_PSEUDO_CALL
constexpr std::uint8_t kFunctionAddress = 4;  // src of an ld_imm64: BPF_PSEUDO_FUNC

struct Use {
  std::uint32_t slot;
  ReferenceKind kind;
  std::string name;
};

// A function of so many slots; `mark` stands in the imm of those that are no reference, the last one being exit.
template <class Function>
Function function(std::string name, std::uint32_t slots, std::int32_t mark, const std::vector<Use>& uses) {
  Function f;
  f.name = std::move(name);
  f.section = ".text";
  for (std::uint32_t i = 0; i + 1 < slots; ++i) f.code.push_back(insn::make_slot(kMovOpcode, 0, 0, 0, mark));
  f.code.push_back(insn::make_slot(kExitOpcode, 0, 0, 0, mark));
  for (const Use& use : uses) {
    const bool call = use.kind == ReferenceKind::call || use.kind == ReferenceKind::external_call;
    f.code[use.slot] = insn::make_slot(call ? kCallOpcode : kWideOpcode, call ? 0 : 2, 0, 0, 12345);
    if (!call) f.code[use.slot + 1] = insn::make_slot(0, 0, 0, 0, 777);
    f.references.push_back({.slot = use.slot, .kind = use.kind, .name = use.name});
  }
  return f;
}

FunctionSpec sub(std::string name, std::uint32_t slots, std::int32_t mark, const std::vector<Use>& uses = {}) {
  return function<FunctionSpec>(std::move(name), slots, mark, uses);
}
ProgramSpec program(std::string name, std::uint32_t slots, std::int32_t mark, const std::vector<Use>& uses = {}) {
  return function<ProgramSpec>(std::move(name), slots, mark, uses);
}

// The marks of the functions in the order in which they were placed.
std::vector<std::int32_t> order_of(const ProgramPlan& plan) {
  std::vector<std::int32_t> order;
  for (const insn::Slot& slot : plan.code)
    if (slot.opcode == kExitOpcode) order.push_back(slot.imm);
  return order;
}

// The mark of the function that a call or address at `slot` goes to, and whether it goes to its beginning.
std::int32_t target_of(const ProgramPlan& plan, std::uint32_t slot) {
  const auto at = static_cast<std::int64_t>(slot) + 1 + plan.code[slot].imm;
  REQUIRE(at >= 0);
  REQUIRE(at < static_cast<std::int64_t>(plan.code.size()));
  if (at > 0) REQUIRE(plan.code[static_cast<std::size_t>(at) - 1].opcode == kExitOpcode);
  for (auto i = static_cast<std::size_t>(at);; ++i)
    if (plan.code[i].opcode == kExitOpcode) return plan.code[i].imm;
}

constexpr auto kCall = ReferenceKind::call;
constexpr auto kAddress = ReferenceKind::function;

TEST_CASE("link: a program without subprograms is its own code") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1)};
  spec.subprograms = {sub("unused", 5, 2)};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  CHECK(planned.plan.programs[0].code == spec.programs[0].code);
  CHECK(planned.plan.programs[0].references.empty());
}

TEST_CASE("link: calls count from the instruction behind them, and each function is placed once") {
  CollectionSpec spec;
  spec.programs = {program("p", 6, 1, {{0, kCall, "a"}, {2, kCall, "b"}, {4, kCall, "a"}})};
  spec.subprograms = {sub("b", 4, 3), sub("a", 3, 2)};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  CHECK(plan.code.size() == 6 + 3 + 4);
  CHECK(order_of(plan) == std::vector<std::int32_t>{1, 2, 3});
  CHECK(plan.code[0].imm == 5);  // to slot 6
  CHECK(plan.code[2].imm == 6);  // to slot 9
  CHECK(plan.code[4].imm == 1);  // to slot 6
  for (const std::uint32_t slot : {0u, 2u, 4u}) {
    CHECK(plan.code[slot].opcode == kCallOpcode);
    CHECK(plan.code[slot].src() == kToFunction);
  }
  CHECK(planned.spec.programs[0].code == spec.programs[0].code);  // the spec is not written to
}

TEST_CASE("link: the order is that of a depth-first walk") {
  CollectionSpec spec;
  spec.programs = {program("p", 4, 1, {{0, kCall, "a"}, {1, kCall, "d"}})};
  spec.subprograms = {sub("d", 2, 5, {{0, kCall, "b"}}), sub("c", 2, 4), sub("b", 3, 3, {{0, kCall, "c"}}),
                      sub("a", 3, 2, {{0, kCall, "b"}, {1, kCall, "c"}})};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  CHECK(order_of(plan) == std::vector<std::int32_t>{1, 2, 3, 4, 5});
  CHECK(target_of(plan, 0) == 2);
  CHECK(target_of(plan, 1) == 5);
  CHECK(target_of(plan, 4) == 3);   // a's call of b
  CHECK(target_of(plan, 5) == 4);   // a's call of c
  CHECK(target_of(plan, 7) == 4);   // b's call of c
  CHECK(target_of(plan, 12) == 3);  // d's call of b, backwards
  CHECK(plan.code[12].imm < 0);
}

TEST_CASE("link: each program has copies of its own") {
  CollectionSpec spec;
  spec.programs = {program("p", 2, 1, {{0, kCall, "shared"}}), program("q", 9, 2, {{7, kCall, "shared"}})};
  spec.subprograms = {sub("shared", 2, 3)};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  CHECK(planned.plan.programs[0].code.size() == 4);
  CHECK(planned.plan.programs[1].code.size() == 11);
  CHECK(target_of(planned.plan.programs[0], 0) == 3);
  CHECK(target_of(planned.plan.programs[1], 7) == 3);
}

TEST_CASE("link: the address of a function") {
  CollectionSpec spec;
  spec.programs = {program("p", 5, 1, {{1, kAddress, "callback"}})};
  spec.subprograms = {sub("callback", 2, 2, {{0, kCall, "helper"}}), sub("helper", 2, 3)};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  CHECK(order_of(plan) == std::vector<std::int32_t>{1, 2, 3});
  CHECK(plan.code[1].opcode == kWideOpcode);
  CHECK(plan.code[1].src() == kFunctionAddress);
  CHECK(plan.code[1].dst() == 2);
  CHECK(plan.code[1].imm == 3);  // from behind its first half, as for a call
  CHECK(plan.code[2].imm == 0);
  CHECK(target_of(plan, 5) == 3);
}

TEST_CASE("link: an exception callback comes last, with what it calls, and once") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1, {{0, kCall, "a"}}), program("q", 3, 7, {{0, kAddress, "handler"}})};
  spec.subprograms = {sub("handler", 3, 2, {{0, kCall, "b"}}), sub("a", 2, 3), sub("b", 2, 4)};
  spec.programs[0].exception_callback = spec.programs[1].exception_callback = "handler";
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  CHECK(order_of(planned.plan.programs[0]) == std::vector<std::int32_t>{1, 3, 2, 4});
  CHECK(order_of(planned.plan.programs[1]) == std::vector<std::int32_t>{7, 2, 4});
  const auto only = spec.only("p");
  REQUIRE(only.has_value());
  CHECK(only->subprograms.size() == 3);

  spec.subprograms[0].is_static = true;
  Planned with_static(spec);
  const auto refused = link_subprograms(with_static.plan);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message().find("\"handler\" is static") != std::string::npos);
  spec.programs[0].exception_callback = "nobody";
  Planned without(spec);
  CHECK(link_subprograms(without.plan).error().code() == errc::not_found);
}

TEST_CASE("link: functions that call themselves and each other come to an end") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1, {{0, kCall, "ping"}, {1, kCall, "p"}})};
  spec.subprograms = {sub("ping", 3, 2, {{0, kCall, "pong"}, {1, kCall, "ping"}}),
                      sub("pong", 3, 3, {{0, kCall, "ping"}, {1, kCall, "p"}})};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  CHECK(plan.code.size() == 9);
  CHECK(target_of(plan, 1) == 1);
  CHECK(target_of(plan, 4) == 2);
  CHECK(target_of(plan, 6) == 2);
  CHECK(target_of(plan, 7) == 1);
}

TEST_CASE("link: a chain of very many functions needs no stack") {
  CollectionSpec spec;
  constexpr int kFunctions = 20000;
  spec.programs = {program("p", 2, 1, {{0, kCall, "f0"}})};
  for (int i = 0; i < kFunctions; ++i) {
    const std::string next = "f" + std::to_string(i + 1);
    spec.subprograms.push_back(i + 1 < kFunctions ? sub("f" + std::to_string(i), 2, i, {{0, kCall, next}})
                                                  : sub("f" + std::to_string(i), 2, i));
  }
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  CHECK(planned.plan.programs[0].code.size() == 2 + 2 * kFunctions);
}

TEST_CASE("link: records move with their functions") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1, {{0, kCall, "a"}})};
  spec.subprograms = {sub("a", 4, 2)};
  spec.programs[0].type = 10;
  spec.programs[0].lines = {{0, 1, 2, 3}, {2, 1, 2, 4}};
  spec.subprograms[0].type = 11;
  spec.subprograms[0].lines = {{0, 5, 6, 7}, {3, 5, 6, 8}};
  spec.subprograms[0].core_relocations = {{1, 9, 9, btf::CoreKind::type_size}};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  CHECK(plan.functions == std::vector<btf::FunctionInfo>{{0, 10}, {3, 11}});
  CHECK(plan.lines == std::vector<btf::LineInfo>{{0, 1, 2, 3}, {2, 1, 2, 4}, {3, 5, 6, 7}, {6, 5, 6, 8}});
  REQUIRE(plan.core_relocations.size() == 1);
  CHECK(plan.core_relocations[0].slot == 4);
}

TEST_CASE("link: records that the kernel would refuse as incomplete are left out") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1, {{0, kCall, "a"}})};
  spec.subprograms = {sub("a", 4, 2)};
  spec.programs[0].type = 10;
  spec.programs[0].lines = {{0, 1, 2, 3}};
  spec.subprograms[0].type = 11;
  {
    // A function without lines: no lines, but types.
    Planned planned(spec);
    REQUIRE(link_subprograms(planned.plan).has_value());
    CHECK(planned.plan.programs[0].functions.size() == 2);
    CHECK(planned.plan.programs[0].lines.empty());
  }
  {
    // Lines that begin behind the function.
    spec.subprograms[0].lines = {{1, 1, 2, 3}};
    Planned planned(spec);
    REQUIRE(link_subprograms(planned.plan).has_value());
    CHECK(planned.plan.programs[0].lines.empty());
  }
  {
    // A function without a type: neither.
    spec.subprograms[0].lines = {{0, 1, 2, 3}};
    spec.subprograms[0].type = 0;
    Planned planned(spec);
    REQUIRE(link_subprograms(planned.plan).has_value());
    CHECK(planned.plan.programs[0].functions.empty());
    CHECK(planned.plan.programs[0].lines.empty());
  }
}

TEST_CASE("link: references to maps are handed on, at their new places") {
  CollectionSpec spec;
  spec.programs = {program("p", 4, 1, {{0, ReferenceKind::map, "hits"}, {2, kCall, "a"}})};
  spec.subprograms = {sub("a", 5, 2, {{1, ReferenceKind::map_value, ".data"}, {3, ReferenceKind::external_call, "k"}})};
  Planned planned(spec);
  REQUIRE(link_subprograms(planned.plan).has_value());
  const ProgramPlan& plan = planned.plan.programs[0];
  REQUIRE(plan.references.size() == 3);
  CHECK(plan.references[0].slot == 0);
  CHECK(plan.references[0].reference->name == "hits");
  CHECK(plan.references[1].slot == 5);
  CHECK(plan.references[1].reference->name == ".data");
  CHECK(plan.references[2].slot == 7);
  CHECK(plan.references[2].reference->name == "k");
}

Error refused(CollectionSpec spec) {
  Planned planned(std::move(spec));
  const auto ok = link_subprograms(planned.plan);
  REQUIRE(!ok.has_value());
  return ok.error();
}

TEST_CASE("link: a function that does not exist") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1, {{0, kCall, "a"}})};
  spec.subprograms = {sub("a", 3, 2, {{0, kCall, "lost"}})};
  const Error error = refused(spec);
  CHECK(error.code() == errc::not_found);
  for (const char* name : {"program \"p\"", "function \"a\"", "\"lost\""})
    CHECK(error.message().find(name) != std::string::npos);
}

TEST_CASE("link: two functions of one name") {
  CollectionSpec spec;
  spec.programs = {program("p", 3, 1)};
  spec.subprograms = {sub("p", 3, 2)};
  const Error error = refused(spec);
  CHECK(error.code() == errc::invalid_argument);
  CHECK(error.message().find("\"p\"") != std::string::npos);
}

TEST_CASE("link: too long a program, and an empty function") {
  CollectionSpec spec;
  spec.programs = {program("p", 600000, 1, {{0, kCall, "a"}})};
  spec.subprograms = {sub("a", 400000, 2)};
  {
    Planned planned(spec);
    CHECK(link_subprograms(planned.plan).has_value());
  }
  spec.subprograms[0].code.insert(spec.subprograms[0].code.begin(), insn::make_slot(kMovOpcode, 0, 0, 0, 0));
  const Error error = refused(spec);
  CHECK(error.code() == errc::out_of_range);
  CHECK(error.message().find("program \"p\"") != std::string::npos);
  CHECK(error.message().find("\"a\"") != std::string::npos);
  spec.subprograms[0].code.clear();
  CHECK(refused(spec).code() == errc::out_of_range);
}

TEST_CASE("link: references that were edited to be outside of the code") {
  for (const auto kind : {kCall, kAddress, ReferenceKind::map, ReferenceKind::map_value, ReferenceKind::external_value,
                          ReferenceKind::external_call}) {
    const bool wide = kind != kCall && kind != ReferenceKind::external_call;
    for (const std::uint32_t slot : {3u, 4u, 0x7fffffffu, 0xfffffffeu, 0xffffffffu}) {
      CAPTURE(slot);
      CollectionSpec spec;
      spec.programs = {program("p", 3, 1)};
      spec.subprograms = {sub("a", 2, 2)};
      spec.programs[0].references = {{.slot = slot, .kind = kind, .name = "a"}};
      CHECK(refused(spec).code() == errc::invalid_argument);
    }
    // The second half of an ld_imm64 must be inside, too.
    CollectionSpec spec;
    spec.programs = {program("p", 3, 1)};
    spec.subprograms = {sub("a", 2, 2)};
    spec.programs[0].references = {{.slot = 2, .kind = kind, .name = "a"}};
    Planned planned(spec);
    CHECK(link_subprograms(planned.plan).has_value() == !wide);
  }
}

// The functions that a program of the object was linked from, in their order; `planned` is checked on the way.
std::vector<std::string> linked_functions(Planned& planned, const std::string& name) {
  const ProgramPlan* plan = planned.plan.program(name);
  REQUIRE(plan != nullptr);
  std::vector<std::string> names;
  std::size_t size = 0;
  for (const btf::FunctionInfo& info : plan->functions) {
    names.emplace_back(planned.spec.types.type(info.type)->name());
    CHECK(info.slot == size);
    for (const FunctionSpec& f : planned.spec.subprograms) size += f.name == names.back() ? f.code.size() : 0;
    for (const ProgramSpec& p : planned.spec.programs) size += p.name == names.back() ? p.code.size() : 0;
  }
  CHECK(size == plan->code.size());
  for (const btf::LineInfo& line : plan->lines) CHECK(line.slot < plan->code.size());
  CHECK(std::is_sorted(plan->lines.begin(), plan->lines.end(),
                       [](const auto& a, const auto& b) { return a.slot < b.slot; }));
  return names;
}

TEST_CASE("link: the programs of subprograms.bpf.c and of callbacks.bpf.c") {
  using Names = std::vector<std::string>;
  for (const std::string variant : {".bpf.o", "_clang14.bpf.o"}) {
    CAPTURE(variant);
    Planned called(CollectionSpec::parse(test::testdata("subprograms" + variant), "subprograms").value());
    REQUIRE(link_subprograms(called.plan).has_value());
    CHECK(linked_functions(called, "chain") == Names{"chain", "triple_of_next", "next_of"});
    CHECK(linked_functions(called, "middle") == Names{"middle", "next_of"});
    CHECK(linked_functions(called, "global_call") == Names{"global_call", "doubled"});
    CHECK(linked_functions(called, "map_in_subprogram") == Names{"map_in_subprogram", "number_at"});
    CHECK(linked_functions(called, "alone") == Names{"alone"});
    Planned taken(CollectionSpec::parse(test::testdata("callbacks" + variant), "callbacks").value());
    REQUIRE(link_subprograms(taken.plan).has_value());
    CHECK(linked_functions(taken, "looped") == Names{"looped", "add_index", "next_of"});
    CHECK(linked_functions(taken, "each_element") == Names{"each_element", "add_element"});
  }
}

}  // namespace
}  // namespace ebpf::loader
