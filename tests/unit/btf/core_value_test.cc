// CO-RE: what the thirteen kinds of relocations come to: places of bit-fields in both byte orders, sizes, signs, widths
// of loads, enumerators, types.
#include <cstdint>
#include <string>

#include "tests/unit/btf/core_tables.h"

namespace ebpf::btf {
namespace {

using test::BtfWriter;
using test::outcome;
using test::resolve;

// struct s { TYPE field : BITS; } with the field at any bit, of any type.
struct Field {
  std::uint32_t type_size;
  std::uint32_t encoding;
  std::uint32_t bit_offset;
  std::uint32_t bits;  // 0: no bit-field
};

BtfWriter table(const Field& field, ByteOrder order) {
  BtfWriter w(order);
  const auto type = w.integer("t", field.type_size, field.encoding);
  w.composite(test::kStruct, "s", 64, {test::bits("field", type, field.bit_offset, field.bits)}, true);
  return w;
}

struct Values {
  std::int64_t offset, size, is_signed, left, right;
};

std::int64_t value_of(const BtfWriter& local, CoreKind kind, const BtfWriter& target) {
  const auto fix = resolve(local, 2, "0:0", kind, target);
  if (!fix) FAIL(fix.error().message());
  REQUIRE(!fix->poison);
  return static_cast<std::int64_t>(fix->new_value);
}

void check(const Field& field, ByteOrder order, const Values& expected) {
  CAPTURE(field.type_size);
  CAPTURE(field.bit_offset);
  CAPTURE(field.bits);
  CAPTURE(static_cast<int>(order));
  const BtfWriter w = table(field, order);
  CHECK(value_of(w, CoreKind::field_byte_offset, w) == expected.offset);
  CHECK(value_of(w, CoreKind::field_byte_size, w) == expected.size);
  CHECK(value_of(w, CoreKind::field_signed, w) == expected.is_signed);
  CHECK(value_of(w, CoreKind::field_lshift_u64, w) == expected.left);
  CHECK(value_of(w, CoreKind::field_rshift_u64, w) == expected.right);
}

// A load of `size` bytes at `offset`, shifted up by `left` and down by `right`, must give the bits that the field has.
// Little-endian bit n is bit n of the load; big-endian bit n counts from its top.
void check_by_loading(const Field& field, ByteOrder order) {
  CAPTURE(field.type_size);
  CAPTURE(field.bit_offset);
  CAPTURE(field.bits);
  CAPTURE(static_cast<int>(order));
  const BtfWriter w = table(field, order);
  const auto offset = value_of(w, CoreKind::field_byte_offset, w);
  const auto size = value_of(w, CoreKind::field_byte_size, w);
  const auto left = value_of(w, CoreKind::field_lshift_u64, w);
  const auto right = value_of(w, CoreKind::field_rshift_u64, w);
  REQUIRE(offset >= 0);
  REQUIRE(offset % size == 0);
  REQUIRE(left >= 0);
  REQUIRE(left < 64);
  REQUIRE(right < 64);
  // All bits of the field are ones, all others zeroes.
  unsigned char memory[80] = {};
  for (std::uint32_t bit = field.bit_offset; bit < field.bit_offset + field.bits; ++bit)
    memory[bit / 8] = static_cast<unsigned char>(memory[bit / 8] |
                                                 (order == ByteOrder::little ? 1u << (bit % 8) : 0x80u >> (bit % 8)));
  std::uint64_t loaded = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t at = order == ByteOrder::little ? offset + size - 1 - i : offset + i;
    loaded = loaded << 8 | memory[at];
  }
  const std::uint64_t all_ones = field.bits == 64 ? UINT64_MAX : (std::uint64_t{1} << field.bits) - 1;
  const std::uint64_t field_value = (loaded << left) >> right;
  CHECK(field_value == all_ones);
  // And nothing else of the load is in it.
  std::uint64_t others = size == 8 ? UINT64_MAX : (std::uint64_t{1} << (size * 8)) - 1;
  others &= ~loaded;
  const std::uint64_t rest = (others << left) >> right;
  CHECK(rest == 0);
}

TEST_CASE("core: bit-fields, as the compiler's documents have them") {
  check({4, 0, 0, 1}, ByteOrder::little, {0, 4, 0, 63, 63});
  check({4, test::kSigned, 27, 5}, ByteOrder::little, {0, 4, 1, 32, 59});
  check({4, 0, 32 + 3, 12}, ByteOrder::little, {4, 4, 0, 49, 52});
  check({8, 0, 64 + 1, 40}, ByteOrder::little, {8, 8, 0, 23, 24});
  check({1, 0, 13, 3}, ByteOrder::little, {1, 1, 0, 56, 61});
  check({4, 0, 0, 1}, ByteOrder::big, {0, 4, 0, 32, 63});
  check({4, test::kSigned, 27, 5}, ByteOrder::big, {0, 4, 1, 59, 59});
  check({8, 0, 64 + 1, 40}, ByteOrder::big, {8, 8, 0, 1, 24});
  check({1, 0, 13, 3}, ByteOrder::big, {1, 1, 0, 61, 61});
}

// Packed structures have fields that cross the end of their type: the load grows.
TEST_CASE("core: bit-fields across the end of their type") {
  check({4, 0, 30, 4}, ByteOrder::little, {0, 8, 0, 30, 60});
  check({1, 0, 6, 4}, ByteOrder::little, {0, 2, 0, 54, 60});
  check({1, 0, 14, 4}, ByteOrder::little, {0, 4, 0, 46, 60});
  check({2, 0, 30, 4}, ByteOrder::big, {0, 8, 0, 30, 60});
}

TEST_CASE("core: bit-fields of every size at every place") {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big})
    for (const std::uint32_t type_size : {1u, 2u, 4u, 8u})
      for (std::uint32_t bits = 1; bits <= type_size * 8; bits += type_size == 8 ? 7 : 1)
        for (std::uint32_t place = 0; place < 128; place += 5) {
          if (place / 64 != (place + bits - 1) / 64) continue;  // no load of 8 bytes has it all
          check_by_loading({type_size, 0, place, bits}, order);
        }
}

TEST_CASE("core: bit-fields that no load has are an error") {
  const BtfWriter w = table({8, 0, 60, 8}, ByteOrder::little);
  for (const CoreKind kind : {CoreKind::field_byte_offset, CoreKind::field_byte_size, CoreKind::field_lshift_u64})
    CHECK(outcome(resolve(w, 2, "0:0", kind, w)).find("8 bytes") != std::string::npos);
  // Whether it exists needs no load.
  CHECK(outcome(resolve(w, 2, "0:0", CoreKind::field_exists, w)) == "1");
  const BtfWriter nothing = table({0, 0, 0, 8}, ByteOrder::little);
  CHECK(outcome(resolve(nothing, 2, "0:0", CoreKind::field_byte_size, nothing)).find("no size") != std::string::npos);
}

TEST_CASE("core: members that are no bit-fields are asked the same") {
  check({4, test::kSigned, 64, 0}, ByteOrder::little, {8, 4, 1, 32, 32});
  check({8, 0, 64, 0}, ByteOrder::little, {8, 8, 0, 0, 0});
  check({1, 0, 24, 0}, ByteOrder::little, {3, 1, 0, 56, 56});
  check({4, 0, 64, 0}, ByteOrder::big, {8, 4, 0, 32, 32});
  check({1, 0, 24, 0}, ByteOrder::big, {3, 1, 0, 56, 56});
}

TEST_CASE("core: what the instruction must have held") {
  const BtfWriter plain = table({4, 0, 64, 0}, ByteOrder::little);
  const BtfWriter bitfield = table({4, 0, 64, 3}, ByteOrder::little);
  const auto checked = [](const BtfWriter& w, CoreKind kind) { return resolve(w, 2, "0:0", kind, w)->check_old_value; };
  for (const CoreKind kind : {CoreKind::field_byte_offset, CoreKind::field_byte_size, CoreKind::field_lshift_u64}) {
    CHECK(checked(plain, kind));
    CHECK_FALSE(checked(bitfield, kind));  // compilers choose the load themselves
  }
  for (const CoreKind kind : {CoreKind::field_exists, CoreKind::field_signed, CoreKind::field_rshift_u64}) {
    CHECK(checked(plain, kind));
    CHECK(checked(bitfield, kind));
  }
  const auto fix = resolve(plain, 2, "0:0", CoreKind::field_byte_offset, table({4, 0, 160, 0}, ByteOrder::little));
  CHECK(fix->old_value == 8);
  CHECK(fix->new_value == 20);
}

// A load of one width made one of another: right for what has no sign.
TEST_CASE("core: widths that a load can follow") {
  struct Case {
    Field local;
    Field target;
    bool can_follow;
  };
  const Case cases[] = {
      {{4, 0, 0, 0}, {4, 0, 0, 0}, true},
      {{4, 0, 0, 0}, {8, 0, 0, 0}, true},
      {{8, 0, 0, 0}, {1, 0, 0, 0}, true},
      {{4, test::kSigned, 0, 0}, {4, test::kSigned, 0, 0}, true},
      {{4, test::kSigned, 0, 0}, {4, 0, 0, 0}, true},  // the width is the same
      {{4, test::kSigned, 0, 0}, {8, test::kSigned, 0, 0}, false},
      {{4, test::kSigned, 0, 0}, {8, 0, 0, 0}, false},
      {{4, 0, 0, 0}, {8, test::kSigned, 0, 0}, false},
      {{1, test::kBool, 0, 0}, {4, 0, 0, 0}, true},
      {{4, 0, 0, 0}, {4, 0, 0, 5}, false},  // a bit-field in the kernel
  };
  for (const Case& c : cases) {
    CAPTURE(c.local.type_size);
    CAPTURE(c.target.type_size);
    const auto fix = resolve(table(c.local, ByteOrder::little), 2, "0:0", CoreKind::field_byte_offset,
                             table(c.target, ByteOrder::little));
    REQUIRE(fix.has_value());
    CHECK(fix->incompatible_access == !c.can_follow);
  }
}

TEST_CASE("core: widths of what is no integer") {
  const auto with_member = [](auto make) {
    BtfWriter w;
    const auto integer = w.integer("int", 4);
    const auto type = make(w, integer);
    return std::pair(w, w.composite(test::kStruct, "s", 64, {{"field", type, 0}}));
  };
  const auto e4 = with_member([](BtfWriter& w, TypeId) { return w.add(test::kEnum, "e", 0, 4); });
  const auto e8 = with_member([](BtfWriter& w, TypeId) { return w.add(test::kEnum64, "e", 0, 8); });
  const auto a4 = with_member([](BtfWriter& w, TypeId i) { return w.array(i, i, 4); });
  const auto a8 = with_member([](BtfWriter& w, TypeId i) { return w.array(i, i, 8); });
  const auto s4 = with_member([](BtfWriter& w, TypeId i) { return w.composite(test::kStruct, "i", 4, {{"x", i, 0}}); });
  const auto s8 = with_member([](BtfWriter& w, TypeId i) { return w.composite(test::kUnion, "i", 8, {{"x", i, 0}}); });
  const auto p = with_member([](BtfWriter& w, TypeId i) { return w.pointer(i); });
  const auto incompatible = [](const auto& local, const auto& target) {
    return resolve(local.first, local.second, "0:0", CoreKind::field_byte_offset, target.first)->incompatible_access;
  };
  CHECK(incompatible(e4, e8));
  CHECK_FALSE(incompatible(e4, e4));
  CHECK(incompatible(a4, a8));
  CHECK(incompatible(s4, s8));
  CHECK_FALSE(incompatible(p, p));
}

// The kernel of a machine with 32 bits: its pointers have 4 bytes, which its `long` says.
TEST_CASE("core: pointers of a kernel with 32 bits") {
  const auto make = [](std::uint32_t long_size) {
    BtfWriter w;
    w.integer("int", 4, test::kSigned);
    w.integer("long unsigned int", long_size);
    const auto pointer = w.pointer(1);
    w.composite(test::kStruct, "s", 16, {{"p", pointer, 32}, {"ps", w.array(pointer, 1, 2), 64}});
    return w;
  };
  const auto fix = resolve(make(8), 5, "0:0", CoreKind::field_byte_offset, make(4));
  REQUIRE(fix.has_value());
  CHECK(fix->old_size == 8);
  CHECK(fix->new_size == 4);
  CHECK_FALSE(fix->incompatible_access);
  CHECK(outcome(resolve(make(8), 5, "0:1:1", CoreKind::field_byte_offset, make(4))) == "12");
  CHECK(outcome(resolve(make(8), 5, "0:1", CoreKind::field_byte_size, make(4))) == "8");
}

TEST_CASE("core: signs") {
  const auto sign_of = [](auto make) {
    BtfWriter w;
    const auto type = make(w);
    const auto s = w.composite(test::kStruct, "s", 8, {{"field", type, 0}});
    return outcome(resolve(w, s, "0:0", CoreKind::field_signed, w));
  };
  CHECK(sign_of([](BtfWriter& w) { return w.integer("int", 4, test::kSigned); }) == "1");
  CHECK(sign_of([](BtfWriter& w) { return w.integer("char", 1, test::kSigned | test::kChar); }) == "1");
  CHECK(sign_of([](BtfWriter& w) { return w.integer("unsigned", 4); }) == "0");
  CHECK(sign_of([](BtfWriter& w) { return w.integer("bool", 1, test::kBool); }) == "0");
  CHECK(sign_of([](BtfWriter& w) { return w.add(test::kEnum, "e", 0, 4); }) == "0");
  CHECK(sign_of([](BtfWriter& w) { return w.add(test::kEnum, "e", 0, 4, {}, true); }) == "1");
  CHECK(sign_of([](BtfWriter& w) { return w.add(test::kEnum64, "e", 0, 8, {}, true); }) == "1");
  CHECK(sign_of([](BtfWriter& w) { return w.pointer(0); }) == "0");
  CHECK(sign_of([](BtfWriter& w) { return w.add(test::kTypedef, "pid_t", 0, w.integer("int", 4, test::kSigned)); }) ==
        "1");
}

// ---- enumerators ----

BtfWriter enumeration(std::uint32_t kind, bool is_signed, std::uint64_t value, const char* name = "A") {
  BtfWriter w;
  std::vector<std::uint32_t> words = {w.string("OTHER"), 1};
  if (kind == test::kEnum64) words.push_back(0);
  words.insert(words.end(), {w.string(name), static_cast<std::uint32_t>(value)});
  if (kind == test::kEnum64) words.push_back(static_cast<std::uint32_t>(value >> 32));
  w.add(kind, "e", 2, kind == test::kEnum64 ? 8 : 4, words, is_signed);
  return w;
}

TEST_CASE("core: enumerators of 32 and 64 bits") {
  struct Case {
    std::uint32_t kind;
    bool is_signed;
    std::uint64_t value;
    std::uint64_t new_value;
    std::uint64_t new_unsigned;
  };
  constexpr auto kMinusOne = UINT64_MAX;
  const Case cases[] = {
      {test::kEnum, false, 7, 7, 7},
      {test::kEnum, true, 7, 7, 7},
      {test::kEnum, true, kMinusOne, kMinusOne, kMinusOne},
      // Which of the two the flag does not say: see CoreFix.
      {test::kEnum, false, 0xffffffff, kMinusOne, 0xffffffff},
      {test::kEnum, false, 0x80000000, 0xffffffff80000000, 0x80000000},
      {test::kEnum, true, 0x80000000, 0xffffffff80000000, 0xffffffff80000000},
      {test::kEnum64, false, 0x123456789abcdef0, 0x123456789abcdef0, 0x123456789abcdef0},
      {test::kEnum64, false, 0xffffffff, 0xffffffff, 0xffffffff},
      {test::kEnum64, true, kMinusOne, kMinusOne, kMinusOne},
      {test::kEnum64, true, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000},
  };
  const BtfWriter local = enumeration(test::kEnum, false, 5);
  for (const Case& c : cases) {
    CAPTURE(c.value);
    const auto fix = resolve(local, 1, "1", CoreKind::enumval_value, enumeration(c.kind, c.is_signed, c.value));
    REQUIRE(fix.has_value());
    CHECK(fix->old_value == 5);
    CHECK(fix->old_unsigned == 5);
    CHECK(fix->new_value == c.new_value);
    CHECK(fix->new_unsigned == c.new_unsigned);
    CHECK(fix->check_old_value);
    CHECK_FALSE(fix->poison);
  }
}

TEST_CASE("core: enumerators by their essential names") {
  const auto value = [](const char* local, const char* target, CoreKind kind) {
    return outcome(
        resolve(enumeration(test::kEnum, false, 5, local), 1, "1", kind, enumeration(test::kEnum64, false, 6, target)));
  };
  CHECK(value("A", "A", CoreKind::enumval_value) == "6");
  CHECK(value("A___local", "A", CoreKind::enumval_value) == "6");
  CHECK(value("A", "A___target", CoreKind::enumval_value) == "6");
  CHECK(value("A___x", "A___y", CoreKind::enumval_exists) == "1");
  CHECK(value("A", "B", CoreKind::enumval_value) == "poison");
  CHECK(value("A", "B", CoreKind::enumval_exists) == "0");
  CHECK(value("A", "AB", CoreKind::enumval_exists) == "0");
}

TEST_CASE("core: accesses that are no enumerator") {
  const BtfWriter w = enumeration(test::kEnum, false, 5);
  for (const std::string access : {"2", "0:0", "", "x", "1:"}) {
    CAPTURE(access);
    CHECK(outcome(resolve(w, 1, access, CoreKind::enumval_value, w)).starts_with("error: "));
  }
  BtfWriter integer;
  integer.integer("e", 4);
  CHECK(outcome(resolve(integer, 1, "0", CoreKind::enumval_exists, integer)).find("no enumerator") !=
        std::string::npos);
  // A typedef of one is one.
  BtfWriter alias = w;
  const auto id = alias.add(test::kTypedef, "e_t", 0, 1);
  CHECK(outcome(resolve(alias, id, "1", CoreKind::enumval_value, alias)) == "5");
}

// ---- types ----

TEST_CASE("core: questions about types") {
  BtfWriter local;
  const auto integer = local.integer("int", 4);
  const auto s = local.composite(test::kStruct, "s", 4, {{"a", integer, 0}});
  const auto missing = local.composite(test::kStruct, "missing", 4, {{"a", integer, 0}});
  BtfWriter target;
  const auto wide = target.integer("long", 8);
  const auto target_s = target.composite(test::kStruct, "s___v2", 16, {{"b", wide, 0}});
  const auto ask = [&](TypeId type, CoreKind kind) { return outcome(resolve(local, type, "0", kind, target)); };
  CHECK(ask(s, CoreKind::type_exists) == "1");
  CHECK(ask(s, CoreKind::type_size) == "16");
  CHECK(ask(s, CoreKind::type_matches) == "0");
  CHECK(ask(s, CoreKind::type_id_local) == std::to_string(s));
  CHECK(ask(s, CoreKind::type_id_target) == std::to_string(target_s));
  CHECK(ask(missing, CoreKind::type_exists) == "0");
  CHECK(ask(missing, CoreKind::type_size) == "0");
  CHECK(ask(missing, CoreKind::type_matches) == "0");
  CHECK(ask(missing, CoreKind::type_id_local) == std::to_string(missing));
  CHECK(ask(missing, CoreKind::type_id_target) == "0");
  // A number of a type may have changed without the instruction: linkers do that.
  CHECK_FALSE(resolve(local, s, "0", CoreKind::type_id_local, target)->check_old_value);
  CHECK_FALSE(resolve(local, s, "0", CoreKind::type_id_target, target)->check_old_value);
  CHECK_FALSE(resolve(local, missing, "0", CoreKind::type_id_target, target)->check_old_value);
  CHECK(resolve(local, missing, "0", CoreKind::type_exists, target)->check_old_value);
  CHECK(resolve(local, missing, "0", CoreKind::type_exists, target)->old_value == 1);
  CHECK(resolve(local, missing, "0", CoreKind::type_size, target)->old_value == 4);
  for (const std::string access : {"", "1", "0:0", "00"}) {
    CAPTURE(access);
    CHECK(outcome(resolve(local, s, access, CoreKind::type_exists, target)).starts_with("error: "));
  }
}

TEST_CASE("core: the size of a type that has none") {
  BtfWriter w;
  const auto declared = w.add(test::kFwd, "s", 0, 0);
  CHECK(outcome(resolve(w, declared, "0", CoreKind::type_exists, w)) == "1");
  CHECK(outcome(resolve(w, declared, "0", CoreKind::type_size, w)).find("has no size") != std::string::npos);
}

}  // namespace
}  // namespace ebpf::btf
