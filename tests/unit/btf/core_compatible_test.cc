// CO-RE: which types are taken for each other when a member is accessed, and when a type is asked to exist. The rules
// are libbpf's; each row says which of the two hold.
#include <string>

#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

// One of each, by name, in a table of its own.
struct Zoo {
  BtfWriter w;
  TypeId i32 = w.integer("int", 4, test::kSigned);
  TypeId u64 = w.integer("unsigned long", 8);
  TypeId flag = w.integer("_Bool", 1, test::kBool);
  TypeId old_bitfield = w.add(test::kInt, "old", 0, 4, {3u << 16 | 5});
  TypeId floating = w.add(test::kFloat, "float", 0, 4);
  TypeId wide_floating = w.add(test::kFloat, "double", 0, 8);
  TypeId structure = w.composite(test::kStruct, "one", 4, {{"a", i32, 0}});
  TypeId other_structure = w.composite(test::kStruct, "two", 8, {{"b", u64, 0}});
  TypeId union_type = w.composite(test::kUnion, "three", 4, {{"a", i32, 0}});
  TypeId enumeration = w.add(test::kEnum, "e", 1, 4, {w.string("A"), 1});
  TypeId enumeration_flavour = w.add(test::kEnum, "e___flavour", 1, 4, {w.string("A"), 1});
  TypeId enumeration_other = w.add(test::kEnum, "f", 1, 4, {w.string("A"), 1});
  TypeId enumeration_anonymous = w.add(test::kEnum, "", 1, 4, {w.string("A"), 1});
  TypeId enumeration64 = w.add(test::kEnum64, "e", 1, 8, {w.string("A"), 1, 0});
  TypeId declared = w.add(test::kFwd, "one", 0, 0);
  TypeId declared_flavour = w.add(test::kFwd, "one___x", 0, 0);
  TypeId declared_other = w.add(test::kFwd, "other", 0, 0);
  TypeId declared_union = w.add(test::kFwd, "one", 0, 0, {}, true);
  TypeId pointer = w.pointer(structure);
  TypeId pointer_to_int = w.pointer(i32);
  TypeId pointer_to_void = w.pointer(0);
  TypeId pointer_to_other = w.pointer(other_structure);
  TypeId pointer_to_pointer = w.pointer(pointer);
  TypeId array = w.array(i32, i32, 4);
  TypeId array_longer = w.array(i32, i32, 9);
  TypeId array_of_u64 = w.array(u64, i32, 4);
  TypeId array_of_structures = w.array(structure, i32, 4);
  TypeId array_of_arrays = w.array(array, i32, 2);
  TypeId prototype = w.add(test::kFuncProto, "", 1, i32, {0, i32});
  TypeId prototype_u64 = w.add(test::kFuncProto, "", 1, u64, {w.string("name"), u64});
  TypeId prototype_two = w.add(test::kFuncProto, "", 2, i32, {0, i32, 0, i32});
  TypeId prototype_pointer = w.add(test::kFuncProto, "", 1, i32, {0, pointer});
  TypeId prototype_void = w.add(test::kFuncProto, "", 1, 0, {0, i32});
  TypeId function = w.add(test::kFunc, "function", 0, prototype);
  TypeId variable = w.add(test::kVar, "variable", 0, i32, {1});
  TypeId alias = w.add(test::kTypedef, "alias", 0, i32);
  TypeId alias_of_structure = w.add(test::kTypedef, "s_t", 0, structure);
  TypeId constant = w.add(test::kConst, "", 0, i32);
  TypeId tagged = w.add(test::kTypeTag, "user", 0, structure);
  Spec spec = test::parsed(w);
};

struct Row {
  TypeId Zoo::* local;
  TypeId Zoo::* target;
  bool member;  // may be accessed as
  bool type;    // may stand for
};

constexpr bool kYes = true;
constexpr bool kNo = false;

const Row kRows[] = {
    {&Zoo::i32, &Zoo::i32, kYes, kYes},
    {&Zoo::i32, &Zoo::u64, kYes, kYes},  // size and sign do not matter
    {&Zoo::flag, &Zoo::u64, kYes, kYes},
    {&Zoo::i32, &Zoo::old_bitfield, kNo, kNo},
    {&Zoo::old_bitfield, &Zoo::i32, kNo, kNo},
    {&Zoo::i32, &Zoo::enumeration, kNo, kNo},
    {&Zoo::i32, &Zoo::pointer, kNo, kNo},
    {&Zoo::i32, &Zoo::structure, kNo, kNo},
    {&Zoo::i32, &Zoo::floating, kNo, kNo},
    {&Zoo::floating, &Zoo::wide_floating, kYes, kNo},
    {&Zoo::structure, &Zoo::other_structure, kYes, kYes},
    {&Zoo::structure, &Zoo::union_type, kYes, kNo},
    {&Zoo::union_type, &Zoo::structure, kYes, kNo},
    {&Zoo::structure, &Zoo::declared, kNo, kNo},
    {&Zoo::enumeration, &Zoo::enumeration, kYes, kYes},
    {&Zoo::enumeration, &Zoo::enumeration_flavour, kYes, kYes},
    {&Zoo::enumeration, &Zoo::enumeration_other, kNo, kYes},
    {&Zoo::enumeration, &Zoo::enumeration_anonymous, kYes, kYes},
    {&Zoo::enumeration_anonymous, &Zoo::enumeration_other, kYes, kYes},
    {&Zoo::enumeration, &Zoo::enumeration64, kYes, kYes},
    {&Zoo::enumeration64, &Zoo::enumeration_other, kNo, kYes},
    {&Zoo::enumeration, &Zoo::i32, kNo, kNo},
    {&Zoo::declared, &Zoo::declared_flavour, kYes, kYes},
    {&Zoo::declared, &Zoo::declared_other, kNo, kYes},
    {&Zoo::declared, &Zoo::declared_union, kYes, kYes},
    {&Zoo::pointer, &Zoo::pointer, kYes, kYes},
    {&Zoo::pointer, &Zoo::pointer_to_other, kYes, kYes},
    {&Zoo::pointer, &Zoo::pointer_to_int, kYes, kNo},
    {&Zoo::pointer_to_void, &Zoo::pointer_to_int, kYes, kNo},
    {&Zoo::pointer_to_void, &Zoo::pointer_to_void, kYes, kYes},
    {&Zoo::pointer, &Zoo::pointer_to_pointer, kYes, kNo},
    {&Zoo::array, &Zoo::array_longer, kYes, kYes},
    {&Zoo::array, &Zoo::array_of_u64, kYes, kYes},
    {&Zoo::array, &Zoo::array_of_structures, kNo, kNo},
    {&Zoo::array_of_arrays, &Zoo::array_of_arrays, kYes, kYes},
    {&Zoo::array_of_arrays, &Zoo::array, kNo, kNo},
    {&Zoo::array, &Zoo::i32, kNo, kNo},
    {&Zoo::prototype, &Zoo::prototype, kNo, kYes},  // a member is no function
    {&Zoo::prototype, &Zoo::prototype_u64, kNo, kYes},
    {&Zoo::prototype, &Zoo::prototype_two, kNo, kNo},
    {&Zoo::prototype, &Zoo::prototype_pointer, kNo, kNo},
    {&Zoo::prototype, &Zoo::prototype_void, kNo, kNo},
    {&Zoo::prototype_void, &Zoo::prototype_void, kNo, kYes},
    {&Zoo::function, &Zoo::function, kNo, kNo},
    {&Zoo::variable, &Zoo::variable, kNo, kNo},
    {&Zoo::alias, &Zoo::alias, kYes, kYes},
    {&Zoo::alias, &Zoo::i32, kYes,
     kNo},  // as a member the typedef does not count, as the type that is asked for it does
    {&Zoo::constant, &Zoo::i32, kYes, kNo},
    {&Zoo::alias, &Zoo::alias_of_structure, kNo, kNo},
    {&Zoo::tagged, &Zoo::tagged, kYes, kYes},
};

TEST_CASE("core: compatible members and types") {
  const Zoo local;
  const Zoo target;
  for (const Row& row : kRows) {
    CAPTURE(local.spec.describe(local.*row.local));
    CAPTURE(target.spec.describe(target.*row.target));
    const auto member = members_compatible(local.spec, local.*row.local, target.spec, target.*row.target);
    const auto type = types_compatible(local.spec, local.*row.local, target.spec, target.*row.target);
    REQUIRE(member.has_value());
    REQUIRE(type.has_value());
    CHECK(*member == row.member);
    CHECK(*type == row.type);
  }
}

TEST_CASE("core: a comparison without an end is an error") {
  // A pointer to itself, an array of itself, a function that takes itself twice.
  BtfWriter w;
  const auto pointer = w.next_id();
  w.pointer(pointer);
  const auto array = w.next_id();
  w.array(array, array, 2);
  const auto prototype = w.next_id();
  w.add(test::kFuncProto, "", 2, prototype, {0, prototype, 0, prototype});
  const Spec spec = test::parsed(w);
  for (const TypeId id : {pointer, array, prototype}) {
    CAPTURE(id);
    const auto compared = types_compatible(spec, id, spec, id);
    REQUIRE(!compared.has_value());
    CHECK(compared.error().code() == errc::malformed);
    const auto matched = types_match(spec, id, spec, id);
    REQUIRE(!matched.has_value());
    CHECK(matched.error().code() == errc::malformed);
  }
  CHECK(!members_compatible(spec, array, spec, array).has_value());
  CHECK(*members_compatible(spec, pointer, spec, pointer));
}

TEST_CASE("core: a comparison that meets a type which does not exist is an error") {
  BtfWriter w;
  const auto pointer = w.pointer(99);
  const auto array = w.array(99, 99, 2);
  const Spec spec = test::viewed(w);
  CHECK(!types_compatible(spec, pointer, spec, pointer).has_value());
  CHECK(!types_match(spec, pointer, spec, pointer).has_value());
  CHECK(!members_compatible(spec, array, spec, array).has_value());
  CHECK(!members_compatible(spec, 99, spec, array).has_value());
  CHECK(!types_compatible(spec, pointer, spec, 99).has_value());
}

}  // namespace
}  // namespace ebpf::btf
