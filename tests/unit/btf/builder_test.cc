// The builder: every kind comes back as it went in, strings are shared, limits are kept, mistakes are told.
#include "ebpf/btf/builder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/btf/real_btf.h"
#include "tests/unit/btf/same_types.h"

namespace ebpf::btf {
namespace {

Spec spec_of(const Builder& builder, ByteOrder order = kHostByteOrder) {
  auto spec = builder.spec(order);
  if (!spec) FAIL(spec.error().message());
  return *std::move(spec);
}

Error mistake_of(const Builder& builder) {
  auto bytes = builder.encode();
  if (bytes) FAIL("this was to be refused");
  return std::move(bytes).error();
}

bool mentions(const Error& error, std::string_view part) { return error.message().find(part) != std::string::npos; }

TEST_CASE("builder: numbers, pointers, arrays and qualifiers come back") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Builder b;
    CHECK(b.next_id() == 1);
    const auto integer = b.add_integer({.name = "int", .is_signed = true});
    const auto character = b.add_integer({.name = "char", .size = 1, .is_signed = true, .is_char = true});
    const auto boolean = b.add_integer({.name = "_Bool", .size = 1, .is_bool = true});
    const auto piece = b.add_integer({.name = "piece", .size = 4, .bits = 5, .bit_offset = 3});
    const auto wide = b.add_integer({.name = "unsigned __int128", .size = 16});
    const auto floating = b.add_floating("double", 8);
    const auto pointer = b.add_pointer(integer);
    const auto array = b.add_array({.element = pointer, .index = integer, .count = 7});
    const auto constant = b.add_const(array);
    const auto is_volatile = b.add_volatile(constant);
    const auto restricted = b.add_restrict(pointer);
    CHECK(b.next_id() == 12);
    const Spec s = spec_of(b, order);
    CHECK(s.byte_order() == order);
    CHECK(s.type_count() == 12);
    CHECK(s.type(integer)->name() == "int");
    CHECK(s.type(integer)->integer().is_signed);
    CHECK(s.type(integer)->integer().bits == 32);
    CHECK(s.type(character)->integer().is_char);
    CHECK(s.type(boolean)->integer().is_bool);
    CHECK(s.type(piece)->integer().bits == 5);
    CHECK(s.type(piece)->integer().bit_offset == 3);
    CHECK(s.type(wide)->integer().bits == 128);
    CHECK(s.type(wide)->size() == 16);
    CHECK(s.type(floating)->is(Kind::floating));
    CHECK(s.type(floating)->size() == 8);
    CHECK(s.describe(pointer) == "int *");
    CHECK(s.type(array)->array().element == pointer);
    CHECK(s.type(array)->array().index == integer);
    CHECK(s.type(array)->array().count == 7);
    CHECK(s.type(constant)->is(Kind::const_qualifier));
    CHECK(s.type(is_volatile)->is(Kind::volatile_qualifier));
    CHECK(s.type(is_volatile)->referenced() == constant);
    CHECK(s.type(restricted)->is(Kind::restrict_qualifier));
    CHECK(*s.size_of(is_volatile) == 56);
  }
}

TEST_CASE("builder: structures, unions, bit-fields and forward declarations come back") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Builder b;
    const auto integer = b.add_integer({.name = "int", .is_signed = true});
    const auto plain =
        b.add_structure({.name = "plain", .size = 8, .members = {{"a", integer, 0, 0}, {"b", integer, 32, 0}}});
    const auto fields =
        b.add_structure({.name = "fields",
                         .size = 8,
                         .members = {{"x", integer, 3, 5}, {"y", integer, 32, 0}, {"", plain, 0xffffff, 0}}});
    const auto choice = b.add_union({.size = 4, .members = {{"i", integer, 0, 0}, {"bit", integer, 0, 1}}});
    const auto empty = b.add_structure({.name = "empty"});
    const auto later = b.add_forward("later");
    const auto later_union = b.add_forward("later_union", true);
    const Spec s = spec_of(b, order);
    CHECK_FALSE(s.type(plain)->kind_flag());
    CHECK(s.type(plain)->member(1).name == "b");
    CHECK(s.type(plain)->member(1).bit_offset == 32);
    CHECK(s.type(fields)->kind_flag());
    CHECK(s.type(fields)->member(0).bit_offset == 3);
    CHECK(s.type(fields)->member(0).bitfield_size == 5);
    CHECK(s.type(fields)->member(1).bit_offset == 32);
    CHECK(s.type(fields)->member(1).bitfield_size == 0);
    CHECK(s.type(fields)->member(2).bit_offset == 0xffffff);
    CHECK(s.type(choice)->is(Kind::union_type));
    CHECK(s.type(choice)->name().empty());
    CHECK(s.type(choice)->member(1).bitfield_size == 1);
    CHECK(s.type(empty)->vlen() == 0);
    CHECK_FALSE(s.type(later)->kind_flag());
    CHECK(s.type(later_union)->kind_flag());
  }
}

TEST_CASE("builder: enumerations of 32 and 64 bits, signed and not, come back") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Builder b;
    const auto small = b.add_enumeration({.name = "small", .enumerators = {{"zero", 0}, {"top", 0xffffffff}}});
    const auto is_signed = b.add_enumeration({.name = "is_signed", .is_signed = true, .enumerators = {{"low", -5}}});
    const auto byte = b.add_enumeration({.name = "byte", .size = 1, .enumerators = {{"one", 1}}});
    const auto wide = b.add_enumeration64({.name = "wide", .size = 8, .enumerators = {{"big", 0x123456789abcdef0}}});
    const auto wide_signed =
        b.add_enumeration64({.name = "wide_signed", .size = 8, .is_signed = true, .enumerators = {{"low", -1}}});
    const Spec s = spec_of(b, order);
    CHECK(s.type(small)->enumerator(1).value == 0xffffffff);
    CHECK(s.type(small)->enumerator(1).name == "top");
    CHECK(s.type(is_signed)->enumerator(0).value == -5);
    CHECK(s.type(byte)->size() == 1);
    CHECK(s.type(wide)->is(Kind::enumeration64));
    CHECK(s.type(wide)->enumerator(0).value == 0x123456789abcdef0);
    CHECK_FALSE(s.type(wide)->kind_flag());
    CHECK(s.type(wide_signed)->kind_flag());
    CHECK(s.type(wide_signed)->enumerator(0).value == -1);
  }
}

TEST_CASE("builder: functions, variables, sections, typedefs and tags come back") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    Builder b;
    const auto integer = b.add_integer({.name = "int", .is_signed = true});
    const auto prototype = b.add_prototype({.returns = integer, .parameters = {{"a", integer}, {"", 0}}});
    const auto is_static = b.add_function("is_static", prototype);
    const auto global = b.add_function("global", prototype, Linkage::global);
    const auto variable = b.add_variable("counter", integer);
    const auto external = b.add_variable("external", integer, Linkage::external);
    const auto section = b.add_data_section({".data", 8, {{variable, 0, 4}, {external, 4, 4}}});
    const auto alias = b.add_typedef("s32", integer);
    const auto tag = b.add_decl_tag({.text = "mark", .type = global, .component = 1});
    const auto whole = b.add_decl_tag({.text = "whole", .type = variable});
    const auto type_tag = b.add_type_tag({.text = "user", .type = alias});
    const auto attribute = b.add_type_tag({.text = "address_space(1)", .type = alias, .is_attribute = true});
    const Spec s = spec_of(b, order);
    CHECK(s.type(prototype)->referenced() == integer);
    CHECK(s.type(prototype)->vlen() == 2);
    CHECK(s.type(prototype)->parameter(0).name == "a");
    CHECK(s.type(prototype)->parameter(1).type == 0);
    CHECK(s.type(is_static)->linkage() == Linkage::static_linkage);
    CHECK(s.type(global)->linkage() == Linkage::global);
    CHECK(s.type(global)->referenced() == prototype);
    CHECK(s.type(variable)->linkage() == Linkage::global);
    CHECK(s.type(external)->linkage() == Linkage::external);
    CHECK(s.type(section)->size() == 8);
    CHECK(s.type(section)->section_variable(1).type == external);
    CHECK(s.type(section)->section_variable(1).offset == 4);
    CHECK(s.type(section)->section_variable(1).size == 4);
    CHECK(s.describe(alias) == "s32");
    CHECK(s.type(tag)->component_index() == 1);
    CHECK(s.type(tag)->referenced() == global);
    CHECK(s.type(whole)->component_index() == -1);
    CHECK(s.type(type_tag)->name() == "user");
    CHECK_FALSE(s.type(type_tag)->kind_flag());
    CHECK(s.type(attribute)->kind_flag());
  }
}

TEST_CASE("builder: a string is stored once, whatever it names") {
  Builder b;
  const auto integer = b.add_integer({.name = "same"});
  b.add_typedef("same", integer);
  b.add_structure({.name = "same", .size = 4, .members = {{"same", integer, 0, 0}}});
  CHECK(b.add_string("same") == b.add_string("same"));
  CHECK(b.add_string("") == 0);
  const auto bytes = b.encode();
  REQUIRE(bytes.has_value());
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  CHECK(text.ends_with(std::string("\0same\0", 6)));
  CHECK(text.find("same") == text.rfind("same"));
}

TEST_CASE("builder: thousands of strings are found again") {
  Builder b;
  std::vector<std::uint32_t> offsets;
  for (int i = 0; i < 5000; ++i) offsets.push_back(b.add_string("name_" + std::to_string(i)));
  for (int i = 0; i < 5000; ++i)
    REQUIRE(b.add_string("name_" + std::to_string(i)) == offsets[static_cast<std::size_t>(i)]);
  const Spec s = spec_of(b);
  CHECK(s.string(offsets[4999]) == "name_4999");
}

TEST_CASE("builder: a type may refer to one that comes later, or be told so later") {
  Builder b;
  const auto pointer = b.add_pointer(0);
  const auto node = b.add_structure({.name = "node", .size = 8, .members = {{"next", pointer, 0, 0}}});
  b.set_referenced(pointer, node);
  const auto early = b.add_pointer(b.next_id() + 1);
  const auto late = b.add_typedef("late", node);
  const Spec s = spec_of(b);
  CHECK(s.describe(pointer) == "struct node *");
  CHECK(s.type(early)->referenced() == late);
}

TEST_CASE("builder: a reference to a type that never comes is told") {
  Builder b;
  b.add_pointer(2);
  const Error error = mistake_of(b);
  CHECK(error.code() == errc::invalid_argument);
  CHECK(mentions(error, "type 1 (PTR) refers to type 2"));
  b.add_integer({.name = "int"});
  CHECK(b.encode().has_value());
}

TEST_CASE("builder: set_referenced is for types that refer") {
  for (const TypeId target : {TypeId{0}, TypeId{1}, TypeId{2}, TypeId{99}}) {
    Builder b;
    b.add_integer({.name = "int"});
    b.add_structure({.name = "s"});
    b.set_referenced(target, 1);
    CHECK(mistake_of(b).code() == errc::invalid_argument);
  }
}

TEST_CASE("builder: what does not fit the format is told, and which type it is") {
  struct Case {
    const char* part;
    void (*add)(Builder&);
  };
  static const std::vector<Member> kMany(65536, Member{"m", 1, 0, 0});
  static const Case kCases[] = {
      {"65536 entries", [](Builder& b) { b.add_structure({.name = "s", .size = 4, .members = kMany}); }},
      {"65536 entries",
       [](Builder& b) { b.add_enumeration({.name = "e", .enumerators = std::vector<Enumerator>(65536)}); }},
      {"bit 16777216",
       [](Builder& b) { b.add_structure({.name = "s", .members = {{"f", 1, 0, 3}, {"g", 1, 1 << 24, 0}}}); }},
      {"256 bits", [](Builder& b) { b.add_structure({.name = "s", .members = {{"f", 1, 0, 256}}}); }},
      {"add_enumeration64", [](Builder& b) { b.add_enumeration({.name = "e", .enumerators = {{"v", 1ll << 32}}}); }},
      {"add_enumeration64", [](Builder& b) { b.add_enumeration({.name = "e", .enumerators = {{"v", -1}}}); }},
      {"add_enumeration64",
       [](Builder& b) { b.add_enumeration({.name = "e", .is_signed = true, .enumerators = {{"v", 1ll << 31}}}); }},
      {"NUL", [](Builder& b) { b.add_typedef(std::string_view("a\0b", 3), 1); }},
      {"NUL", [](Builder& b) { b.add_structure({.members = {{std::string_view("\0", 1), 1, 0, 0}}}); }},
      {"needs a name", [](Builder& b) { b.add_typedef("", 1); }},
      {"needs a name", [](Builder& b) { b.add_forward(""); }},
      {"needs a name", [](Builder& b) { b.add_variable("", 1); }},
      {"needs a name", [](Builder& b) { b.add_function("", 1); }},
      {"needs a name", [](Builder& b) { b.add_data_section({}); }},
      {"needs a name", [](Builder& b) { b.add_decl_tag({.type = 1}); }},
      {"needs a name", [](Builder& b) { b.add_type_tag({.type = 1}); }},
      {"do not fit", [](Builder& b) { b.add_integer({.name = "i", .size = 1, .bits = 9}); }},
      {"do not fit", [](Builder& b) { b.add_integer({.name = "i", .size = 1, .bits = 8, .bit_offset = 1}); }},
      {"do not fit", [](Builder& b) { b.add_integer({.name = "i", .size = 32}); }},
      {"do not fit", [](Builder& b) { b.add_integer({.name = "i", .size = 0}); }},
      {"length", [](Builder& b) { b.add_record({}); }},
      {"length", [](Builder& b) { b.add_record(std::vector<std::uint32_t>{0, make_info(Kind::array, 0), 0}); }},
      {"length", [](Builder& b) { b.add_record(std::vector<std::uint32_t>{0, 20u << 24, 0}); }},
      {"outside", [](Builder& b) { b.add_record(std::vector<std::uint32_t>{77, make_info(Kind::pointer, 0), 0}); }},
      {"bytes of names", [](Builder& b) { b.add_typedef(std::string(1 << 24, 'x'), 1); }},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.part);
    Builder b;
    b.add_integer({.name = "int"});
    CHECK(b.encode().has_value());
    c.add(b);
    const Error error = mistake_of(b);
    CAPTURE(error.message());
    CHECK(mentions(error, c.part));
    CHECK(mentions(error, "type 2"));
    // The first is the one that is told.
    b.add_typedef("", 1);
    CHECK(mistake_of(b).message() == error.message());
  }
}

TEST_CASE("builder: limits themselves are kept") {
  Builder b;
  const auto integer = b.add_integer({.name = "int"});
  const auto big =
      b.add_structure({.name = "s", .size = 4, .members = std::vector<Member>(65535, {"m", integer, 0, 0})});
  const auto bits = b.add_structure({.name = "b", .size = 4, .members = {{"m", integer, 0xffffff, 255}}});
  const auto far = b.add_structure({.name = "f", .size = 4, .members = {{"m", integer, 0xffffffff, 0}}});
  const Spec s = spec_of(b);
  CHECK(s.type(big)->vlen() == 65535);
  CHECK(s.type(bits)->member(0).bitfield_size == 255);
  CHECK(s.type(bits)->member(0).bit_offset == 0xffffff);
  CHECK(s.type(far)->member(0).bit_offset == 0xffffffff);
}

TEST_CASE("builder: too many types are told") {
  Builder b;
  for (std::uint32_t i = 0; i < kMaxTypes; ++i) b.add_pointer(0);
  CHECK(b.encode().has_value());
  b.add_pointer(0);
  CHECK(mistake_of(b).code() == errc::out_of_range);
}

TEST_CASE("builder: nothing at all is a table of void") {
  const Spec s = spec_of(Builder());
  CHECK(s.type_count() == 1);
  CHECK(s.empty());
}

TEST_CASE("builder: continuing a table keeps its numbers and its strings' offsets") {
  for (const Spec& before : test::object_btfs()) {
    auto builder = Builder::continuing(before);
    REQUIRE(builder.has_value());
    const auto added = builder->add_integer({.name = "one more", .size = 2});
    CHECK(added == before.type_count());
    const Spec after = spec_of(*builder, before.byte_order());
    CHECK(after.type_count() == before.type_count() + 1);
    CHECK(after.type(added)->name() == "one more");
    const auto old_strings = before.string_section().span();
    const auto new_strings = after.string_section().span();
    REQUIRE(new_strings.size() == old_strings.size() + 9);
    CHECK(std::equal(old_strings.begin(), old_strings.end(), new_strings.begin()));
    const auto old_types = before.type_section().span();
    const auto new_types = after.type_section().span();
    CHECK(std::equal(old_types.begin(), old_types.end(), new_types.begin()));
    // A name that is there is not stored again.
    Builder again = Builder::with_strings_of(before);
    CHECK(again.next_id() == 1);
    for (TypeId id = 1; id < before.type_count(); ++id) {
      const auto name = before.type(id)->name();
      CHECK(before.string(again.add_string(name)) == name);
    }
    CHECK(spec_of(again, before.byte_order()).string_section().size() == old_strings.size());
  }
}

TEST_CASE("importer: a type comes with all that it reaches, and nothing else") {
  Builder from;
  const auto integer = from.add_integer({.name = "int"});
  from.add_integer({.name = "not this"});
  const auto pointer = from.add_pointer(0);
  const auto node =
      from.add_structure({.name = "node", .size = 16, .members = {{"next", pointer, 0, 0}, {"v", integer, 64, 0}}});
  from.set_referenced(pointer, node);
  const auto prototype = from.add_prototype({.returns = integer, .parameters = {{"n", pointer}}});
  const auto function = from.add_function("f", prototype);
  const auto array = from.add_array({.element = node, .index = integer, .count = 2});
  const Spec source = spec_of(from);

  Builder to;
  to.add_floating("double", 8);
  auto importer = Importer::between(source, to);
  REQUIRE(importer.has_value());
  CHECK(importer->find(0) == 0);
  CHECK_FALSE(importer->find(node).has_value());
  const auto copy = importer->add(node);
  REQUIRE(copy.has_value());
  CHECK(*copy == 2);
  CHECK(to.next_id() == 5);  // node, its pointer, int
  CHECK(*importer->add(node) == *copy);
  CHECK(*importer->add(pointer) == *importer->find(pointer));
  CHECK(to.next_id() == 5);
  const auto new_array = importer->add(array);
  CHECK(*new_array == 5);
  const auto new_function = importer->add(function);
  CHECK(to.next_id() == 8);
  CHECK_FALSE(importer->add(source.type_count()).has_value());
  CHECK(*importer->add(0) == 0);
  const Spec s = spec_of(to);
  CHECK(s.describe(*copy) == "struct node");
  CHECK(s.describe(*importer->find(pointer)) == "struct node *");
  CHECK(s.type(*copy)->member(0).type == *importer->find(pointer));
  CHECK(s.type(*new_array)->array().element == *copy);
  CHECK(s.type(*new_function)->referenced() == *importer->find(prototype));
  CHECK_FALSE(s.find("not this", Kind::integer).has_value());
}

TEST_CASE("importer: all types of an object keep their order") {
  for (const Spec& source : test::object_btfs()) {
    Builder to;
    auto importer = Importer::between(source, to);
    REQUIRE(importer.has_value());
    importer->add_all();
    importer->add_all();
    check_same_types(source, spec_of(to, source.byte_order()));
    check_same_types(source, spec_of(to));  // also in the other byte order
  }
}

TEST_CASE("importer: types of several tables stand one behind the other") {
  const auto objects = test::object_btfs();
  Builder to;
  TypeId expected = 1;
  for (const Spec& source : objects) {
    auto importer = Importer::between(source, to);
    REQUIRE(importer.has_value());
    importer->add_all();
    CHECK(importer->find(1) == expected);
    expected += source.type_count() - 1;
    CHECK(to.next_id() == expected);
  }
  const Spec all = spec_of(to);
  CHECK(all.type_count() == expected);
}

TEST_CASE("importer: the kernel's types, all of them, are the same afterwards") {
  const Spec kernel = test::kernel_btf();
  Builder to;
  auto importer = Importer::between(kernel, to);
  REQUIRE(importer.has_value());
  importer->add_all();
  const Spec copy = spec_of(to);
  check_same_types(kernel, copy);
  CHECK(copy.bytes().size() <= kernel.bytes().size());  // sharing strings makes it no larger
}

std::shared_ptr<const Spec> shared(Spec spec) { return std::make_shared<const Spec>(std::move(spec)); }

struct SplitSample {
  TypeId integer, node;
  std::shared_ptr<const Spec> base;
};

SplitSample split_sample() {
  Builder b;
  SplitSample s{};
  s.integer = b.add_integer({.name = "int", .is_signed = true});
  s.node = b.add_structure({.name = "node", .size = 4, .members = {{"value", s.integer, 0, 0}}});
  s.base = shared(spec_of(b));
  return s;
}

TEST_CASE("builder: a split table continues the numbers and strings of its base") {
  const SplitSample sample = split_sample();
  Builder b = Builder::split(sample.base);
  CHECK(b.next_id() == 3);
  CHECK(b.add_string("value") < sample.base->string_section().size());
  const auto pointer = b.add_pointer(sample.node);
  const auto mine = b.add_structure(
      {.name = "mine", .size = 16, .members = {{"node", pointer, 0, 0}, {"value", sample.integer, 64, 0}}});
  const Spec s = spec_of(b);
  CHECK(s.first_id() == 3);
  CHECK(s.type_count() == 5);
  CHECK(s.describe(pointer) == "struct node *");
  CHECK(s.type(mine)->member(0).name == "node");
  CHECK(s.type(mine)->member(1).name == "value");
  CHECK(s.string_section().size() == 6);  // "mine", and the empty one in front
  // And one more on top.
  Builder top = Builder::split(shared(s));
  CHECK(top.next_id() == 5);
  const auto alias = top.add_typedef("mine", mine);
  const auto other = top.add_typedef("node", sample.node);
  const Spec t = spec_of(top);
  CHECK(t.string_section().size() == 1);
  CHECK(t.type(alias)->name() == "mine");
  CHECK(t.type(other)->name() == "node");
  const auto copied = Builder::continuing(t);
  REQUIRE(copied.has_value());
  CHECK(spec_of(*copied).type(other)->name() == "node");
}

TEST_CASE("builder: a split table refers no further than its own end, and has its base's byte order") {
  const SplitSample sample = split_sample();
  Builder b = Builder::split(sample.base);
  const auto pointer = b.add_pointer(4);
  CHECK(mentions(mistake_of(b), "type 3 (PTR) refers to type 4"));
  b.set_referenced(pointer, sample.node);
  CHECK(b.encode().has_value());
  CHECK_FALSE(b.encode(kHostByteOrder == ByteOrder::little ? ByteOrder::big : ByteOrder::little).has_value());
  b.set_referenced(sample.node, 1);  // the base is not ours to change
  CHECK(mistake_of(b).code() == errc::invalid_argument);
}

TEST_CASE("importer: types of a base are left where they are, or come along") {
  const SplitSample sample = split_sample();
  Builder b = Builder::split(sample.base);
  const auto pointer = b.add_pointer(sample.node);
  const Spec split = spec_of(b);
  {
    Builder to = Builder::split(sample.base);
    to.add_floating("double", 8);
    auto importer = Importer::between(split, to);
    REQUIRE(importer.has_value());
    CHECK(*importer->add(pointer) == 4);
    CHECK(*importer->add(sample.node) == sample.node);
    CHECK(to.next_id() == 5);
    CHECK(spec_of(to).describe(4) == "struct node *");
  }
  {
    Builder to;
    to.add_floating("double", 8);
    auto importer = Importer::between(split, to);
    REQUIRE(importer.has_value());
    importer->add_all();
    CHECK(to.next_id() == 5);  // the pointer, node, int
    CHECK(spec_of(to).describe(*importer->find(pointer)) == "struct node *");
  }
}

}  // namespace
}  // namespace ebpf::btf
