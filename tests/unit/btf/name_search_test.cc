// Names: flavours, many questions in one walk, and tables that continue others.
#include <memory>
#include <string>
#include <vector>

#include "ebpf/btf/name_search.h"
#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

std::vector<TypeId> list(std::span<const TypeId> ids) { return {ids.begin(), ids.end()}; }

TEST_CASE("names: the essential part") {
  struct Case {
    const char* name;
    const char* essential;
  };
  constexpr Case kCases[] = {
      {"", ""},
      {"a", "a"},
      {"task_struct", "task_struct"},
      {"task_struct___old", "task_struct"},
      {"a___b", "a"},
      {"a___b___c", "a___b"},
      {"___", "___"},
      {"____", "____"},
      {"_____", "_____"},
      {"___b", "___b"},
      {"a___", "a___"},
      {"a__b", "a__b"},
      {"a____b", "a____b"},
      {"a_____b", "a_____b"},
      {"a___b____c", "a"},
      {"a____b___c", "a____b"},
      {"_a___b", "_a"},
      {"a___b_", "a"},
      {"a___b___", "a"},
      {"a_b_c", "a_b_c"},
      {"a______b", "a______b"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.name);
    CHECK(essential_name(c.name) == c.essential);
  }
}

TEST_CASE("names: by kind, with and without flavours, several of one name") {
  BtfWriter w;
  const auto integer = w.integer("s", 4);
  const auto one = w.composite(test::kStruct, "s", 4, {});
  const auto flavour = w.composite(test::kStruct, "s___x", 4, {});
  const auto united = w.composite(test::kUnion, "s", 4, {});
  const auto two = w.composite(test::kStruct, "s", 8, {});
  w.composite(test::kStruct, "", 8, {});
  w.composite(test::kStruct, "st", 8, {});
  const Spec types = test::parsed(w);
  NameSearch search;
  const auto exact = search.add({.name = "s", .kinds = kind_bit(Kind::structure)});
  const auto any = search.add({.name = "s", .kinds = kind_bit(Kind::structure), .any_flavour = true});
  const auto kinds = search.add({.name = "s", .kinds = kind_bit(Kind::integer) | kind_bit(Kind::union_type)});
  const auto again = search.add({.name = "s", .kinds = kind_bit(Kind::structure)});
  const auto none = search.add({.name = "s", .kinds = 0});
  const auto empty = search.add({.name = "", .kinds = ~KindSet{0}, .any_flavour = true});
  const auto part = search.add({.name = "s___", .kinds = ~KindSet{0}, .any_flavour = true});
  search.run(types);
  CHECK(search.size() == 7);
  CHECK(list(search.matches(exact)) == std::vector<TypeId>{one, two});
  CHECK(list(search.matches(any)) == std::vector<TypeId>{one, flavour, two});
  CHECK(list(search.matches(kinds)) == std::vector<TypeId>{integer, united});
  CHECK(list(search.matches(again)) == std::vector<TypeId>{one, two});
  CHECK(search.matches(none).empty());
  CHECK(search.matches(empty).empty());
  CHECK(search.matches(part).empty());
  // Once more, over another table: the matches are those of the last one.
  BtfWriter other;
  other.integer("x", 4);
  const auto last = other.composite(test::kStruct, "s___y", 4, {});
  search.run(test::parsed(other));
  CHECK(search.matches(exact).empty());
  CHECK(list(search.matches(any)) == std::vector<TypeId>{last});
}

// What begins alike: the walk looks at two characters first.
TEST_CASE("names: that begin alike, or are parts of each other") {
  const std::vector<std::string> names = {"a", "ab", "abc", "abcd", "abd", "b", "ba", "a_b", "a__b", "a___b", "ab___c"};
  BtfWriter w;
  for (const std::string& name : names) w.composite(test::kStruct, name, 4, {});
  const Spec types = test::parsed(w);
  NameSearch search;
  for (const std::string& name : names) search.add({.name = name, .kinds = kind_bit(Kind::structure)});
  for (const std::string& name : names)
    search.add({.name = name, .kinds = kind_bit(Kind::structure), .any_flavour = true});
  search.run(types);
  for (std::size_t i = 0; i < names.size(); ++i) {
    CAPTURE(names[i]);
    CHECK(list(search.matches(i)) == std::vector<TypeId>{static_cast<TypeId>(i + 1)});
    std::vector<TypeId> expected;
    for (std::size_t j = 0; j < names.size(); ++j)
      if (names[j] == names[i] || essential_name(names[j]) == names[i]) expected.push_back(static_cast<TypeId>(j + 1));
    CHECK(list(search.matches(names.size() + i)) == expected);
  }
}

// More names than there are heads of lists, so that many share one.
TEST_CASE("names: thousands at once") {
  constexpr std::size_t kCount = 5000;
  BtfWriter w;
  NameSearch search;
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string name = "type_" + std::to_string(i * 7919 % kCount);
    w.composite(i % 3 == 0 ? test::kUnion : test::kStruct, name, 4, {});
    search.add({.name = name, .kinds = kind_bit(Kind::structure)});
  }
  search.run(test::parsed(w));
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto found = list(search.matches(i));
    if (i % 3 == 0)
      REQUIRE(found.empty());
    else
      REQUIRE(found == std::vector<TypeId>{static_cast<TypeId>(i + 1)});
  }
}

// A table that is long enough not to keep the place of every type.
struct Large {
  static constexpr std::uint32_t kCount = 70000;
  BtfWriter w;
  Large() {
    const auto integer = w.integer("int", 4);
    for (std::uint32_t i = 2; i <= kCount; ++i) {
      if (i % 1000 == 0)
        w.composite(test::kStruct, "s" + std::to_string(i / 1000), 8, {{"a", integer, 0}, {"b", integer, 32}});
      else if (i % 5 == 0)
        w.add(test::kFuncProto, "", 1, 0, {0, integer});
      else
        w.integer("int", i);
    }
  }
};

TEST_CASE("names: in a table without the place of every type") {
  const Large large;
  const Spec types = test::viewed(large.w);
  REQUIRE(types.type_section().size() > (1u << 20));
  REQUIRE(types.type_count() == Large::kCount + 1);
  NameSearch search;
  std::vector<std::size_t> queries;
  for (std::uint32_t i = 1; i <= Large::kCount / 1000; ++i)
    queries.push_back(search.add({.name = "s" + std::to_string(i), .kinds = kind_bit(Kind::structure)}));
  search.run(types);
  for (std::uint32_t i = 0; i < queries.size(); ++i)
    REQUIRE(list(search.matches(queries[i])) == std::vector<TypeId>{(i + 1) * 1000});
  for (std::uint32_t id = 1; id <= Large::kCount; ++id) {
    const auto type = types.type(id);
    REQUIRE(type.has_value());
    const Kind expected = id % 1000 == 0           ? Kind::structure
                          : id % 5 == 0 && id != 1 ? Kind::function_prototype
                                                   : Kind::integer;
    REQUIRE(type->kind() == expected);
    if (expected == Kind::integer && id > 1) REQUIRE(type->size() == id);
  }
}

// ---- tables that continue others ----

struct Split {
  BtfWriter kernel;
  TypeId integer = kernel.integer("int", 4);
  TypeId in_kernel = kernel.composite(test::kStruct, "in_kernel", 4, {{"a", integer, 0}});
  std::uint32_t shared_name = kernel.string("shared");  // a string of the kernel's that only the module uses
  std::shared_ptr<const Spec> base = std::make_shared<const Spec>(test::viewed(kernel));
  BtfWriter module{ByteOrder::little, base->type_count(), static_cast<std::uint32_t>(base->string_section().size())};
};

TEST_CASE("split tables: numbers and strings go on where those of the base end") {
  Split split;
  BtfWriter& w = split.module;
  const auto own = w.composite(test::kStruct, "own", 8, {{"b", split.integer, 0}});
  const auto shared = w.add_raw(split.shared_name, test::kStruct << 24 | 1, 8, {w.string("c"), split.in_kernel, 0});
  const auto pointer = w.pointer(own);
  const auto types = Spec::parse(w.finish(), split.base);
  REQUIRE(types.has_value());
  CHECK(types->base() == split.base);
  CHECK(types->first_id() == 3);
  CHECK(own == 3);
  CHECK(types->type_count() == 6);
  CHECK(types->type(split.in_kernel)->name() == "in_kernel");
  CHECK(types->type(split.in_kernel)->member(0).name == "a");
  CHECK(types->type(own)->name() == "own");
  CHECK(types->type(own)->member(0).type == split.integer);
  CHECK(types->type(shared)->name() == "shared");
  CHECK(types->type(shared)->member(0).name == "c");
  CHECK(types->describe(pointer) == "struct own *");
  CHECK(*types->size_of(shared) == 8);
  CHECK(types->find("in_kernel", Kind::structure) == split.in_kernel);
  CHECK(types->find("own", Kind::structure) == own);
  CHECK(!types->type(6).has_value());
  std::size_t walked = 0;
  for (const Type type : *types) CHECK(type.id() == types->first_id() + walked++);
  CHECK(walked == 3);
}

TEST_CASE("split tables: a search finds the names of the table itself, wherever they are written") {
  Split split;
  BtfWriter& w = split.module;
  const auto own = w.composite(test::kStruct, "own___x", 8, {});
  const auto shared = w.add_raw(split.shared_name, test::kStruct << 24, 8);
  const auto types = Spec::parse(w.finish(), split.base);
  REQUIRE(types.has_value());
  NameSearch search;
  const KindSet kinds = kind_bit(Kind::structure);
  const auto a = search.add({.name = "own", .kinds = kinds, .any_flavour = true});
  const auto b = search.add({.name = "shared", .kinds = kinds});
  const auto c = search.add({.name = "in_kernel", .kinds = kinds});
  search.run(*types);
  CHECK(list(search.matches(a)) == std::vector<TypeId>{own});
  CHECK(list(search.matches(b)) == std::vector<TypeId>{shared});
  CHECK(search.matches(c).empty());
  search.run(*split.base);
  CHECK(list(search.matches(c)) == std::vector<TypeId>{split.in_kernel});
  CHECK(search.matches(b).empty());
}

TEST_CASE("split tables: without types, without strings") {
  const Split split;
  const auto types = Spec::parse(split.module.finish(), split.base);
  REQUIRE(types.has_value());
  CHECK(types->type_count() == 3);
  CHECK(types->begin() == types->end());
  BtfWriter nameless{ByteOrder::little, 3, static_cast<std::uint32_t>(split.base->string_section().size())};
  nameless.pointer(split.in_kernel);
  const auto without = Spec::parse(nameless.finish(), split.base);
  REQUIRE(without.has_value());
  CHECK(without->describe(3) == "struct in_kernel *");
  CHECK(!Spec::parse(nameless.finish()).has_value());  // it makes no sense alone
}

TEST_CASE("split tables: references and names outside of both tables") {
  using Make = void (*)(BtfWriter&);
  const Make kBad[] = {
      [](BtfWriter& w) { w.pointer(99); },
      [](BtfWriter& w) { w.pointer(4); },  // just behind the last one
      [](BtfWriter& w) { w.add_raw(0x7fffffff, test::kPtr << 24, 0); },
  };
  for (const Make make : kBad) {
    Split split;
    make(split.module);
    const auto types = Spec::parse(split.module.finish(), split.base);
    REQUIRE(!types.has_value());
    CHECK(types.error().code() == errc::malformed);
  }
  BtfWriter big(ByteOrder::big);
  const Split split;
  CHECK(!Spec::parse(big.finish(), split.base).has_value());
}

TEST_CASE("split tables: of a table that is split itself") {
  Split split;
  const auto own = split.module.composite(test::kStruct, "own", 8, {});
  const auto middle = std::make_shared<const Spec>(*Spec::parse(split.module.finish(), split.base));
  BtfWriter w{ByteOrder::little, middle->type_count(),
              middle->first_string() + static_cast<std::uint32_t>(middle->string_section().size())};
  const auto last = w.composite(test::kStruct, "last", 8, {{"a", own, 0}, {"b", split.in_kernel, 0}});
  const auto types = Spec::parse(w.finish(), middle);
  REQUIRE(types.has_value());
  CHECK(types->type(last)->name() == "last");
  CHECK(types->type(own)->name() == "own");
  CHECK(types->type(split.in_kernel)->name() == "in_kernel");
  NameSearch search;
  const auto query = search.add({.name = "last", .kinds = kind_bit(Kind::structure)});
  search.run(*types);
  CHECK(list(search.matches(query)) == std::vector<TypeId>{last});
}

TEST_CASE("views: bytes are not copied, and kept alive") {
  BtfWriter w;
  w.composite(test::kStruct, "s", 4, {});
  auto bytes = std::make_shared<const test::Bytes>(w.finish());
  const std::weak_ptr<const test::Bytes> watch = bytes;
  {
    auto types = Spec::view(*bytes, bytes);
    REQUIRE(types.has_value());
    CHECK(types->bytes().data() == bytes->data());
    bytes.reset();
    CHECK(!watch.expired());
    CHECK(types->find("s", Kind::structure) == 1);
    const Spec copy = *types;
    types = Spec();
    CHECK(copy.type(1)->name() == "s");
    CHECK(!watch.expired());
  }
  CHECK(watch.expired());
}

// References are followed when they are asked for: what is broken is an error then.
TEST_CASE("views: what is broken is found when it is asked for") {
  BtfWriter w;
  const auto pointer = w.pointer(99);
  const auto named = w.add_raw(0x7fffffff, test::kTypedef << 24, 99);
  const Spec types = test::viewed(w);
  CHECK(types.type(named)->name().empty());
  CHECK(!types.strip(named).has_value());
  CHECK(!types.size_of(named).has_value());
  CHECK(*types.size_of(pointer) == 8);
  CHECK(!types.describe(pointer).empty());
  CHECK(!Spec::parse(w.finish()).has_value());
}

}  // namespace
}  // namespace ebpf::btf
