// Resizing the array at the end of a data section: types, section and variable change together, and nothing else does.
#include <string>

#include "ebpf/btf/builder.h"
#include "ebpf/btf/resize.h"
#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

CollectionSpec object(const std::string& name) {
  auto spec = CollectionSpec::parse(test::testdata(name + ".bpf.o"), name);
  REQUIRE(spec.has_value());
  return *std::move(spec);
}

Error refusal(CollectionSpec& spec, std::string_view variable, std::uint32_t count) {
  const auto types = spec.types.bytes().data();
  auto resized = spec.resize_array(variable, count);
  REQUIRE(!resized.has_value());
  CHECK(spec.types.bytes().data() == types);
  return resized.error();
}

TEST_CASE("resize: types, section and variable") {
  const CollectionSpec before = object("resizable");
  CollectionSpec spec = before;
  REQUIRE(spec.resize_array("counts", 100).has_value());
  const VariableSpec& counts = *spec.variable("counts");
  CHECK(counts.size == 800);
  CHECK(counts.offset == 8);
  CHECK(spec.types.describe(counts.type) == "__u64[100]");
  CHECK(spec.types.size_of(spec.types.type(counts.type)->referenced()) == 800);
  const MapSpec& section = *spec.map(".data.counts");
  CHECK(section.value_size == 808);
  CHECK(section.data.size() == 808);
  CHECK(section.data[8] == std::byte{5});
  const btf::Type listed = *spec.types.type(section.value_type);
  CHECK(listed.size() == 808);
  CHECK(listed.section_variable(1).size == 800);
  // Every other variable is what it was, in the same table as the resized one.
  for (const VariableSpec& variable : spec.variables) {
    CHECK(variable.types.bytes().data() == spec.types.bytes().data());
    if (variable.name == "counts") continue;
    CHECK(variable.size == before.variable(variable.name)->size);
    CHECK(spec.types.describe(variable.type) == before.types.describe(variable.type));
  }
  for (btf::TypeId id = 1; id < before.types.type_count(); ++id)
    if (id != counts.type) CHECK(spec.types.describe(id) == before.types.describe(id));
  // And back.
  REQUIRE(spec.resize_array("counts", 1).has_value());
  CHECK(spec.map(".data.counts")->data == before.map(".data.counts")->data);
}

TEST_CASE("resize: a value that was set before keeps its beginning") {
  CollectionSpec spec = object("resizable");
  REQUIRE(spec.variable("counts")->set_field("[0]", 9).has_value());
  REQUIRE(spec.resize_array("counts", 2).has_value());
  CHECK(spec.variable("counts")->get_field<std::uint64_t>("[0]") == 9);
  CHECK(spec.variable("counts")->get_field<std::uint64_t>("[1]") == 0);
}

TEST_CASE("resize: constants stay constants") {
  CollectionSpec spec = object("resizable");
  REQUIRE(spec.resize_array("weights", 5).has_value());
  CHECK(spec.variable("weights")->is_constant);
  const std::string type = spec.types.describe(spec.types.type(spec.variable("weights")->type)->referenced());
  CHECK(type.find("const") != std::string::npos);
  CHECK(type.find("volatile") != std::string::npos);
  CHECK(type.find("[5]") != std::string::npos);
}

TEST_CASE("resize: what cannot be resized, and is left as it is") {
  CollectionSpec spec = object("resizable");
  CHECK(refusal(spec, "count", 2).code() == errc::not_found);
  CHECK(refusal(spec, "not_an_array", 2).message() ==
        "resize variable \"not_an_array\": it is __u32, which is no array");
  CHECK(
      refusal(spec, "before", 2).message() ==
      "resize variable \"before\": variable \"counts\" comes behind it in section \".data.counts\"; only the last one "
      "can be resized");
  CHECK(refusal(spec, "counts", 0).code() == errc::out_of_range);
  CHECK(refusal(spec, "counts", 0x1fff'ffff).code() == errc::out_of_range);
  CHECK(refusal(spec, "counts", UINT32_MAX).code() == errc::out_of_range);
  CollectionSpec arena = object("arena");
  for (const VariableSpec& variable : CollectionSpec(arena).variables) {
    if (arena.map(variable.section) && arena.map(variable.section)->is_data) continue;
    CHECK(refusal(arena, variable.name, 2).code() == errc::unsupported_input);
  }
}

TEST_CASE("resize: an array by a typedef, with qualifiers on both sides of it") {
  btf::Builder b;
  const auto number = b.add_integer({.name = "u32"});
  const auto array = b.add_array({.element = number, .index = number, .count = 2});
  const auto alias = b.add_typedef("pair", b.add_volatile(array));
  const auto variable = b.add_variable("v", b.add_const(alias));
  const auto other = b.add_variable("other", alias);
  const auto section = b.add_data_section({".data", 16, {{other, 0, 8}, {variable, 8, 8}}});
  const auto resized = btf::resize_array(*b.spec(), section, variable, 3);
  REQUIRE(resized.has_value());
  CHECK(resized->section_size == 20);
  CHECK(resized->variable_size == 12);
  const auto describe = [&](btf::TypeId id) { return resized->types.describe(resized->types.type(id)->referenced()); };
  CHECK(describe(variable) == "const volatile u32[3]");
  CHECK(describe(other) == "pair");
  CHECK(resized->types.size_of(alias) == 8);
  CHECK(btf::resize_array(*b.spec(), section, other, 3).error().message() ==
        "it is not the last variable of its section");
  CHECK(btf::resize_array(*b.spec(), variable, variable, 3).error().code() == errc::invalid_argument);
}

}  // namespace
}  // namespace ebpf
