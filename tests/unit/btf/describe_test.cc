// Types in C's words.
#include <string>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

TEST_CASE("btf: descriptions") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto u32 = w.add(test::kTypedef, "__u32", 0, integer);
  const auto vol = w.add(test::kVolatile, "", 0, u32);
  const auto con = w.add(test::kConst, "", 0, vol);
  const auto stats = w.composite(test::kStruct, "stats", 4, {{"a", integer, 0}});
  const auto anonymous = w.composite(test::kUnion, "", 4, {{"a", integer, 0}});
  const auto array = w.array(stats, integer, 4);
  const auto matrix = w.array(w.array(w.array(u32, integer, 5), integer, 3), integer, 2);
  const auto to_void = w.pointer(0);
  const auto to_const = w.pointer(w.add(test::kConst, "", 0, w.integer("char", 1, test::kSigned)));
  const auto const_pointer = w.add(test::kConst, "", 0, w.pointer(integer));
  const auto twice = w.pointer(w.pointer(stats));
  const auto proto = w.add(test::kFuncProto, "", 2, integer, {w.string("p"), to_void, 0, 0});
  const auto no_parameters = w.add(test::kFuncProto, "", 0, 0);
  const auto callback = w.pointer(proto);
  const auto forward_struct = w.add(test::kFwd, "sock", 0, 0);
  const auto forward_union = w.add(test::kFwd, "u", 0, 0, {}, true);
  const auto enumeration = w.add(test::kEnum, "color", 0, 4);
  const auto enumeration64 = w.add(test::kEnum64, "", 0, 8);
  const auto floating = w.add(test::kFloat, "double", 0, 8);
  const auto variable = w.add(test::kVar, "v", 0, con, {1});
  const auto tagged = w.add(test::kTypeTag, "user", 0, integer);
  const auto restricted = w.add(test::kRestrict, "", 0, w.pointer(integer));
  const auto pointer_to_anonymous = w.pointer(anonymous);
  auto types = Spec::parse(w.finish());
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  const auto check = [&](TypeId id, std::string_view expected) { CHECK(types->describe(id) == expected); };
  check(0, "void");
  check(integer, "int");
  check(u32, "__u32");
  check(con, "const volatile __u32");
  check(stats, "struct stats");
  check(anonymous, "union (anonymous)");
  check(array, "struct stats[4]");
  check(matrix, "__u32[2][3][5]");
  check(to_void, "void *");
  check(to_const, "const char *");
  check(const_pointer, "int *const");
  check(twice, "struct stats **");
  check(proto, "int (*)(void *, ...)");
  check(callback, "int (*)(void *, ...)");
  check(no_parameters, "void (*)(void)");
  check(forward_struct, "struct sock");
  check(forward_union, "union u");
  check(enumeration, "enum color");
  check(enumeration64, "enum (anonymous)");
  check(floating, "double");
  check(variable, "const volatile __u32");
  check(tagged, "int");
  check(restricted, "int *restrict");
  check(pointer_to_anonymous, "union (anonymous) *");
  CHECK(types->describe(9999) == "(no such type)");
}

TEST_CASE("btf: descriptions are short, whatever they describe") {
  BtfWriter w;
  auto last = w.integer("int", 4);
  for (int i = 0; i < 200; ++i) last = w.pointer(last);
  auto deep = w.integer("int", 4);
  for (int i = 0; i < 200; ++i) deep = w.array(deep, deep, 10);
  const auto proto = w.next_id();
  w.add(test::kFuncProto, "", 200, proto, std::vector<std::uint32_t>(400, proto));
  const auto wide = w.add(test::kFuncProto, "", 1000, 0, std::vector<std::uint32_t>(2000, 1));
  const auto types = Spec::parse(w.finish());
  if (types.has_value())
    for (const TypeId id : {last, deep, proto, wide}) CHECK(types->describe(id).size() < 2000);
}

}  // namespace
}  // namespace ebpf::btf
