// Types as C: what comes out for single types, and that what comes out compiles to the layout that went in.
#include "ebpf/btf/c_printer.h"

#include <memory>
#include <string>
#include <vector>

#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"
#include "tests/unit/btf/c_compare.h"
#include "tests/unit/btf/object_types.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

Spec parsed(const BtfWriter& writer) {
  auto types = Spec::parse(writer.finish());
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

std::string printed(const Spec& types) {
  CPrinter printer(types);
  std::string out;
  const auto ok = printer.print_all(out);
  REQUIRE_MESSAGE(ok.has_value(), ok.error().message());
  return out;
}

std::string refused(const Spec& types) {
  CPrinter printer(types);
  std::string out;
  const auto ok = printer.print_all(out);
  REQUIRE_FALSE(ok.has_value());
  CHECK(ok.error().code() == errc::malformed);
  return ok.error().message();
}

void check_round_trip(const Spec& types, const std::string& compiler, std::size_t opaque = 0) {
  const test::Comparison result = test::round_trip(types, compiler);
  CHECK_MESSAGE(result.differences.empty(), test::first_differences(result));
  CHECK(result.types > 0);
  CHECK(result.opaque == opaque);
}

TEST_CASE("c: every shape that clang makes comes back with its layout, from each compiler through each") {
  for (const std::string object : {"shapes.bpf.o", "shapes_clang14.bpf.o"})
    for (const std::string compiler : {"clang-19", "clang-14"}) {
      CAPTURE(object);
      CAPTURE(compiler);
      check_round_trip(test::object_types("tests/unit/btf/" + object), compiler);
    }
}

TEST_CASE("c: the objects of testdata") {
  for (const std::string object : {"globals", "maps", "tracing", "core", "globals_eb", "maps_clang14"}) {
    CAPTURE(object);
    check_round_trip(test::object_types("testdata/" + object + ".bpf.o"), "clang-19");
  }
}

TEST_CASE("c: declarations of every kind") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto constant = w.add(test::kConst, "", 0, integer);
  const auto pointer = w.pointer(constant);
  const auto constant_pointer = w.add(test::kConst, "", 0, pointer);
  const auto array = w.array(integer, integer, 3);
  const auto matrix = w.array(array, integer, 2);
  const auto array_pointer = w.pointer(array);
  const auto function = w.add(test::kFuncProto, "", 2, integer, {0, pointer, 0, 0});
  const auto function_pointer = w.pointer(function);
  const auto table = w.array(function_pointer, integer, 4);
  const auto returns = w.pointer(w.add(test::kFuncProto, "", 0, function_pointer));
  const auto constant_array = w.add(test::kConst, "", 0, array);
  const auto tagged = w.pointer(w.add(test::kTypeTag, "user", 0, integer));
  const Spec types = parsed(w);
  CPrinter printer(types);
  std::string unused;
  REQUIRE(printer.print_all(unused));
  const auto declared = [&](TypeId id) { return printer.declaration(id, "x").value_or("?"); };
  CHECK(declared(0) == "void x");
  CHECK(declared(integer) == "int x");
  CHECK(declared(pointer) == "const int *x");
  CHECK(declared(constant_pointer) == "const int *const x");
  CHECK(declared(matrix) == "int x[2][3]");
  CHECK(declared(array_pointer) == "int (*x)[3]");
  CHECK(declared(function_pointer) == "int (*x)(const int *, ...)");
  CHECK(declared(table) == "int (*x[4])(const int *, ...)");
  CHECK(declared(returns) == "int (*(*x)(void))(const int *, ...)");
  CHECK(declared(constant_array) == "const int x[3]");
  CHECK(declared(tagged) == "int __attribute__((btf_type_tag(\"user\"))) *x");
  CHECK(printer.declaration(99, "x").error().code() == errc::not_found);
}

TEST_CASE("c: names that meet, keywords, and names of other languages") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  w.composite(test::kStruct, "twice", 4, {{"a", integer, 0}});
  w.composite(test::kUnion, "twice", 4, {{"b", integer, 0}});
  w.composite(test::kStruct, "twice___2", 4, {{"c", integer, 0}});
  w.add(test::kTypedef, "alias", 0, integer);
  w.add(test::kTypedef, "alias", 0, integer);
  w.add(test::kEnum, "e", 1, 4, {w.string("alias"), 7});
  w.composite(test::kStruct, "while", 4, {{"default", integer, 0}});
  w.composite(test::kStruct, "Vec<u8>", 4, {{"0", integer, 0}});
  w.add(test::kFwd, "twice", 0, 0);
  w.add(test::kFwd, "elsewhere", 0, 0, {}, true);
  w.integer("u7", 1);
  const Spec types = parsed(w);
  const std::string text = printed(types);
  CAPTURE(text);
  for (const char* expected : {"struct twice {", "union twice___2 {", "struct twice___2___2 {", "typedef int alias;",
                               "typedef int alias___2;", "alias___3 = 7", "struct while___2 {\n\tint default_;",
                               "struct Vec_u8_ {\n\tint _0;", "union elsewhere;", "typedef unsigned char u7;"})
    CHECK_MESSAGE(text.find(expected) != std::string::npos, expected);
  CHECK(text.find("struct twice;") == std::string::npos);
  check_round_trip(types, "clang-19");
}

TEST_CASE("c: a layout that C does not have becomes bytes of the same size; members in any order are sorted") {
  BtfWriter w;
  const auto byte = w.integer("unsigned char", 1);
  const auto word = w.integer("unsigned int", 4);
  const auto odd = w.integer("u24", 3);
  const auto overlap = w.composite(test::kStruct, "overlap", 8, {{"a", word, 0}, {"b", word, 16}});
  w.composite(test::kStruct, "beyond", 4, {{"a", word, 8}});
  w.composite(test::kUnion, "apart", 8, {{"a", word, 0}, {"b", word, 32}});
  w.composite(test::kStruct, "holds", 13, {{"a", byte, 0}, {"b", overlap, 8}, {"c", word, 72}});
  w.composite(test::kStruct, "odd", 8, {{"a", odd, 0}, {"b", word, 32}});
  const Spec types = parsed(w);
  check_round_trip(types, "clang-19", 3);

  BtfWriter unsorted;
  const auto small = unsorted.integer("unsigned char", 1);
  const auto large = unsorted.integer("unsigned int", 4);
  unsorted.composite(test::kStruct, "unsorted", 8, {{"a", small, 32}, {"b", large, 0}});
  CHECK(printed(parsed(unsorted)).find("\tunsigned int b;\n\tunsigned char a;\n") != std::string::npos);
}

TEST_CASE("c: bit-fields in the old encoding") {
  BtfWriter w;
  const auto three = w.add(test::kInt, "unsigned int", 0, 4, {0u << 16 | 3});
  const auto five = w.add(test::kInt, "unsigned int", 0, 4, {3u << 16 | 5});
  w.composite(test::kStruct, "old", 4, {{"a", three, 0}, {"b", five, 0}});
  CHECK(printed(parsed(w)).find("\tunsigned int a: 3;\n\tunsigned int b: 5;\n") != std::string::npos);
}

TEST_CASE("c: only what is asked for and what that needs") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto alias = w.add(test::kTypedef, "alias", 0, integer);
  const auto pointee = w.composite(test::kStruct, "pointee", 4, {{"a", integer, 0}});
  const auto inner = w.composite(test::kStruct, "inner", 4, {{"a", alias, 0}});
  const auto other = w.composite(test::kStruct, "other", 4, {{"a", alias, 0}});
  const auto outer = w.composite(test::kStruct, "outer", 16, {{"i", inner, 0}, {"p", w.next_id() + 1, 64}});
  w.pointer(pointee);
  static_cast<void>(other);
  const Spec types = parsed(w);
  CPrinter printer(types);
  std::string text;
  REQUIRE(printer.print(outer, text));
  CHECK(text ==
        "typedef int alias;\n\nstruct inner {\n\talias a;\n};\n\nstruct outer {\n\tstruct inner i;\n\tstruct pointee "
        "*p;\n};\n\n");
  text.clear();
  REQUIRE(printer.print(outer, text));
  CHECK(text.empty());
  CHECK(printer.print(1000, text).error().code() == errc::not_found);
}

TEST_CASE("c: types that contain themselves, refer to nothing, or multiply are errors") {
  BtfWriter itself;
  itself.composite(test::kStruct, "itself", 8, {{"a", 1, 0}});
  CHECK(refused(parsed(itself)).find("contains itself") != std::string::npos);

  BtfWriter circle;
  circle.add(test::kTypedef, "a", 0, 2);
  circle.add(test::kTypedef, "b", 0, 1);
  CHECK(refused(parsed(circle)).find("contains itself") != std::string::npos);

  BtfWriter pointers;
  pointers.add(test::kTypedef, "a", 0, 2);
  pointers.pointer(2);
  CHECK(refused(parsed(pointers)).find("too long a chain") != std::string::npos);

  BtfWriter nested;
  for (std::uint32_t i = 1; i <= 100; ++i) nested.composite(test::kStruct, i == 1 ? "top" : "", 8, {{"", i + 1, 0}});
  nested.integer("int", 4);
  CHECK(refused(parsed(nested)).find("too deep") != std::string::npos);

  BtfWriter doubling;
  for (std::uint32_t i = 1; i <= 40; ++i)
    doubling.composite(test::kUnion, i == 1 ? "top" : "", 8, {{"", i + 1, 0}, {"", i + 1, 0}});
  doubling.integer("int", 4);
  CHECK_FALSE(refused(parsed(doubling)).empty());

  BtfWriter dangling;
  dangling.composite(test::kStruct, "dangling", 8, {{"a", 77, 0}});
  const test::Bytes bytes = dangling.finish();
  const auto view = Spec::view(bytes, nullptr);
  REQUIRE(view);
  CHECK(refused(*view).find("there is no type 77") != std::string::npos);
}

TEST_CASE("c: whatever the bytes are, there is a text or an error") {
  const Spec original = test::object_types("tests/unit/btf/shapes.bpf.o");
  std::uint64_t random = 1;
  const auto next = [&random](std::size_t below) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>(random >> 33) % below;
  };
  int texts = 0, errors = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::vector<std::byte> bytes(original.bytes().begin(), original.bytes().end());
    for (std::size_t i = 0; i <= next(4); ++i) bytes[24 + next(bytes.size() - 24)] = static_cast<std::byte>(next(256));
    const auto types = Spec::view(bytes, nullptr);
    if (!types) continue;
    CPrinter printer(*types);
    std::string text;
    printer.print_all(text) ? ++texts : ++errors;
    CHECK(text.size() < 64 * 1024 * 1024);
  }
  CHECK(texts > 100);
  CHECK(errors > 100);
}

TEST_CASE("c: of a table that continues another one, its own types and what they need") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  w.composite(test::kStruct, "of_base", 4, {{"a", integer, 0}});
  w.composite(test::kStruct, "of_base_alone", 4, {{"a", integer, 0}});
  const auto name = w.string("alias");
  const auto base = std::make_shared<const Spec>(parsed(w));
  BtfWriter split;  // without names of its own: the base's are those that it can use
  split.add_raw(0, test::kEnum << 24 | 0, 4);
  split.add_raw(0, test::kArray << 24, 0, {2, 1, 3});
  split.add_raw(name, test::kTypedef << 24, 5);
  auto types = Spec::parse(split.finish(), base);
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  const std::string text = printed(*types);
  CHECK(text.find("struct of_base {") == 0);
  CHECK(text.find("typedef struct of_base alias[3];") != std::string::npos);
  CHECK(text.find("of_base_alone") == std::string::npos);
}

TEST_CASE("c: a long chain of definitions needs no deep stack") {
  BtfWriter w;
  constexpr std::uint32_t kLength = 50'000;
  for (std::uint32_t i = 1; i <= kLength; ++i)
    w.composite(test::kStruct, "s" + std::to_string(i), 4, {{"inner", i + 1, 0}});
  w.integer("int", 4);
  const std::string text = printed(parsed(w));
  CHECK(text.find("struct s1 {") > text.find("struct s50000 {"));
}

}  // namespace
}  // namespace ebpf::btf
