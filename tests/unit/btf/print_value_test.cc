// Values as text and JSON, of types made by hand. (Those of a compiler: tests/unit/cli/value_test.cc.)
#include "ebpf/btf/print_value.h"

#include <string>
#include <vector>

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

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

std::string json_of(const Spec& types, TypeId type, std::span<const std::byte> bytes, ByteOrder order) {
  Json json;
  value_to_json(json, types, type, bytes, order);
  return json.text();
}

TEST_CASE("value: 128-bit integers in either byte order") {
  BtfWriter w;
  const auto wide = w.integer("__int128", 16, test::kSigned);
  const auto wide_unsigned = w.integer("unsigned __int128", 16);
  const Spec types = parsed(w);
  std::vector<std::byte> minus_two(16, std::byte{0xff});
  minus_two[0] = std::byte{0xfe};
  CHECK(value_to_text(types, wide, minus_two, ByteOrder::little) == "-2");
  CHECK(value_to_text(types, wide_unsigned, minus_two, ByteOrder::little) == "340282366920938463463374607431768211454");
  std::vector<std::byte> big(16);
  big[15] = std::byte{7};
  CHECK(value_to_text(types, wide, big, ByteOrder::big) == "7");
  CHECK(json_of(types, wide, big, ByteOrder::big) == "\"7\"");
}

TEST_CASE("value: enumerators, flags, and values that are neither") {
  BtfWriter w;
  const auto flags =
      w.add(test::kEnum, "flags", 4, 4, {w.string("NONE"), 0, w.string("A"), 1, w.string("B"), 2, w.string("C"), 8});
  const auto plain = w.add(test::kEnum, "plain", 3, 4, {w.string("X"), 1, w.string("Y"), 2, w.string("Z"), 3});
  const auto wide = w.add(test::kEnum64, "wide", 1, 8, {w.string("LOW"), 0xfffffffe, 0xffffffff}, true);
  const auto high = w.add(test::kEnum64, "high", 1, 8, {w.string("HIGH"), 0, 0x80000000});
  const Spec types = parsed(w);
  const auto text = [&](TypeId id, int value) {
    return value_to_text(types, id, bytes_of({value, 0, 0, 0}), ByteOrder::little);
  };
  CHECK(text(flags, 0) == "NONE");
  CHECK(text(flags, 8) == "C");
  CHECK(text(flags, 11) == "A|B|C");
  CHECK(text(flags, 5) == "5");
  CHECK(text(plain, 3) == "Z");
  CHECK(text(plain, 7) == "7");
  CHECK(value_to_text(types, wide, bytes_of({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), ByteOrder::little) ==
        "LOW");
  // Of an enumeration without a sign the highest bit is none.
  const std::vector<std::byte> highest = bytes_of({0, 0, 0, 0, 0, 0, 0, 0x80});
  const std::vector<std::byte> all = bytes_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  CHECK(value_to_text(types, high, highest, ByteOrder::little) == "HIGH");
  CHECK(value_to_text(types, high, all, ByteOrder::little) == "18446744073709551615");
  CHECK(json_of(types, high, highest, ByteOrder::little) == "9223372036854775808");
  CHECK(json_of(types, wide, all, ByteOrder::little) == "-1");
}

TEST_CASE("value: bit-fields of old BTF, whose size is that of their type") {
  BtfWriter w;
  const auto three = w.add(test::kInt, "int", 0, 4, {test::kSigned | 3});
  const auto old = w.composite(test::kStruct, "old", 4, {{"low", three, 0}, {"high", three, 3}});
  const Spec types = parsed(w);
  CHECK(value_to_text(types, old, bytes_of({53, 0, 0, 0}), ByteOrder::little) == "{low = -3, high = -2}");
}

TEST_CASE("value: an array without a length takes what is left") {
  BtfWriter w;
  const auto byte = w.integer("unsigned char", 1);
  const auto half = w.integer("unsigned short", 2);
  const auto array = w.array(half, byte, 0);
  const auto flexible = w.composite(test::kStruct, "flexible", 2, {{"n", byte, 0}, {"data", array, 16}});
  const auto fixed = w.composite(test::kStruct, "fixed", 2, {{"n", byte, 0}, {"m", byte, 8}});
  const Spec types = parsed(w);
  CHECK(json_of(types, flexible, bytes_of({1, 0}), ByteOrder::little) == R"({"n":1,"data":[]})");
  CHECK(json_of(types, flexible, bytes_of({1, 0, 2, 0, 3, 0, 9}), ByteOrder::little) == R"({"n":1,"data":[2,3]})");
  CHECK(value_to_text(types, fixed, bytes_of({1, 2, 3}), ByteOrder::little) == "010203");
  CHECK(value_to_text(types, flexible, bytes_of({1}), ByteOrder::little) == "1");
}

TEST_CASE("value: bit-fields of either byte order, and ones that are not inside") {
  for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
    BtfWriter w(order);
    const auto word = w.integer("unsigned int", 4);
    const auto bits =
        w.composite(test::kStruct, "bits", 4,
                    {{"a", word, 4u << 24}, {"b", word, 12u << 24 | 4}, {"far", word, 4u << 24 | 40}}, true);
    const Spec types = parsed(w);
    const auto bytes = order == ByteOrder::little ? bytes_of({0x35, 0x12, 0, 0}) : bytes_of({0x51, 0x23, 0, 0});
    CHECK(json_of(types, bits, bytes, order) == R"({"a":5,"b":291,"far":"?"})");
  }
}

TEST_CASE("value: types that multiply or contain themselves end") {
  BtfWriter doubling;
  for (std::uint32_t i = 1; i <= 30; ++i) doubling.composite(test::kUnion, "u", 4, {{"a", i + 1, 0}, {"b", i + 1, 0}});
  doubling.integer("int", 4);
  const Spec wide = parsed(doubling);
  CHECK(value_to_text(wide, 1, bytes_of({1, 0, 0, 0}), ByteOrder::little).size() < 10'000'000);

  BtfWriter circle;
  circle.composite(test::kStruct, "s", 4, {{"", 1, 0}, {"again", 1, 0}});
  CHECK(value_to_text(parsed(circle), 1, bytes_of({1, 0, 0, 0}), ByteOrder::little).size() < 10'000'000);
  CHECK(value_to_text(parsed(circle), 99, bytes_of({1, 0, 0, 0}), ByteOrder::little) == "1");
}

}  // namespace
}  // namespace ebpf::btf
