// Each kind of type, from bytes made in both byte orders.
#include <string>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

Spec parsed(const BtfWriter& writer, std::uint32_t header = 24) {
  auto types = Spec::parse(writer.finish(header));
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

TEST_CASE("btf: all kinds, in both byte orders and with a longer header") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::uint32_t header : {24u, 32u, 36u}) {
      BtfWriter w(order);
      const auto integer = w.add(test::kInt, "short", 0, 2, {test::kSigned | 3u << 16 | 13});
      const auto pointer = w.pointer(integer);
      const auto array = w.array(pointer, integer, 77);
      const auto structure =
          w.composite(test::kStruct, "s", 16, {{"a", integer, 3u << 24 | 5}, {"b", pointer, 64}}, true);
      const auto union_type = w.composite(test::kUnion, "", 8, {{"x", pointer, 0}});
      const auto enumeration = w.add(test::kEnum, "e", 2, 4, {w.string("MINUS"), 0xffffffff, w.string("TWO"), 2}, true);
      const auto forward = w.add(test::kFwd, "later", 0, 0, {}, true);
      const auto alias = w.add(test::kTypedef, "alias", 0, structure);
      const auto vol = w.add(test::kVolatile, "", 0, alias);
      const auto con = w.add(test::kConst, "", 0, vol);
      const auto res = w.add(test::kRestrict, "", 0, pointer);
      const auto proto = w.add(test::kFuncProto, "", 2, integer, {w.string("first"), pointer, 0, 0});
      const auto func = w.add(test::kFunc, "f", 1, proto);
      const auto var = w.add(test::kVar, "v", 0, con, {2});
      const auto section = w.add(test::kDatasec, ".data", 1, 40, {var, 8, 16});
      const auto floating = w.add(test::kFloat, "double", 0, 8);
      const auto tag = w.add(test::kDeclTag, "tag", 0, structure, {1});
      const auto whole_tag = w.add(test::kDeclTag, "whole", 0, func, {0xffffffff});
      const auto type_tag = w.add(test::kTypeTag, "user", 0, integer);
      const auto wide =
          w.add(test::kEnum64, "w", 2, 8, {w.string("BIG"), 0x89abcdef, 0x01234567, w.string("MAX"), ~0u, ~0u});
      const Spec types = parsed(w, header);
      CHECK(types.byte_order() == order);
      CHECK(types.type_count() == wide + 1);
      CHECK(!types.empty());

      const auto get = [&](TypeId id) {
        const auto type = types.type(id);
        REQUIRE(type.has_value());
        CHECK(type->id() == id);
        return *type;
      };
      CHECK(get(0).is(Kind::none));
      CHECK(get(0).name().empty());
      const Type i = get(integer);
      CHECK(i.is(Kind::integer));
      CHECK(i.name() == "short");
      CHECK(i.size() == 2);
      CHECK(i.integer().bits == 13);
      CHECK(i.integer().bit_offset == 3);
      CHECK(i.integer().is_signed);
      CHECK(!i.integer().is_char);
      CHECK(!i.integer().is_bool);
      CHECK(get(pointer).referenced() == integer);
      CHECK(get(pointer).size() == 0);
      CHECK(get(array).array().element == pointer);
      CHECK(get(array).array().index == integer);
      CHECK(get(array).array().count == 77);
      const Type s = get(structure);
      CHECK(s.is_composite());
      CHECK(s.kind_flag());
      REQUIRE(s.vlen() == 2);
      CHECK(s.size() == 16);
      CHECK(s.member(0).name == "a");
      CHECK(s.member(0).bit_offset == 5);
      CHECK(s.member(0).bitfield_size == 3);
      CHECK(s.member(0).type == integer);
      CHECK(s.member(1).bit_offset == 64);
      CHECK(s.member(1).bitfield_size == 0);
      CHECK(get(union_type).is(Kind::union_type));
      CHECK(get(union_type).is_composite());
      CHECK(get(union_type).name().empty());
      const Type e = get(enumeration);
      CHECK(e.is_enumeration());
      CHECK(e.enumerator(0).name == "MINUS");
      CHECK(e.enumerator(0).value == -1);
      CHECK(e.enumerator(1).value == 2);
      CHECK(get(forward).kind_flag());
      CHECK(get(alias).referenced() == structure);
      CHECK(!get(alias).is_qualifier());
      for (const auto id : {vol, con, res, type_tag}) CHECK(get(id).is_qualifier());
      const Type p = get(proto);
      CHECK(p.referenced() == integer);
      CHECK(p.parameter(0).name == "first");
      CHECK(p.parameter(0).type == pointer);
      CHECK(p.parameter(1).name.empty());
      CHECK(p.parameter(1).type == 0);
      CHECK(get(func).linkage() == Linkage::global);
      CHECK(get(func).referenced() == proto);
      CHECK(get(var).linkage() == Linkage::external);
      CHECK(get(var).referenced() == con);
      const Type d = get(section);
      CHECK(d.size() == 40);
      CHECK(d.section_variable(0).type == var);
      CHECK(d.section_variable(0).offset == 8);
      CHECK(d.section_variable(0).size == 16);
      CHECK(get(floating).size() == 8);
      CHECK(get(tag).component_index() == 1);
      CHECK(get(tag).referenced() == structure);
      CHECK(get(whole_tag).component_index() == -1);
      CHECK(get(type_tag).referenced() == integer);
      const Type w64 = get(wide);
      CHECK(w64.is_enumeration());
      CHECK(w64.enumerator(0).value == 0x0123456789abcdef);
      CHECK(w64.enumerator(1).value == -1);
      CHECK(w64.enumerator(1).name == "MAX");

      // What a kind does not have is zero.
      CHECK(i.array().count == 0);
      CHECK(i.member(0).type == 0);
      CHECK(i.enumerator(0).value == 0);
      CHECK(i.parameter(0).type == 0);
      CHECK(i.section_variable(0).type == 0);
      CHECK(i.component_index() == -1);
      CHECK(s.integer().bits == 0);
    }
  }
}

TEST_CASE("btf: the names of the kinds") {
  CHECK(kind_name(Kind::none) == "VOID");
  CHECK(kind_name(Kind::integer) == "INT");
  CHECK(kind_name(Kind::data_section) == "DATASEC");
  CHECK(kind_name(Kind::enumeration64) == "ENUM64");
  CHECK(kind_name(static_cast<Kind>(20)) == "unknown");
  CHECK(kind_name(static_cast<Kind>(255)) == "unknown");
}

TEST_CASE("btf: an enumeration without the flag is unsigned") {
  BtfWriter w;
  const auto plain = w.add(test::kEnum, "e", 1, 4, {w.string("TOP"), 0xffffffff});
  const Spec types = parsed(w);
  CHECK(types.type(plain)->enumerator(0).value == 0xffffffff);
}

TEST_CASE("btf: find, by name and kind, the first") {
  BtfWriter w;
  const auto integer = w.integer("same", 4);
  const auto alias = w.add(test::kTypedef, "same", 0, integer);
  w.add(test::kTypedef, "same", 0, alias);
  const Spec types = parsed(w);
  CHECK(types.find("same", Kind::integer) == integer);
  CHECK(types.find("same", Kind::type_definition) == alias);
  CHECK(!types.find("same", Kind::structure).has_value());
  CHECK(!types.find("sam", Kind::integer).has_value());
  CHECK(!types.find("", Kind::none).has_value());
}

// Only the place of every sixteenth type is kept: all of them must be found, whatever their sizes.
TEST_CASE("btf: types far from where their places are kept") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  for (std::uint32_t i = 2; i <= 1000; ++i) {
    if (i % 3 == 0)
      w.composite(test::kStruct, "t" + std::to_string(i), i, std::vector<BtfWriter::Member>(i % 7, {"m", integer, 0}));
    else if (i % 3 == 1)
      w.add(test::kTypedef, "t" + std::to_string(i), 0, integer);
    else
      w.array(integer, integer, i);
  }
  const Spec types = parsed(w);
  CHECK(types.type_count() == 1001);
  for (TypeId id = 2; id <= 1000; ++id) {
    CAPTURE(id);
    const auto type = types.type(id);
    REQUIRE(type.has_value());
    if (id % 3 == 2) {
      REQUIRE(type->array().count == id);
    } else {
      REQUIRE(type->name() == "t" + std::to_string(id));
      REQUIRE(types.find(type->name(), type->kind()) == id);
      if (id % 3 == 0) REQUIRE(type->size() == id);
    }
  }
}

TEST_CASE("btf: without types") {
  const Spec none;
  CHECK(none.empty());
  CHECK(none.type_count() == 1);
  CHECK(none.bytes().empty());
  CHECK(none.type(0).has_value());
  CHECK(none.type(1).error().code() == errc::not_found);
  CHECK(none.string(0).empty());
  CHECK(none.string(77).empty());
  CHECK(!none.find("x", Kind::integer).has_value());
  CHECK(none.describe(0) == "void");
  const Spec header_only = parsed(BtfWriter());
  CHECK(header_only.empty());
}

TEST_CASE("btf: strings by offset") {
  BtfWriter w;
  const auto at = w.string("hello");
  const Spec types = parsed(w);
  CHECK(types.string(at) == "hello");
  CHECK(types.string(at + 2) == "llo");
  CHECK(types.string(0).empty());
  CHECK(types.string(1000).empty());
  CHECK(types.string(0xffffffff).empty());
}

}  // namespace
}  // namespace ebpf::btf
