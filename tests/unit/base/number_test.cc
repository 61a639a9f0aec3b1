// Integers in texts: what is refused, and the ends of the ranges, against std::from_chars and std::to_chars.
#include "ebpf/base/number.h"

#include <charconv>
#include <random>

#include "tests/support/test.h"

using namespace ebpf;

namespace {

std::string decimal(std::uint64_t number) {
  std::string out;
  append_number(out, number);
  return out;
}

}  // namespace

TEST_CASE("number: a whole text of digits, and nothing else") {
  CHECK(parse_unsigned("0") == 0);
  CHECK(parse_unsigned("007") == 7);
  CHECK(parse_unsigned("18446744073709551615") == UINT64_MAX);
  CHECK(parse_unsigned("00000000000000000000018446744073709551615") == UINT64_MAX);
  CHECK(parse_unsigned("fFff", 16) == 0xffff);
  CHECK(parse_unsigned("777", 8) == 0777);
  for (const char* wrong : {"", " ", "+1", "-1", " 1", "1 ", "1x", "x1", "0x1", "1.0", "a", "18446744073709551616",
                            "18446744073709551620", "99999999999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_unsigned(wrong));
  }
  for (const char* wrong : {"", "g", "@", "`", "0x1", "10000000000000000"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_unsigned(wrong, 16));
  }
  CHECK_FALSE(parse_unsigned("8", 8));
}

TEST_CASE("number: more than the most is refused") {
  CHECK(parse_unsigned("4294967295", 10, UINT32_MAX) == UINT32_MAX);
  CHECK_FALSE(parse_unsigned("4294967296", 10, UINT32_MAX));
  std::string_view text = "4294967296:1";
  CHECK_FALSE(take_unsigned(text, 10, UINT32_MAX));
  CHECK(text == "4294967296:1");
}

TEST_CASE("number: the digits in front are taken away, or the text stays") {
  std::string_view text = "12:ffg";
  CHECK(take_unsigned(text) == 12);
  CHECK(text == ":ffg");
  CHECK_FALSE(take_unsigned(text));
  CHECK(text == ":ffg");
  text.remove_prefix(1);
  CHECK(take_unsigned(text, 16) == 0xff);
  CHECK(text == "g");
  text = "18446744073709551616 ";
  CHECK_FALSE(take_unsigned(text));
  CHECK(text.size() == 21);
}

TEST_CASE("number: a sign and a prefix") {
  const auto is = [](std::string_view text, std::uint64_t magnitude, bool is_negative) {
    const auto number = parse_signed(text);
    return number && number->magnitude == magnitude && number->is_negative == is_negative;
  };
  CHECK(is("12", 12, false));
  CHECK(is("-12", 12, true));
  CHECK(is("0x1F", 31, false));
  CHECK(is("-0X1f", 31, true));
  CHECK(is("-18446744073709551615", UINT64_MAX, true));
  for (const char* wrong : {"", "-", "0x", "-0x", "--1", "+1", "0x-1", "1f", "0x1g"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_signed(wrong));
  }
}

TEST_CASE("number: what is written is what std::to_chars writes, and is read again") {
  std::mt19937_64 random(1);
  char digits[80];
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t number = random() >> random() % 64;
    for (const int base : {10, 16}) {
      const std::string wanted(digits, std::to_chars(std::begin(digits), std::end(digits), number, base).ptr);
      std::string out;
      append_number(out, number, static_cast<unsigned>(base));
      REQUIRE(out == wanted);
      REQUIRE(parse_unsigned(out, static_cast<unsigned>(base)) == number);
    }
    const auto negative = static_cast<std::int64_t>(number);
    std::string out;
    append_signed(out, negative);
    REQUIRE(out == std::string(digits, std::to_chars(std::begin(digits), std::end(digits), negative).ptr));
  }
  std::string least;
  append_signed(least, INT64_MIN);
  CHECK(least == "-9223372036854775808");
}

TEST_CASE("number: 128 bits") {
  const auto wide = [](std::uint64_t high, std::uint64_t low) {
    std::string out;
    append_wide(out, high, low);
    return out;
  };
  CHECK(wide(0, 0) == "0");
  CHECK(wide(0, UINT64_MAX) == decimal(UINT64_MAX));
  CHECK(wide(1, 0) == "18446744073709551616");
  CHECK(wide(UINT64_MAX, UINT64_MAX) == "340282366920938463463374607431768211455");
  std::mt19937_64 random(2);
  __extension__ using Wide = unsigned __int128;
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t high = random() >> random() % 64, low = random();
    std::string wanted;
    for (Wide left = Wide{high} << 64 | low; left != 0 || wanted.empty(); left /= 10)
      wanted.insert(wanted.begin(), static_cast<char>('0' + static_cast<int>(left % 10)));
    REQUIRE(wide(high, low) == wanted);
  }
}

TEST_CASE("number: bytes are two digits") {
  std::string out;
  for (const int byte : {0, 9, 0xa0, 0xff}) append_byte(out, static_cast<unsigned char>(byte));
  CHECK(out == "0009a0ff");
}
