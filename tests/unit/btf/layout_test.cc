// Sizes, alignments and what is behind typedefs and qualifiers.
#include <string>

#include "ebpf/btf/btf.h"
#include "tests/support/test.h"
#include "tests/unit/btf/btf_bytes.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;

Spec parsed(const BtfWriter& writer) {
  auto types = Spec::parse(writer.finish());
  REQUIRE_MESSAGE(types.has_value(), types.error().message());
  return *std::move(types);
}

TEST_CASE("btf: sizes and alignments of scalars") {
  BtfWriter w;
  for (const std::uint32_t size : {1u, 2u, 4u, 8u, 16u}) w.integer("i", size);
  const auto pointer = w.pointer(0);
  const auto floating = w.add(test::kFloat, "double", 0, 8);
  const auto small = w.add(test::kEnum, "e", 0, 1);
  const auto wide = w.add(test::kEnum64, "e", 0, 8);
  const Spec types = parsed(w);
  const std::uint32_t sizes[] = {1, 2, 4, 8, 16};
  for (TypeId id = 1; id <= 5; ++id) {
    CHECK(types.size_of(id) == sizes[id - 1]);
    CHECK(types.align_of(id) == sizes[id - 1]);
  }
  CHECK(types.size_of(pointer) == 8u);
  CHECK(types.align_of(pointer) == 8u);
  CHECK(types.size_of(floating) == 8u);
  CHECK(types.align_of(floating) == 8u);
  CHECK(types.size_of(small) == 1u);
  CHECK(types.align_of(small) == 1u);
  CHECK(types.size_of(wide) == 8u);
  CHECK(types.align_of(wide) == 8u);
}

TEST_CASE("btf: structures, packed, nested, in arrays, with bit-fields") {
  BtfWriter w;
  const auto u8 = w.integer("u8", 1);
  const auto u32 = w.integer("u32", 4);
  const auto u64 = w.integer("u64", 8);
  const auto plain = w.composite(test::kStruct, "plain", 16, {{"a", u8, 0}, {"b", u64, 64}});
  const auto packed = w.composite(test::kStruct, "packed", 9, {{"a", u8, 0}, {"b", u64, 8}});
  // A member in its right place, but the size is no multiple of the alignment.
  const auto packed_tail = w.composite(test::kStruct, "packed_tail", 9, {{"b", u64, 0}, {"a", u8, 64}});
  const auto nested = w.composite(test::kStruct, "nested", 24, {{"p", plain, 0}, {"a", u8, 128}});
  const auto with_packed = w.composite(test::kStruct, "with_packed", 16, {{"p", packed, 0}, {"w", u32, 96}});
  const auto array = w.array(nested, u32, 3);
  const auto matrix = w.array(array, u32, 5);
  const auto with_array = w.composite(test::kStruct, "with_array", 72, {{"n", array, 0}});
  const auto bits = w.composite(test::kStruct, "bits", 4, {{"x", u32, 3u << 24 | 0}, {"y", u32, 5u << 24 | 3}}, true);
  const auto choice = w.composite(test::kUnion, "choice", 8, {{"a", u8, 0}, {"b", u64, 0}, {"c", u32, 0}});
  const auto empty = w.composite(test::kStruct, "empty", 0, {});
  const auto alias = w.add(test::kTypedef, "alias", 0, w.add(test::kConst, "", 0, matrix));
  const auto variable = w.add(test::kVar, "v", 0, alias, {1});
  const auto section = w.add(test::kDatasec, ".data", 0, 123);
  const Spec types = parsed(w);
  const auto check = [&](TypeId id, std::uint64_t size, std::uint32_t align) {
    CAPTURE(types.describe(id));
    CHECK(types.size_of(id) == size);
    CHECK(types.align_of(id) == align);
  };
  check(plain, 16, 8);
  check(packed, 9, 1);
  check(packed_tail, 9, 1);
  check(nested, 24, 8);
  check(with_packed, 16, 4);
  check(array, 72, 8);
  check(matrix, 360, 8);
  check(with_array, 72, 8);
  check(bits, 4, 4);
  check(choice, 8, 8);
  check(empty, 0, 1);
  check(alias, 360, 8);
  check(variable, 360, 8);
  CHECK(types.size_of(section) == 123u);
}

TEST_CASE("btf: what has no size or alignment") {
  BtfWriter w;
  const auto proto = w.add(test::kFuncProto, "", 0, 0);
  const auto function = w.add(test::kFunc, "f", 0, proto);
  const auto forward = w.add(test::kFwd, "later", 0, 0);
  const auto tag = w.add(test::kDeclTag, "tag", 0, function, {~0u});
  const auto array = w.array(forward, 0, 3);
  const Spec types = parsed(w);
  for (const TypeId id : {TypeId{0}, proto, function, forward, tag, array}) {
    CAPTURE(id);
    const auto size = types.size_of(id);
    REQUIRE(!size.has_value());
    CHECK(size.error().code() == errc::invalid_argument);
    const auto align = types.align_of(id);
    REQUIRE(!align.has_value());
    CHECK(align.error().code() == errc::invalid_argument);
  }
  CHECK(types.size_of(forward).error().message().find("later") != std::string::npos);
  CHECK(types.size_of(999).error().code() == errc::not_found);
  CHECK(types.align_of(999).error().code() == errc::not_found);
}

TEST_CASE("btf: strip stops at the type, strip_qualifiers at a typedef") {
  BtfWriter w;
  const auto integer = w.integer("int", 4, test::kSigned);
  const auto con = w.add(test::kConst, "", 0, integer);
  const auto alias = w.add(test::kTypedef, "alias", 0, con);
  const auto vol = w.add(test::kVolatile, "", 0, alias);
  const auto tag = w.add(test::kTypeTag, "user", 0, vol);
  const auto res = w.add(test::kRestrict, "", 0, tag);
  const Spec types = parsed(w);
  CHECK(types.strip(res)->id() == integer);
  CHECK(types.strip(integer)->id() == integer);
  CHECK(types.strip(0)->id() == 0);
  CHECK(types.strip_qualifiers(res)->id() == alias);
  CHECK(types.strip_qualifiers(con)->id() == integer);
  CHECK(types.strip(999).error().code() == errc::not_found);
}

TEST_CASE("btf: chains up to the limit, and beyond") {
  BtfWriter w;
  auto last = w.integer("int", 4);
  for (int i = 0; i < 40; ++i) last = w.add(test::kConst, "", 0, last);
  const Spec types = parsed(w);
  CHECK(types.strip(1 + kMaxDepth - 1).has_value());
  for (const auto& error : {types.strip(last).error(), types.strip_qualifiers(last).error(),
                            types.size_of(last).error(), types.align_of(last).error()})
    CHECK(error.code() == errc::malformed);
}

TEST_CASE("btf: types in circles come to an end") {
  BtfWriter w;
  const auto self = w.add(test::kTypedef, "self", 0, 1);
  const auto a = w.add(test::kConst, "", 0, 3);
  const auto b = w.add(test::kVolatile, "", 0, a);
  const auto array = w.array(w.next_id(), self, 2);
  const auto pointer = w.pointer(w.next_id());
  const auto variable = w.add(test::kVar, "v", 0, w.next_id(), {1});
  // Itself twice: a walk without a limit on its length would take 2^32 steps.
  const auto twice = w.next_id();
  w.composite(test::kStruct, "twice", 8, {{"a", twice, 0}, {"b", twice, 0}});
  const auto proto = w.next_id();
  w.add(test::kFuncProto, "", 2, proto, {0, proto, 0, proto});
  const Spec types = parsed(w);
  for (const TypeId id : {self, a, b}) {
    CHECK(types.strip(id).error().code() == errc::malformed);
    CHECK(types.size_of(id).error().code() == errc::malformed);
  }
  CHECK(types.strip_qualifiers(a).error().code() == errc::malformed);
  CHECK(types.size_of(array).error().code() == errc::malformed);
  CHECK(types.align_of(array).error().code() == errc::malformed);
  CHECK(types.size_of(pointer) == 8u);
  CHECK(types.size_of(variable).error().code() == errc::malformed);
  CHECK(types.align_of(twice).error().code() == errc::malformed);
  CHECK(types.size_of(twice) == 8u);
  for (TypeId id = 0; id < types.type_count(); ++id) CHECK(types.describe(id).size() < 2000);
}

TEST_CASE("btf: array sizes that overflow") {
  BtfWriter w;
  const auto u64 = w.integer("u64", 8);
  const auto one = w.array(u64, u64, 0xffffffff);
  const auto two = w.array(one, u64, 0xffffffff);
  const auto three = w.array(two, u64, 0xffffffff);
  const auto huge = w.composite(test::kStruct, "huge", 0xffffffff, {});
  const auto many = w.array(w.array(huge, u64, 0xffffffff), u64, 2);
  const Spec types = parsed(w);
  CHECK(types.size_of(one) == 8ull * 0xffffffff);
  CHECK(types.size_of(two).error().code() == errc::malformed);
  CHECK(types.size_of(three).error().code() == errc::malformed);
  CHECK(types.size_of(many).error().code() == errc::malformed);
  CHECK(types.align_of(three) == 8u);
}

TEST_CASE("btf: integers of sizes that no compiler makes") {
  BtfWriter w;
  for (const std::uint32_t size : {0u, 3u, 32u, 0xffffffffu}) w.add(test::kInt, "odd", 0, size, {8});
  const Spec types = parsed(w);
  for (TypeId id = 1; id <= 4; ++id) CHECK(types.align_of(id) == 1u);
}

}  // namespace
}  // namespace ebpf::btf
