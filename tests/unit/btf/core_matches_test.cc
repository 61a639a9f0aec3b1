// CO-RE: bpf_core_type_matches(), which compares names, members, sizes and signs.
#include <string>

#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

// Whether what `local` makes matches what `target` makes; both return the type to compare.
using Make = TypeId (*)(BtfWriter&);

bool matches(Make local, Make target) {
  BtfWriter a;
  const TypeId a_id = local(a);
  BtfWriter b;
  b.integer("something in front", 2);  // so that the numbers differ
  const TypeId b_id = target(b);
  const auto result = types_match(test::parsed(a), a_id, test::parsed(b), b_id);
  REQUIRE(result.has_value());
  return *result;
}

TypeId i32(BtfWriter& w) { return w.integer("int", 4, test::kSigned); }
TypeId u32(BtfWriter& w) { return w.integer("int", 4); }
TypeId i64(BtfWriter& w) { return w.integer("int", 8, test::kSigned); }
TypeId named_i32(BtfWriter& w) { return w.integer("long", 4, test::kSigned); }
TypeId flavoured_i32(BtfWriter& w) { return w.integer("int___x", 4, test::kSigned); }

TEST_CASE("core: integers match by name, size and sign") {
  CHECK(matches(i32, i32));
  CHECK(matches(i32, flavoured_i32));
  CHECK(matches(flavoured_i32, i32));
  CHECK_FALSE(matches(i32, u32));
  CHECK_FALSE(matches(i32, i64));
  CHECK_FALSE(matches(i32, named_i32));
}

TEST_CASE("core: structures match if all local members are there") {
  const Make pair = [](BtfWriter& w) {
    const auto type = i32(w);
    return w.composite(test::kStruct, "s", 8, {{"a", type, 0}, {"b", type, 32}});
  };
  const Make one = [](BtfWriter& w) { return w.composite(test::kStruct, "s___one", 4, {{"b", i32(w), 0}}); };
  const Make renamed = [](BtfWriter& w) { return w.composite(test::kStruct, "t", 4, {{"b", i32(w), 0}}); };
  const Make wider = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 8, {{"b", i64(w), 0}}); };
  const Make flavoured = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 8, {{"b___f", i32(w), 0}}); };
  const Make united = [](BtfWriter& w) { return w.composite(test::kUnion, "s", 8, {{"b", i32(w), 0}}); };
  const Make empty = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 0, {}); };
  CHECK(matches(pair, pair));
  CHECK(matches(one, pair));
  CHECK_FALSE(matches(pair, one));
  CHECK_FALSE(matches(one, renamed));
  CHECK_FALSE(matches(one, wider));
  CHECK(matches(flavoured, one));
  CHECK_FALSE(matches(one, united));
  CHECK_FALSE(matches(united, one));
  CHECK(matches(empty, pair));
  CHECK_FALSE(matches(pair, empty));
}

// Any anonymous member of the target may be the one that the local one means.
TEST_CASE("core: anonymous members match any that fits") {
  const Make local = [](BtfWriter& w) {
    const auto inner = w.composite(test::kStruct, "", 4, {{"b", i32(w), 0}});
    return w.composite(test::kStruct, "s", 4, {{"", inner, 0}});
  };
  const Make second_fits = [](BtfWriter& w) {
    const auto type = i32(w);
    const auto first = w.composite(test::kStruct, "", 4, {{"a", type, 0}});
    const auto second = w.composite(test::kStruct, "", 8, {{"c", type, 0}, {"b", type, 32}});
    return w.composite(test::kStruct, "s", 12, {{"", first, 0}, {"", second, 32}});
  };
  const Make flat = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 4, {{"b", i32(w), 0}}); };
  CHECK(matches(local, second_fits));
  CHECK_FALSE(matches(local, flat));
  CHECK_FALSE(matches(flat, local));
}

TEST_CASE("core: behind a pointer the kind and the name suffice") {
  const Make to_structure = [](BtfWriter& w) {
    return w.pointer(w.composite(test::kStruct, "s", 4, {{"a", i32(w), 0}}));
  };
  const Make to_another = [](BtfWriter& w) {
    return w.pointer(w.composite(test::kStruct, "s", 8, {{"b", i64(w), 0}}));
  };
  const Make to_renamed = [](BtfWriter& w) { return w.pointer(w.composite(test::kStruct, "t", 4, {})); };
  const Make to_union = [](BtfWriter& w) { return w.pointer(w.composite(test::kUnion, "s", 4, {})); };
  const Make to_declared = [](BtfWriter& w) { return w.pointer(w.add(test::kFwd, "s", 0, 0)); };
  const Make to_declared_flavour = [](BtfWriter& w) { return w.pointer(w.add(test::kFwd, "s___x", 0, 0)); };
  const Make to_declared_union = [](BtfWriter& w) { return w.pointer(w.add(test::kFwd, "s", 0, 0, {}, true)); };
  const Make to_int = [](BtfWriter& w) { return w.pointer(w.integer("s", 4)); };
  const Make to_void = [](BtfWriter& w) { return w.pointer(0); };
  const Make twice = [](BtfWriter& w) {
    return w.pointer(w.pointer(w.composite(test::kStruct, "s", 4, {{"a", i32(w), 0}})));
  };
  const Make twice_other = [](BtfWriter& w) { return w.pointer(w.pointer(w.composite(test::kStruct, "s", 8, {}))); };
  CHECK(matches(to_structure, to_another));
  CHECK_FALSE(matches(to_structure, to_renamed));
  CHECK_FALSE(matches(to_structure, to_union));
  CHECK(matches(to_structure, to_declared));
  CHECK(matches(to_declared, to_structure));
  CHECK(matches(to_declared, to_declared_flavour));
  CHECK_FALSE(matches(to_declared, to_union));
  CHECK(matches(to_declared_union, to_union));
  CHECK(matches(to_union, to_declared_union));
  CHECK_FALSE(matches(to_structure, to_declared_union));
  CHECK_FALSE(matches(to_declared, to_declared_union));
  CHECK_FALSE(matches(to_structure, to_int));
  CHECK_FALSE(matches(to_declared, to_int));
  CHECK_FALSE(matches(to_int, to_structure));
  CHECK_FALSE(matches(to_structure, to_void));
  CHECK(matches(to_void, to_void));
  CHECK(matches(twice, twice_other));
  CHECK_FALSE(matches(twice, to_structure));
}

TEST_CASE("core: declarations match declarations of the same kind") {
  const Make structure = [](BtfWriter& w) { return w.add(test::kFwd, "s", 0, 0); };
  const Make united = [](BtfWriter& w) { return w.add(test::kFwd, "s", 0, 0, {}, true); };
  const Make defined = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 0, {}); };
  CHECK(matches(structure, structure));
  CHECK_FALSE(matches(structure, united));
  CHECK_FALSE(matches(structure, defined));
}

TEST_CASE("core: enumerations match by size and names, whatever the values") {
  const Make two = [](BtfWriter& w) { return w.add(test::kEnum, "e", 2, 4, {w.string("A"), 1, w.string("B"), 2}); };
  const Make swapped = [](BtfWriter& w) {
    return w.add(test::kEnum, "e", 3, 4, {w.string("B___x"), 7, w.string("C"), 8, w.string("A"), 9});
  };
  const Make other = [](BtfWriter& w) { return w.add(test::kEnum, "e", 2, 4, {w.string("A"), 1, w.string("C"), 2}); };
  const Make renamed = [](BtfWriter& w) { return w.add(test::kEnum, "f", 2, 4, {w.string("A"), 1, w.string("B"), 2}); };
  const Make wide = [](BtfWriter& w) {
    return w.add(test::kEnum64, "e", 2, 8, {w.string("A"), 1, 0, w.string("B"), 2, 0});
  };
  const Make wide_of_4 = [](BtfWriter& w) {
    return w.add(test::kEnum64, "e", 2, 4, {w.string("A"), 1, 0, w.string("B"), 2, 0});
  };
  const Make narrow = [](BtfWriter& w) { return w.add(test::kEnum, "e", 2, 1, {w.string("A"), 1, w.string("B"), 2}); };
  CHECK(matches(two, two));
  CHECK(matches(two, swapped));
  CHECK_FALSE(matches(swapped, two));
  CHECK_FALSE(matches(two, other));
  CHECK_FALSE(matches(two, renamed));
  CHECK_FALSE(matches(two, wide));
  CHECK_FALSE(matches(two, narrow));
  CHECK(matches(two, wide_of_4));
  CHECK_FALSE(matches(two, i32));
}

TEST_CASE("core: arrays match by element and length") {
  const Make four = [](BtfWriter& w) {
    const auto type = i32(w);
    return w.array(type, type, 4);
  };
  const Make five = [](BtfWriter& w) {
    const auto type = i32(w);
    return w.array(type, type, 5);
  };
  const Make wide = [](BtfWriter& w) {
    const auto type = i64(w);
    return w.array(type, type, 4);
  };
  CHECK(matches(four, four));
  CHECK_FALSE(matches(four, five));
  CHECK_FALSE(matches(four, wide));
  CHECK_FALSE(matches(four, i32));
}

TEST_CASE("core: functions match by what they take and give") {
  const Make plain = [](BtfWriter& w) { return w.add(test::kFuncProto, "", 1, i32(w), {w.string("a"), 1}); };
  const Make renamed = [](BtfWriter& w) {
    const auto type = i32(w);
    return w.add(test::kFuncProto, "", 1, type, {w.string("b"), type});
  };
  const Make wide = [](BtfWriter& w) {
    const auto type = i64(w);
    return w.add(test::kFuncProto, "", 1, i32(w), {0, type});
  };
  const Make gives_void = [](BtfWriter& w) { return w.add(test::kFuncProto, "", 1, 0, {0, i32(w)}); };
  const Make two = [](BtfWriter& w) {
    const auto type = i32(w);
    return w.add(test::kFuncProto, "", 2, type, {0, type, 0, type});
  };
  CHECK(matches(plain, renamed));
  CHECK_FALSE(matches(plain, wide));
  CHECK_FALSE(matches(plain, gives_void));
  CHECK_FALSE(matches(plain, two));
  CHECK(matches(gives_void, gives_void));
}

TEST_CASE("core: typedefs, qualifiers and tags inside of a type do not count") {
  const Make plain = [](BtfWriter& w) { return w.composite(test::kStruct, "s", 4, {{"a", i32(w), 0}}); };
  const Make wrapped = [](BtfWriter& w) {
    const auto alias = w.add(test::kTypedef, "pid_t", 0, i32(w));
    const auto constant = w.add(test::kConst, "", 0, alias);
    const auto tagged = w.add(test::kTypeTag, "rcu", 0, constant);
    return w.composite(test::kStruct, "s", 4, {{"a", w.add(test::kVolatile, "", 0, tagged), 0}});
  };
  CHECK(matches(plain, wrapped));
  CHECK(matches(wrapped, plain));
}

TEST_CASE("core: kinds that have no size match nothing") {
  const Make floating = [](BtfWriter& w) { return w.add(test::kFloat, "float", 0, 4); };
  const Make function = [](BtfWriter& w) { return w.add(test::kFunc, "f", 0, w.add(test::kFuncProto, "", 0, 0)); };
  CHECK_FALSE(matches(floating, floating));  // as libbpf has it
  CHECK_FALSE(matches(function, function));
}

// 2 to the power of 30 comparisons would follow from 30 levels with two members each: the work is bounded.
TEST_CASE("core: structures that double the work at every level end in an answer or an error") {
  BtfWriter w;
  TypeId type = i32(w);
  for (int level = 0; level < 30; ++level) type = w.composite(test::kStruct, "s", 8, {{"", type, 0}, {"", type, 0}});
  BtfWriter other;
  TypeId last = other.integer("long", 8);
  for (int level = 0; level < 30; ++level)
    last = other.composite(test::kStruct, "s", 8, {{"", last, 0}, {"", last, 0}});
  const auto result = types_match(test::parsed(w), type, test::parsed(other), last);
  REQUIRE(!result.has_value());
  CHECK(result.error().code() == errc::malformed);
}

}  // namespace
}  // namespace ebpf::btf
