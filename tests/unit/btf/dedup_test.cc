// Deduplication: what is the same, what is not, declarations, recursion, split tables, tangles.
#include "ebpf/btf/dedup.h"

#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/builder.h"
#include "tests/support/test.h"
#include "tests/unit/btf/real_btf.h"
#include "tests/unit/btf/same_types.h"

namespace ebpf::btf {
namespace {

template <class T>
T ok(Result<T> result) {
  if (!result) FAIL(result.error().message());
  return *std::move(result);
}

Deduplicated dedup(const Builder& b) {
  Deduplicated out = ok(deduplicate(ok(b.spec())));
  CHECK(out.is_complete);
  // It is its own result.
  CHECK(ok(deduplicate(out.types)).types.type_count() == out.types.type_count());
  return out;
}

TypeId add_int(Builder& b) { return b.add_integer({.name = "int", .is_signed = true}); }

TEST_CASE("dedup: equal records of every kind become one") {
  Builder b;
  std::vector<TypeId> first;
  for (int round = 0; round < 2; ++round) {
    const TypeId start = b.next_id();
    const auto number = add_int(b);
    b.add_floating("double", 8);
    const auto s = b.add_structure({.name = "s", .size = 4, .members = {{"m", number, 0, 0}}});
    b.add_union({.name = "u", .size = 4, .members = {{"m", number, 0, 0}}});
    b.add_enumeration({.name = "e", .enumerators = {{"a", 1}}});
    b.add_enumeration64({.name = "w", .size = 8, .enumerators = {{"a", 1}}});
    b.add_forward("f");
    b.add_pointer(s);
    b.add_array({.element = s, .index = number, .count = 3});
    b.add_typedef("t", s);
    b.add_volatile(b.add_const(b.add_restrict(s)));
    const auto prototype = b.add_prototype({.returns = number, .parameters = {{"p", s}, {"", 0}}});
    const auto function = b.add_function("fn", prototype);
    b.add_decl_tag({.text = "tag", .type = function, .component = 0});
    b.add_type_tag({.text = "tag", .type = s});
    first.push_back(start);
  }
  const TypeId each = first[1] - first[0];
  const Deduplicated d = dedup(b);
  CHECK(d.types.type_count() == each + 1);
  REQUIRE(d.ids.size() == 2 * each + 1);
  CHECK(d.new_id(0) == 0);
  for (TypeId id = 1; id <= each; ++id) {
    CHECK(d.new_id(id) == id);
    CHECK(d.new_id(id + each) == id);
  }
}

TEST_CASE("dedup: what differs in anything stays apart") {
  struct Case {
    const char* what;
    void (*add)(Builder&, TypeId number, bool second);
  };
  static constexpr Case kCases[] = {
      {"size of a number", [](Builder& b, TypeId, bool x) { b.add_integer({.name = "n", .size = x ? 4u : 8u}); }},
      {"sign", [](Builder& b, TypeId, bool x) { b.add_integer({.name = "n", .is_signed = x}); }},
      {"name", [](Builder& b, TypeId n, bool x) { b.add_typedef(x ? "a" : "b", n); }},
      {"length", [](Builder& b, TypeId n, bool x) { b.add_array({.element = n, .index = n, .count = x ? 1u : 2u}); }},
      {"qualifier", [](Builder& b, TypeId n, bool x) { x ? b.add_const(n) : b.add_volatile(n); }},
      {"size", [](Builder& b, TypeId, bool x) { b.add_structure({.name = "s", .size = x ? 4u : 8u}); }},
      {"kind", [](Builder& b, TypeId, bool x) { x ? b.add_structure({.name = "s"}) : b.add_union({.name = "s"}); }},
      {"member's name",
       [](Builder& b, TypeId n, bool x) {
         b.add_structure({.name = "s", .size = 4, .members = {{x ? "a" : "b", n, 0, 0}}});
       }},
      {"member's place",
       [](Builder& b, TypeId n, bool x) {
         b.add_structure({.name = "s", .size = 8, .members = {{"a", n, x ? 0u : 8u, 0}}});
       }},
      {"bits", [](Builder& b, TypeId n,
                  bool x) { b.add_structure({.name = "s", .size = 4, .members = {{"a", n, 0, x ? 3u : 4u}}}); }},
      {"enumerator",
       [](Builder& b, TypeId, bool x) { b.add_enumeration({.name = "e", .enumerators = {{"v", x ? 1 : 2}}}); }},
      {"declared kind", [](Builder& b, TypeId, bool x) { b.add_forward("f", x); }},
      {"linkage",
       [](Builder& b, TypeId, bool x) {
         b.add_function("f", b.add_prototype({}), x ? Linkage::global : Linkage::static_linkage);
       }},
      {"component",
       [](Builder& b, TypeId n, bool x) { b.add_decl_tag({.text = "t", .type = n, .component = x ? 0 : -1}); }},
      {"parameter's name", [](Builder& b, TypeId n, bool x) { b.add_prototype({.parameters = {{x ? "a" : "b", n}}}); }},
      {"variables", [](Builder& b, TypeId n, bool) { b.add_variable("v", n); }},
      {"sections", [](Builder& b, TypeId n, bool) { b.add_data_section({".x", 4, {{n, 0, 4}}}); }},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.what);
    Builder b;
    const auto number = add_int(b);
    const TypeId before = b.next_id();
    c.add(b, number, false);
    const TypeId one = b.next_id() - 1;
    c.add(b, number, true);
    const TypeId other = b.next_id() - 1;
    CHECK(one >= before);
    const Deduplicated d = dedup(b);
    CHECK(d.new_id(one) != d.new_id(other));
  }
}

// struct node { int v; struct node *next; struct other *other; }; with `other` defined or not.
struct Unit {
  TypeId node, next, other;
};

Unit add_unit(Builder& b, bool is_defined, std::uint32_t other_size = 4) {
  Unit u{};
  const auto number = add_int(b);
  u.next = b.add_pointer(0);
  const auto to_other = b.add_pointer(0);
  u.node = b.add_structure({.name = "node",
                            .size = 24,
                            .members = {{"v", number, 0, 0}, {"next", u.next, 64, 0}, {"other", to_other, 128, 0}}});
  b.set_referenced(u.next, u.node);
  u.other = is_defined ? b.add_structure({.name = "other", .size = other_size, .members = {{"x", number, 0, 0}}})
                       : b.add_forward("other");
  b.set_referenced(to_other, u.other);
  return u;
}

TEST_CASE("dedup: structures that refer to themselves") {
  Builder b;
  const Unit one = add_unit(b, true);
  const Unit two = add_unit(b, true);
  const Deduplicated d = dedup(b);
  CHECK(d.types.type_count() == 6);
  CHECK(d.new_id(two.node) == d.new_id(one.node));
  CHECK(d.new_id(two.next) == d.new_id(one.next));
  CHECK(d.types.describe(d.new_id(two.next)) == "struct node *");
}

TEST_CASE("dedup: a declaration is the definition in its place, whichever comes first") {
  for (const bool defined_first : {true, false}) {
    Builder b;
    const Unit one = add_unit(b, defined_first);
    const Unit two = add_unit(b, !defined_first);
    const Unit three = add_unit(b, false);
    const Deduplicated d = dedup(b);
    CHECK(d.types.type_count() == 6);
    CHECK(d.new_id(one.node) == d.new_id(two.node));
    CHECK(d.new_id(one.node) == d.new_id(three.node));
    CHECK(d.types.type(d.new_id(three.other))->is(Kind::structure));
  }
}

TEST_CASE("dedup: definitions that differ keep their users apart; a declaration joins one of them") {
  Builder b;
  const Unit one = add_unit(b, true, 4);
  const Unit two = add_unit(b, true, 8);
  const Unit three = add_unit(b, false);
  const Deduplicated d = dedup(b);
  CHECK(d.new_id(one.other) != d.new_id(two.other));
  CHECK(d.new_id(one.node) != d.new_id(two.node));
  CHECK((d.new_id(three.node) == d.new_id(one.node) || d.new_id(three.node) == d.new_id(two.node)));
  CHECK_FALSE(d.types.find("other", Kind::forward).has_value());
}

TEST_CASE("dedup: what is only declared is found by name, where there is one") {
  Builder b;
  const auto number = add_int(b);
  const auto declared = b.add_forward("only");
  const auto pointer = b.add_pointer(declared);
  const auto as_union = b.add_forward("only", true);
  const auto several = b.add_forward("several");
  const auto nowhere = b.add_forward("nowhere");
  const auto definition = b.add_structure({.name = "only", .size = 4, .members = {{"m", number, 0, 0}}});
  b.add_structure({.name = "several", .size = 4});
  b.add_structure({.name = "several", .size = 8});
  const Deduplicated d = dedup(b);
  CHECK(d.new_id(declared) == d.new_id(definition));
  CHECK(d.types.describe(d.new_id(pointer)) == "struct only *");
  CHECK(d.types.type(d.new_id(pointer))->referenced() == d.new_id(definition));
  for (const TypeId open : {as_union, several, nowhere}) CHECK(d.types.type(d.new_id(open))->is(Kind::forward));
}

TEST_CASE("dedup: a declared enumeration is the defined one, of 32 or 64 bits") {
  for (const bool wide : {false, true}) {
    Builder b;
    const auto declared = b.add_enumeration({.name = "e"});
    const NewEnumeration e{.name = "e", .size = wide ? 8u : 4u, .enumerators = {{"v", 1}}};
    const auto defined = wide ? b.add_enumeration64(e) : b.add_enumeration(e);
    const auto again = b.add_enumeration({.name = "e"});
    const auto alone = b.add_enumeration({.name = "alone"});
    const auto alone_too = b.add_enumeration({.name = "alone", .size = 8});
    const auto anonymous = b.add_enumeration({.enumerators = {{"w", 1}}});
    const auto empty = b.add_enumeration({});
    const Deduplicated d = dedup(b);
    CHECK(d.new_id(declared) == d.new_id(defined));
    CHECK(d.new_id(again) == d.new_id(defined));
    CHECK(d.new_id(alone) == d.new_id(alone_too));
    CHECK(d.new_id(anonymous) != d.new_id(empty));
  }
}

TEST_CASE("dedup: the same structure twice within one unit") {
  Builder b;
  const auto number = add_int(b);
  const auto one = b.add_structure({.size = 4, .members = {{"a", number, 0, 0}}});
  const auto two = b.add_structure({.size = 4, .members = {{"a", number, 0, 0}}});
  const auto user = b.add_structure({.name = "user", .size = 8, .members = {{"x", one, 0, 0}, {"y", two, 32, 0}}});
  const auto three = b.add_structure({.size = 4, .members = {{"a", number, 0, 0}}});
  const auto user_too =
      b.add_structure({.name = "user", .size = 8, .members = {{"x", three, 0, 0}, {"y", three, 32, 0}}});
  const Deduplicated d = dedup(b);
  CHECK(d.types.type_count() == 4);
  CHECK(d.new_id(user) == d.new_id(user_too));
  CHECK(d.new_id(one) == d.new_id(two));
}

TEST_CASE("dedup: .BTF.ext can follow, through offsets of strings also in their middle") {
  Builder b;
  const auto line = b.add_string("  return packets + 1;");
  b.add_typedef("packets", add_int(b));
  const Spec before = ok(b.spec());
  const Deduplicated lean = ok(deduplicate(before));
  CHECK(lean.strings.empty());
  CHECK(lean.types.string_section().size() == 13);
  const Deduplicated full = ok(deduplicate(before, {.keep_all_strings = true}));
  CHECK(full.types.string(full.new_string(line)) == "  return packets + 1;");
  CHECK(full.types.string(full.new_string(line + 2)) == "return packets + 1;");
  CHECK(full.new_string(0) == 0);
}

TEST_CASE("dedup: a split table loses what its base has") {
  Builder base;
  const Unit in_base = add_unit(base, false);
  const auto defined = base.add_structure({.name = "defined", .size = 4});
  const auto shared = std::make_shared<const Spec>(ok(base.spec()));
  Builder b = Builder::split(shared);
  const Unit again = add_unit(b, false);
  const auto declared = b.add_forward("defined");
  const auto mine = b.add_typedef("mine", again.node);
  const Deduplicated d = ok(deduplicate(ok(b.spec())));
  CHECK(d.types.first_id() == shared->type_count());
  CHECK(d.new_id(again.node) == in_base.node);
  CHECK(d.new_id(again.next) == in_base.next);
  CHECK(d.new_id(declared) == defined);
  CHECK(d.new_id(in_base.node) == in_base.node);
  CHECK(d.types.type_count() == shared->type_count() + 1);
  CHECK(d.types.type(d.new_id(mine))->referenced() == in_base.node);
  // What the base only declares, the table may define: then its users are others.
  Builder more = Builder::split(shared);
  const Unit with_definition = add_unit(more, true);
  const Deduplicated e = ok(deduplicate(ok(more.spec())));
  CHECK(e.new_id(with_definition.node) != in_base.node);
  CHECK(e.types.type(e.new_id(with_definition.other))->is(Kind::structure));
}

TEST_CASE("dedup: circles of types that refer") {
  Builder b;
  b.add_pointer(1);  // to itself
  const auto a = b.add_typedef("a", 3);
  b.add_const(a);
  b.add_typedef("b", 5);
  b.add_const(4);
  const auto number = add_int(b);
  const auto self = b.add_structure({.name = "s", .size = 4, .members = {{"m", b.next_id(), 0, 0}}});
  b.add_structure({.name = "s", .size = 4, .members = {{"m", self, 0, 0}}});
  b.add_array({.element = b.next_id(), .index = number, .count = 1});
  const Deduplicated d = ok(deduplicate(ok(b.spec())));
  CHECK(d.types.type_count() <= b.next_id());
  CHECK(d.new_id(self) == d.new_id(self + 1));
}

// Types that look the same for a long way and then are not, so that each pair has to be followed to the end.
TEST_CASE("dedup: tangles end in time") {
  Builder b;
  constexpr TypeId kChains = 60;
  constexpr TypeId kLength = 100;
  for (TypeId chain = 0; chain < kChains; ++chain) {
    const auto end = b.add_integer({.name = "end " + std::to_string(chain), .size = 4});
    TypeId last = end;
    for (TypeId i = 0; i < kLength; ++i) {
      const auto pointer = b.add_pointer(last);
      last = b.add_structure({.name = "link", .size = 16, .members = {{"a", pointer, 0, 0}, {"b", pointer, 64, 0}}});
    }
  }
  const Deduplicated d = ok(deduplicate(ok(b.spec())));
  CHECK(d.types.type_count() >= kChains * (2 * kLength + 1));
}

TEST_CASE("dedup: many pairs of the same types are told apart or joined, not multiplied") {
  // Two members of the next type double the paths at each level.
  Builder b;
  for (int copy = 0; copy < 2; ++copy) {
    TypeId last = add_int(b);
    for (int i = 0; i < 2000; ++i) {
      const auto pointer = b.add_pointer(last);
      last = b.add_structure(
          {.name = "twice" + std::to_string(i), .size = 16, .members = {{"a", pointer, 0, 0}, {"b", pointer, 64, 0}}});
    }
  }
  const Deduplicated d = dedup(b);
  CHECK(d.types.type_count() == 4002);
}

TEST_CASE("dedup: big-endian tables stay so") {
  Builder b;
  const Unit one = add_unit(b, true);
  add_unit(b, false);
  const Spec before = ok(b.spec(ByteOrder::big));
  const Deduplicated d = ok(deduplicate(before));
  CHECK(d.types.byte_order() == ByteOrder::big);
  CHECK(d.types.type_count() == 6);
  CHECK(d.types.type(d.new_id(one.node))->name() == "node");
}

TEST_CASE("dedup: nothing is lost: each type says afterwards what it said before") {
  for (const Spec& types : test::object_btfs()) {
    const Deduplicated d = ok(deduplicate(types));
    const Records before = ok(Records::read(types));
    const Records after = ok(Records::read(d.types));
    for (TypeId id = 1; id < types.type_count(); ++id) {
      // A declaration may have become what it declares.
      if (types.type(id)->is(Kind::forward)) continue;
      CHECK(record_text(types, before, id, [&](TypeId to) { return d.new_id(to); }) ==
            record_text(d.types, after, d.new_id(id), [](TypeId to) { return to; }));
    }
  }
}

}  // namespace
}  // namespace ebpf::btf
