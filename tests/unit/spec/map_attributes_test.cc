// Definitions of maps, made attribute by attribute: what each one says, in every form that the macros of bpf_helpers.h
// have had, and what is refused.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

using test::BtfWriter;
using test::Bytes;
using test::ElfWriter;

constexpr std::uint32_t kHash = 1, kProgArray = 3, kArrayOfMaps = 12;

// Types for attributes, and the definition that they go into.
struct Definition {
  BtfWriter btf;
  std::uint32_t u32 = btf.integer("unsigned int", 4);
  std::uint32_t u64 = btf.integer("unsigned long", 8);
  std::vector<BtfWriter::Member> members = {};
  std::uint64_t type = 0;  // of the whole, where it is no plain structure

  // __uint(name, number)
  Definition& number(std::string_view name, std::uint32_t value) {
    return member(name, btf.pointer(btf.array(u32, u32, value)));
  }
  // __ulong(name, number): the value of an anonymous enumeration
  Definition& wide(std::string_view name, std::uint64_t value) {
    const auto low = static_cast<std::uint32_t>(value), high = static_cast<std::uint32_t>(value >> 32);
    return member(name, btf.add(test::kEnum64, "", 1, 8, {btf.string("value"), low, high}));
  }
  // __type(name, type)
  Definition& of_type(std::string_view name, std::uint32_t pointee) { return member(name, btf.pointer(pointee)); }
  // __array(values, type)
  Definition& values(std::uint32_t pointee) { return member("values", btf.array(btf.pointer(pointee), u32, 0)); }
  Definition& member(std::string_view name, std::uint32_t member_type) {
    members.push_back({name, member_type, static_cast<std::uint32_t>(members.size()) * 64});
    return *this;
  }
  std::uint32_t structure(const std::vector<BtfWriter::Member>& of) {
    return btf.composite(test::kStruct, "", static_cast<std::uint32_t>(of.size()) * 8, of);
  }

  // The object, in which the map is called "m".
  Bytes object(const std::function<std::uint32_t(BtfWriter&, std::uint32_t)>& wrap = {}) {
    std::uint32_t whole = structure(members);
    if (wrap) whole = wrap(btf, whole);
    const auto size = static_cast<std::uint32_t>(members.size()) * 8;
    const auto variable = btf.add(test::kVar, "m", 0, whole, {1});
    btf.add(test::kDatasec, ".maps", 1, 0, {variable, 0, size});
    ElfWriter elf;
    const auto maps = elf.add({.name = ".maps", .flags = 3, .data = Bytes(size)});
    elf.symbol("m", 0x11, maps, 0, size);
    elf.add({.name = ".BTF", .data = btf.finish()});
    return elf.finish();
  }
};

MapSpec read(Definition definition) {
  const auto spec = CollectionSpec::parse(definition.object(), "m.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  REQUIRE(spec->maps.size() == 1);
  return spec->maps.front();
}

Error refused(Definition definition) {
  const auto spec = CollectionSpec::parse(definition.object(), "m.o");
  REQUIRE(!spec.has_value());
  return spec.error();
}

void check_refused(const Definition& definition, errc code, std::initializer_list<const char*> named) {
  const Error error = refused(definition);
  CAPTURE(error.message());
  CHECK(error.code() == code);
  CHECK(error.message().find("map \"m\"") != std::string::npos);
  for (const char* name : named) CHECK_MESSAGE(error.message().find(name) != std::string::npos, name);
}

Definition hash() { return Definition().number("type", kHash); }

TEST_CASE("map attributes: each number goes where it belongs") {
  const MapSpec map = read(hash()
                               .number("max_entries", 11)
                               .number("key_size", 12)
                               .number("value_size", 13)
                               .number("map_flags", 1)
                               .number("map_extra", 15)
                               .number("numa_node", 2)
                               .number("pinning", 1));
  CHECK(map.type == MapType::hash);
  CHECK(map.max_entries == 11);
  CHECK(map.key_size == 12);
  CHECK(map.value_size == 13);
  CHECK(map.flags == (1 | 4));  // BPF_F_NUMA_NODE goes with the node
  CHECK(map.map_extra == 15);
  CHECK(map.numa_node == 2);
  CHECK(map.pinning == Pinning::by_name);
  // In the other order, too.
  CHECK(read(hash().number("numa_node", 2).number("map_flags", 1)).flags == (1 | 4));
  CHECK(read(hash().number("pinning", 0)).pinning == Pinning::none);
}

TEST_CASE("map attributes: numbers of 64 bits") {
  CHECK(read(hash().wide("map_extra", 1ull << 44)).map_extra == 1ull << 44);
  CHECK(read(hash().wide("max_entries", 7)).max_entries == 7);
  check_refused(hash().wide("max_entries", 1ull << 32), errc::out_of_range, {"\"max_entries\"", "4294967296"});
  check_refused(hash().wide("type", 1ull << 32), errc::out_of_range, {"\"type\""});
}

TEST_CASE("map attributes: keys and values by type and by size, which must agree") {
  Definition by_type = hash();
  by_type.of_type("key", by_type.u32).of_type("value", by_type.u64);
  const MapSpec map = read(by_type);
  CHECK(map.key_size == 4);
  CHECK(map.key_type == by_type.u32);
  CHECK(map.value_size == 8);
  CHECK(map.value_type == by_type.u64);
  for (const std::string name : {"key", "value"}) {
    for (const bool size_first : {true, false}) {
      for (const std::uint32_t size : {4u, 8u}) {
        CAPTURE(name);
        CAPTURE(size_first);
        CAPTURE(size);
        Definition both = hash();
        const std::string sized = name + "_size";  // names are not copied
        if (size_first) both.number(sized, size);
        both.of_type(name, both.u32);
        if (!size_first) both.number(sized, size);
        if (size == 4)
          read(both);
        else
          check_refused(both, errc::malformed, {name.c_str(), "4", "8"});
      }
    }
  }
}

TEST_CASE("map attributes: a definition behind typedefs and qualifiers") {
  Definition definition = hash();
  const Bytes object = definition.object([](BtfWriter& btf, std::uint32_t whole) {
    return btf.add(test::kConst, "", 0, btf.add(test::kTypedef, "map_definition", 0, whole));
  });
  const auto spec = CollectionSpec::parse(object, "m.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  CHECK(spec->maps.front().type == MapType::hash);
}

TEST_CASE("map attributes: ways of pinning that are not known") {
  check_refused(hash().number("pinning", 2), errc::unsupported_input, {"\"pinning\"", "2"});
}

TEST_CASE("map attributes: what is no number and no type") {
  Definition number = hash();
  check_refused(number.member("max_entries", number.u32), errc::malformed, {"\"max_entries\""});
  Definition pointer = hash();
  check_refused(pointer.of_type("max_entries", pointer.u32), errc::malformed, {"\"max_entries\""});
  Definition type = hash();
  check_refused(type.member("key", type.u32), errc::malformed, {"\"key\""});
}

TEST_CASE("map attributes: static contents are the last attribute, with values of 4 bytes") {
  const auto program_array = [] {
    Definition definition = Definition().number("type", kProgArray);
    definition.values(definition.btf.add(test::kFuncProto, "", 0, definition.u32));
    return definition;
  };
  CHECK(read(program_array()).value_size == 4);
  CHECK(read(program_array()).inner.empty());
  check_refused(program_array().number("max_entries", 3), errc::malformed, {"\"values\"", "last"});
  Definition wide = Definition().number("type", kProgArray).number("value_size", 8);
  wide.values(wide.btf.add(test::kFuncProto, "", 0, wide.u32));
  check_refused(wide, errc::malformed, {"\"values\"", "4 bytes", "8"});
  Definition of_numbers = Definition().number("type", kProgArray);
  of_numbers.values(of_numbers.u32);
  check_refused(of_numbers, errc::malformed, {"\"values\""});
}

TEST_CASE("map attributes: an inner map has attributes of its own, and no pin") {
  const auto outer_with = [](std::string_view attribute, std::uint32_t value) {
    Definition definition = Definition().number("type", kArrayOfMaps);
    const auto pointer_to = [&](std::uint32_t count) {
      return definition.btf.pointer(definition.btf.array(definition.u32, definition.u32, count));
    };
    const auto type = pointer_to(kHash), more = pointer_to(value);
    definition.values(definition.structure({{"type", type, 0}, {attribute, more, 64}}));
    return definition;
  };
  const MapSpec map = read(outer_with("max_entries", 9));
  REQUIRE(map.inner.size() == 1);
  CHECK(map.inner.front().type == MapType::hash);
  CHECK(map.inner.front().max_entries == 9);
  CHECK(map.value_size == 4);
  check_refused(outer_with("pinning", 1), errc::malformed, {"\"values\"", "\"pinning\"", "inner"});
  check_refused(outer_with("colour", 1), errc::unsupported_input, {"\"colour\""});
}

TEST_CASE("variables of an arena need one map of that type") {
  ElfWriter none;
  const auto section = none.add({.name = ".addr_space.1", .flags = 3, .data = Bytes(16)});
  none.symbol("v", 0x11, section, 8, 8);
  const auto refused = CollectionSpec::parse(none.finish(), "a.o");
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message().find("section \".addr_space.1\"") != std::string::npos);
  CHECK(refused.error().message().find("no map of type arena") != std::string::npos);
}

TEST_CASE("data sections without symbols are maps, too, unless they are empty") {
  ElfWriter elf;
  elf.add({.name = ".rodata.str1.1", .flags = 0x32, .data = Bytes(12)});
  elf.add({.name = ".rodata.cst32", .flags = 0x12, .data = Bytes(32)});
  elf.add({.name = ".data", .flags = 3});
  elf.add({.name = ".rodatax", .flags = 2, .data = Bytes(8)});
  const auto spec = CollectionSpec::parse(elf.finish(), "d.o");
  REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
  REQUIRE(spec->maps.size() == 2);
  CHECK(spec->maps[0].name == ".rodata.str1.1");
  CHECK(spec->maps[0].value_size == 12);
  CHECK(spec->maps[0].freeze);
  CHECK(spec->maps[1].name == ".rodata.cst32");
  CHECK(spec->variables.empty());
}

}  // namespace
}  // namespace ebpf
