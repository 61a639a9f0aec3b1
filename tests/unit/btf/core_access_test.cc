// CO-RE: access strings, and members looked for in a kernel's structures.
#include <string>

#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;
using test::outcome;
using test::resolve;

// struct s { int a; struct inner { int x, y; } i; int numbers[4]; int end[]; }, of int and some more.
struct Types {
  BtfWriter w;
  TypeId integer = w.integer("int", 4, test::kSigned);
  TypeId wide = w.integer("long", 8, test::kSigned);
  TypeId numbers = w.array(integer, integer, 4);
  TypeId flexible = w.array(integer, integer, 0);
  TypeId inner = w.composite(test::kStruct, "inner", 8, {{"x", integer, 0}, {"y", integer, 32}});
  TypeId s = w.composite(test::kStruct, "s", 28,
                         {{"a", integer, 0}, {"i", inner, 32}, {"numbers", numbers, 96}, {"end", flexible, 224}});
};

std::string offset_of(const std::string& access) {
  const Types local;
  Types target;
  return outcome(resolve(local.w, local.s, access, CoreKind::field_byte_offset, target.w));
}

TEST_CASE("core: access strings") {
  CHECK(offset_of("0:0") == "0");
  CHECK(offset_of("0:1:1") == "8");
  CHECK(offset_of("0:2:3") == "24");
  CHECK(offset_of("0:3:0") == "28");
  CHECK(offset_of("0:3:1000") == "4028");
  CHECK(offset_of("0") == "0");
  CHECK(offset_of("3") == "84");
  CHECK(offset_of("2:1:1") == "64");
}

TEST_CASE("core: access strings that are none") {
  for (const std::string access : {"", ":", "0:", ":0", "0::1", "a", "0:a", "0:1:1 ", " 0", "0 :1", "-1", "+1", "0:-1",
                                   "0x0", "4294967296", "0,1"}) {
    CAPTURE(access);
    const std::string got = offset_of(access);
    CHECK(got.starts_with("error: "));
    CHECK(got.find("is not a list of indices") != std::string::npos);
  }
  std::string longest = "0";
  for (int i = 1; i < 64; ++i) longest += ":1";
  CHECK(offset_of(longest).find("goes into a INT") != std::string::npos);  // read, and then found wrong
  CHECK(offset_of(longest + ":1").find("is not a list of indices") != std::string::npos);
}

TEST_CASE("core: access strings that lead nowhere in the program's own types") {
  CHECK(offset_of("0:4").find("has a member 4 of 4") != std::string::npos);
  CHECK(offset_of("0:0:0").find("goes into a INT") != std::string::npos);
  CHECK(offset_of("0:2:4").find("has an element 4 of 4") != std::string::npos);
  CHECK(offset_of("0:4294967295").find("has a member") != std::string::npos);
  // The error names the object and the access.
  CHECK(offset_of("0:4").find("struct s") != std::string::npos);
  CHECK(offset_of("0:4").find("\"0:4\"") != std::string::npos);
}

TEST_CASE("core: an offset that no number holds") {
  BtfWriter w;
  const auto integer = w.integer("int", 4);
  auto array = w.array(integer, integer, 0xffffffff);
  for (int i = 0; i < 3; ++i) array = w.array(array, integer, 0xffffffff);
  const auto s = w.composite(test::kStruct, "s", 4, {{"a", array, 0}});
  const std::string got = outcome(resolve(w, s, "0:0:1", CoreKind::field_byte_offset, w));
  CHECK(got.starts_with("error: "));
}

TEST_CASE("core: types that nothing can be accessed in") {
  BtfWriter w;
  const auto integer = w.integer("int", 4);
  const auto declared = w.add(test::kFwd, "declared", 0, 0);
  const auto prototype = w.add(test::kFuncProto, "", 0, 0);
  const auto function = w.add(test::kFunc, "function", 0, prototype);
  const auto nothing = w.add(test::kTypedef, "nothing", 0, 0);
  for (const TypeId type : {declared, function, nothing}) {
    CAPTURE(type);
    CHECK(outcome(resolve(w, type, "0", CoreKind::field_byte_offset, w)).find("has no size") != std::string::npos);
    CHECK(outcome(resolve(w, type, "0:0", CoreKind::field_exists, w)).starts_with("error: "));
  }
  CHECK(outcome(resolve(w, integer, "0", CoreKind::field_byte_size, w)) == "4");
  CHECK(outcome(resolve(w, 99, "0", CoreKind::field_byte_offset, w)).starts_with("error: "));
}

// The same members in another order, one in an anonymous structure in an anonymous union, with typedefs and qualifiers
// on the way.
TEST_CASE("core: members are found by name, also in anonymous structures") {
  const Types local;
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto alias = w.add(test::kTypedef, "s32", 0, integer);
  const auto constant = w.add(test::kConst, "", 0, alias);
  const auto inner = w.composite(test::kStruct, "renamed", 16, {{"y", constant, 32}, {"x", alias, 96}});
  const auto inner_alias = w.add(test::kTypedef, "inner_t", 0, inner);
  const auto anonymous_struct = w.composite(test::kStruct, "", 24, {{"pad", integer, 0}, {"i", inner_alias, 64}});
  const auto anonymous_union = w.composite(test::kUnion, "", 24, {{"other", integer, 0}, {"", anonymous_struct, 0}});
  const auto tagged = w.add(test::kTypeTag, "tag", 0, anonymous_union);
  const auto numbers = w.array(alias, integer, 4);
  w.composite(test::kStruct, "s", 64, {{"numbers", numbers, 64}, {"", tagged, 192}, {"a", constant, 384}});
  const auto offset = [&](const std::string& access) {
    return outcome(resolve(local.w, local.s, access, CoreKind::field_byte_offset, w));
  };
  CHECK(offset("0:0") == "48");
  CHECK(offset("0:1") == "32");
  CHECK(offset("0:1:0") == "44");
  CHECK(offset("0:1:1") == "36");
  CHECK(offset("0:2:3") == "20");
  CHECK(offset("0:3:0") == "poison");
  CHECK(offset("1:2:3") == "84");
}

// The program's own anonymous members count for its indices, and are none of the names that are looked for.
TEST_CASE("core: anonymous members of the program") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto anonymous = w.composite(test::kStruct, "", 8, {{"low", integer, 0}, {"high", integer, 32}});
  const auto s = w.composite(test::kStruct, "s", 12, {{"a", integer, 0}, {"", anonymous, 32}});
  BtfWriter flat;
  const auto other = flat.integer("int", 4, test::kSigned);
  flat.composite(test::kStruct, "s", 64, {{"high", other, 320}});
  CHECK(outcome(resolve(w, s, "0:1:1", CoreKind::field_byte_offset, flat)) == "40");
  CHECK(outcome(resolve(w, s, "0:1:0", CoreKind::field_byte_offset, flat)) == "poison");
  // The anonymous structure itself is where its holder is.
  CHECK(outcome(resolve(w, s, "0:1", CoreKind::field_byte_offset, flat)) == "0");
}

TEST_CASE("core: arrays of the kernel's that are shorter, longer, flexible, or none") {
  const Types local;
  struct Case {
    std::uint32_t count;  // of the target's `numbers`
    bool is_last;
    std::string third;  // what the last element comes to
  };
  const Case cases[] = {{4, true, "12"},
                        {3, true, "poison"},
                        {100, true, "12"},
                        {0, true, "12"},  // flexible
                        {0, false, "poison"}};
  for (const Case& c : cases) {
    CAPTURE(c.count);
    CAPTURE(c.is_last);
    BtfWriter w;
    const auto integer = w.integer("int", 4, test::kSigned);
    const auto numbers = w.array(integer, integer, c.count);
    if (c.is_last)
      w.composite(test::kStruct, "s", 16, {{"numbers", numbers, 0}});
    else
      w.composite(test::kStruct, "s", 16, {{"numbers", numbers, 0}, {"a", integer, 0}});
    CHECK(outcome(resolve(local.w, local.s, "0:2:3", CoreKind::field_byte_offset, w)) == c.third);
  }
  BtfWriter none;
  const auto integer = none.integer("int", 4, test::kSigned);
  none.composite(test::kStruct, "s", 16, {{"numbers", integer, 0}});
  CHECK(outcome(resolve(local.w, local.s, "0:2:3", CoreKind::field_byte_offset, none)) == "poison");
}

TEST_CASE("core: elements of another size") {
  const Types local;
  BtfWriter w;
  const auto wide = w.integer("long", 8, test::kSigned);
  const auto numbers = w.array(wide, wide, 9);
  w.composite(test::kStruct, "s", 88, {{"a", wide, 0}, {"numbers", numbers, 64}});
  CHECK(outcome(resolve(local.w, local.s, "0:2:3", CoreKind::field_byte_offset, w)) == "32");
  CHECK(outcome(resolve(local.w, local.s, "0:2", CoreKind::field_byte_size, w)) == "72");
  CHECK(outcome(resolve(local.w, local.s, "0:2:1", CoreKind::field_byte_size, w)) == "8");
  CHECK(outcome(resolve(local.w, local.s, "2", CoreKind::field_byte_offset, w)) == "176");
}

TEST_CASE("core: what cannot be asked of an element") {
  const Types local;
  for (const CoreKind kind : {CoreKind::field_signed, CoreKind::field_lshift_u64, CoreKind::field_rshift_u64})
    CHECK(outcome(resolve(local.w, local.s, "0:2:1", kind, local.w)).find("element") != std::string::npos);
  CHECK(outcome(resolve(local.w, local.s, "0:2:1", CoreKind::field_exists, local.w)) == "1");
}

// A structure that is its own anonymous member exists in no C, but in a file.
TEST_CASE("core: structures that contain themselves end in an error") {
  const Types local;
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto self = w.next_id();
  w.composite(test::kStruct, "s", 8, {{"", self, 0}, {"", self, 0}, {"other", integer, 0}});
  const auto got = outcome(resolve(local.w, local.s, "0:0", CoreKind::field_byte_offset, w));
  CHECK(got.find("nested too deep") != std::string::npos);
}

// As deep as an access may go, and then an array whose elements contain themselves.
TEST_CASE("core: structures that contain themselves at the end of the longest access") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  BtfWriter t;
  const auto target_integer = t.integer("int", 4, test::kSigned);
  const auto self = t.next_id();
  t.composite(test::kStruct, "end", 4, {{"", self, 0}});
  auto local_type = w.composite(test::kStruct, "end", 4, {{"wanted", integer, 0}});
  TypeId target_type = self;
  // In the program each level is two steps; in the target the outer ones are three, which leads past the limit of 64
  // without meeting it exactly.
  constexpr int kLevels = 26;
  constexpr int kPlain = 14;
  std::string access;
  for (int i = 0; i < kLevels; ++i) {
    const char* const name = i + 1 == kLevels ? "s" : "level";
    local_type = w.array(local_type, integer, 1);
    local_type = w.composite(test::kStruct, name, 4, {{"m", local_type, 0}});
    target_type = t.array(target_type, target_integer, 1);
    if (i >= kPlain) target_type = t.composite(test::kStruct, "", 4, {{"m", target_type, 0}});
    target_type = t.composite(test::kStruct, name, 4, {{i >= kPlain ? "" : "m", target_type, 0}});
    access += ":0:0";
  }
  const auto got = outcome(resolve(w, local_type, "0" + access + ":0", CoreKind::field_byte_offset, t));
  CHECK(got.find("nested too deep") != std::string::npos);
}

TEST_CASE("core: types that are typedefs of themselves end in an error") {
  const Types local;
  BtfWriter w;
  const auto self = w.next_id();
  w.add(test::kTypedef, "t", 0, self);
  w.composite(test::kStruct, "s", 8, {{"a", self, 0}});
  CHECK(outcome(resolve(local.w, local.s, "0:0", CoreKind::field_byte_offset, w)).starts_with("error: "));
}

// A kernel's table is not checked as a whole when it is opened.
TEST_CASE("core: a kernel's member of a type that does not exist") {
  const Types local;
  BtfWriter w;
  w.composite(test::kStruct, "s", 8, {{"a", 77, 0}});
  const auto got = outcome(resolve(local.w, local.s, "0:0", CoreKind::field_byte_offset, w));
  CHECK(got.find("no type 77") != std::string::npos);
}

TEST_CASE("core: matches tell the way into the target") {
  Types local;
  const auto wanted = test::relocation(local.w, local.s, "0:1:1", CoreKind::field_byte_offset);
  const Spec types = test::parsed(local.w);
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto inner = w.composite(test::kStruct, "inner", 4, {{"y", integer, 0}});
  const auto anonymous = w.composite(test::kUnion, "", 4, {{"i", inner, 0}});
  const auto s = w.composite(test::kStruct, "s", 8, {{"b", integer, 0}, {"", anonymous, 32}});
  const Spec target = test::viewed(w);
  CoreResolver resolver(types);
  REQUIRE(resolver.add(wanted).has_value());
  resolver.search(target, "vmlinux");
  const auto matches = resolver.matches(wanted);
  REQUIRE(matches.has_value());
  REQUIRE(matches->size() == 1);
  const CoreAccess& access = matches->front();
  CHECK(access.root == s);
  CHECK(access.bit_offset == 32);
  // [0], the anonymous union, i, y.
  REQUIRE(access.path.size() == 4);
  CHECK(access.path[1].type == s);
  CHECK(access.path[1].index == 1);
  CHECK(access.path[1].name.empty());
  CHECK(access.path[2].type == anonymous);
  CHECK(access.path[2].name == "i");
  CHECK(access.path[3].type == inner);
  CHECK(access.path[3].name == "y");
  REQUIRE(access.steps.size() == 3);
}

}  // namespace
}  // namespace ebpf::btf
