// Jump tables: which places of which function they lead to, and tables that lead elsewhere.
#include "tests/unit/spec/jump_tables.h"

#include <algorithm>
#include <string>

#include "ebpf/spec/spec.h"

namespace ebpf {
namespace {

Result<CollectionSpec> read(const test::JumpTableObject& object) {
  return CollectionSpec::parse(object.bytes(), "tables.bpf.o");
}

const Reference* table_reference(const FunctionSpec& function) {
  const auto found = std::ranges::find(function.references, ReferenceKind::jump_table, &Reference::kind);
  return found == function.references.end() ? nullptr : &*found;
}

// Writes a number into the section of tables.
void set_entry(test::JumpTableObject& object, std::size_t entry, std::uint64_t value) {
  std::memcpy(object.file.sections[2].data.data() + 8 * entry, &value, sizeof value);
}

std::string refusal(const test::JumpTableObject& object) {
  const auto spec = read(object);
  REQUIRE_FALSE(spec.has_value());
  CHECK(spec.error().code() == errc::malformed);
  return spec.error().message();
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("jump tables: targets are counted from their function's beginning") {
  for (const bool relocations : {false, true}) {
    CAPTURE(relocations);
    const auto spec = read(test::jump_table_object(relocations));
    REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
    const auto pick = spec->program("pick");
    REQUIRE(pick);
    REQUIRE(pick->jump_tables.size() == 1);
    CHECK(pick->jump_tables[0].name == "BPF.JT.1.0");
    CHECK(pick->jump_tables[0].targets == std::vector<std::uint32_t>{8, 10, 12, 14});
    for (const std::uint32_t target : pick->jump_tables[0].targets) CHECK(pick->code[target].opcode == 0xb7);
    const Reference* reference = table_reference(*pick);
    REQUIRE(reference != nullptr);
    CHECK(reference->name == "BPF.JT.1.0");
    CHECK(reference->slot == 2);
    CHECK(reference->offset == 0);
    CHECK(spec->program("first")->jump_tables.empty());
    const auto twice = std::ranges::find(spec->subprograms, "twice", &FunctionSpec::name);
    REQUIRE(twice != spec->subprograms.end());
    REQUIRE(twice->jump_tables.size() == 1);
    CHECK(twice->jump_tables[0].targets == std::vector<std::uint32_t>{8, 10});
    CHECK(spec->notes.empty());
  }
}

TEST_CASE("jump tables: entries that lead out of the function, or between instructions") {
  auto object = test::jump_table_object(false);
  SUBCASE("into the function before") { set_entry(object, 0, 0); }
  SUBCASE("behind the section") { set_entry(object, 0, 1u << 20); }
  SUBCASE("into the function behind") { set_entry(object, 3, object.pick_targets[3] + 16); }
  SUBCASE("between instructions") { set_entry(object, 1, object.pick_targets[1] + 4); }
  SUBCASE("a negative number") { set_entry(object, 1, ~std::uint64_t{0} - 7); }
  const std::string message = refusal(object);
  CAPTURE(message);
  CHECK(contains(message, "function \"pick\""));
  CHECK(contains(message, "jump table \"BPF.JT.1.0\""));
}

TEST_CASE("jump tables: symbols that are no tables") {
  auto object = test::jump_table_object(false);
  elf::NewSymbol& symbol = object.file.symbols[5];
  SUBCASE("past the section's end") { symbol.size = 1u << 20; }
  SUBCASE("of no size") { symbol.size = 0; }
  SUBCASE("of half an entry") { symbol.size = 12; }
  SUBCASE("at an odd place") { symbol.value = 4; }
  SUBCASE("beyond everything") { symbol.value = ~std::uint64_t{0} - 15; }
  CHECK(contains(refusal(object), "function \"pick\""));
}

}  // namespace ebpf
