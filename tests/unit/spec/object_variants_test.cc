// Objects in testdata/ compared: what two compilers and two byte orders make of one source, and that the same bytes
// give the same spec.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

void check_same(const CollectionSpec& a, const CollectionSpec& b) {
  CHECK(a.license == b.license);
  std::map<std::string, const MapSpec*> maps;
  for (const MapSpec& map : b.maps) maps[map.name] = &map;
  CHECK(a.maps.size() == b.maps.size());
  for (const MapSpec& map : a.maps) {
    CAPTURE(map.name);
    REQUIRE(maps.contains(map.name));
    const MapSpec& other = *maps[map.name];
    CHECK(map.type == other.type);
    CHECK(map.key_size == other.key_size);
    CHECK(map.value_size == other.value_size);
    CHECK(map.max_entries == other.max_entries);
    CHECK(map.flags == other.flags);
    CHECK(map.map_extra == other.map_extra);
    CHECK(map.pinning == other.pinning);
    CHECK(map.is_data == other.is_data);
    CHECK(map.freeze == other.freeze);
    CHECK(map.inner.size() == other.inner.size());
    REQUIRE(map.slots.size() == other.slots.size());
    for (std::size_t i = 0; i < map.slots.size(); ++i) {
      CHECK(map.slots[i].index == other.slots[i].index);
      CHECK(map.slots[i].name == other.slots[i].name);
    }
    if (!map.is_data) CHECK(a.types.describe(map.key_type) == b.types.describe(other.key_type));
  }
  CHECK(a.variables.size() == b.variables.size());
  for (const VariableSpec& variable : a.variables) {
    CAPTURE(variable.name);
    const auto other = b.variable(variable.name);
    REQUIRE(other);
    CHECK(variable.section == other->section);
    CHECK(variable.size == other->size);
    CHECK(variable.types.describe(variable.type) == other->types.describe(other->type));
    CHECK(variable.is_constant == other->is_constant);
    CHECK(variable.is_static == other->is_static);
    CHECK(variable.is_hidden == other->is_hidden);
    CHECK(variable.value.empty() == other->value.empty());
    if (variable.size <= 8) CHECK(number(variable) == number(*other));
  }
  CHECK(a.programs.size() == b.programs.size());
  for (const ProgramSpec& program : a.programs) {
    CAPTURE(program.name);
    const auto other = b.program(program.name);
    REQUIRE(other);
    CHECK(program.section == other->section);
    CHECK(program.program_type == other->program_type);
    CHECK(program.attach_type == other->attach_type);
    CHECK(program.attach_to == other->attach_to);
    CHECK(references_to_functions(program) == references_to_functions(*other));
  }
  CHECK(a.subprograms.size() == b.subprograms.size());
  CHECK(a.externs.size() == b.externs.size());
}

constexpr const char* kAll[] = {"callbacks", "globals",  "maps",        "maps_since_6_1", "maps_since_6_9",
                                "packet",    "pinning",  "subprograms", "tracing",        "core",
                                "externs",   "rejected", "sections"};

TEST_CASE("spec: clang-14 and clang-19 give the same maps, variables and programs") {
  for (const std::string name : kAll) {
    CAPTURE(name);
    check_same(parsed(name + ".bpf.o"), parsed(name + "_clang14.bpf.o"));
  }
}

TEST_CASE("spec: a big-endian object says the same as a little-endian one, instruction by instruction") {
  for (const std::string name : kAll) {
    CAPTURE(name);
    const CollectionSpec little = parsed(name + ".bpf.o");
    const CollectionSpec big = parsed(name + "_eb.bpf.o");
    CHECK(big.byte_order == ByteOrder::big);
    check_same(little, big);
    for (const ProgramSpec& program : little.programs) {
      CAPTURE(program.name);
      const auto other = big.program(program.name);
      REQUIRE(other);
      // Big-endian code may be compiled differently (byte swaps), but not in these.
      if (name == "packet") continue;
      REQUIRE(program.code.size() == other->code.size());
      CHECK(program.lines.size() == other->lines.size());
      CHECK(program.code == other->code);
    }
    for (const VariableSpec& variable : little.variables) CHECK(variable.offset == big.variable(variable.name)->offset);
  }
}

TEST_CASE("spec: taking the debug information out changes nothing but BTF's absence from DWARF") {
  for (const std::string name : {"callbacks", "globals", "maps", "packet", "pinning", "subprograms", "tracing"}) {
    CAPTURE(name);
    check_same(parsed(name + ".bpf.o"), parsed(name + "_stripped.bpf.o"));
  }
}

bool same_functions(const FunctionSpec& a, const FunctionSpec& b) {
  return a.name == b.name && a.section == b.section && a.code == b.code && a.type == b.type && a.lines == b.lines &&
         a.core_relocations == b.core_relocations && a.is_static == b.is_static &&
         std::equal(a.references.begin(), a.references.end(), b.references.begin(), b.references.end(),
                    [](const Reference& x, const Reference& y) {
                      return x.slot == y.slot && x.kind == y.kind && x.offset == y.offset && x.name == y.name;
                    });
}

TEST_CASE("spec: the same bytes give the same spec") {
  for (const std::string& object : test::testdata_names()) {
    CAPTURE(object);
    const test::Bytes bytes = test::testdata(object);
    const auto a = CollectionSpec::parse(bytes, object);
    const auto b = CollectionSpec::parse(bytes, object);
    REQUIRE(a.has_value() == b.has_value());
    if (!a) {
      CHECK(a.error().message() == b.error().message());
      CHECK(a.error().code() == b.error().code());
      continue;
    }
    CHECK(a->notes == b->notes);
    CHECK(
        std::equal(a->types.bytes().begin(), a->types.bytes().end(), b->types.bytes().begin(), b->types.bytes().end()));
    CHECK(std::equal(a->programs.begin(), a->programs.end(), b->programs.begin(), b->programs.end(), same_functions));
    CHECK(std::equal(a->subprograms.begin(), a->subprograms.end(), b->subprograms.begin(), b->subprograms.end(),
                     same_functions));
    CHECK(std::equal(a->maps.begin(), a->maps.end(), b->maps.begin(), b->maps.end(),
                     [](const MapSpec& x, const MapSpec& y) { return x.name == y.name && x.data == y.data; }));
    CHECK(std::equal(a->variables.begin(), a->variables.end(), b->variables.begin(), b->variables.end(),
                     [](const VariableSpec& x, const VariableSpec& y) {
                       return x.name == y.name && x.offset == y.offset && x.value == y.value;
                     }));
  }
}

}  // namespace
}  // namespace ebpf
