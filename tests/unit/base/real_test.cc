// Floating point numbers in texts, against strtod and strtof of the C library, and std::to_chars, which writes the
// shortest digits, too.
#include "ebpf/base/real.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include "tests/support/test.h"

using namespace ebpf;

namespace {

template <class Real>
struct Of;
template <>
struct Of<double> {
  using Bits = std::uint64_t;
  static constexpr auto& parse = parse_double;
  static double reference(const char* text) { return std::strtod(text, nullptr); }
};
template <>
struct Of<float> {
  using Bits = std::uint32_t;
  static constexpr auto& parse = parse_float;
  static float reference(const char* text) { return std::strtof(text, nullptr); }
};

// The digits and the exponent that a text comes to: "1.5e+300" and "0.015" are 15 and some number.
std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, text.find('e')))
    if (c >= '0' && c <= '9' && !(out.empty() && c == '0')) out += c;
  while (out.ends_with('0')) out.pop_back();
  return out;
}

template <class Real>
bool same(std::optional<Real> read, Real wanted) {
  using Bits = typename Of<Real>::Bits;
  return read && std::bit_cast<Bits>(*read) == std::bit_cast<Bits>(wanted);
}

// Writes the number, and reads it again.
template <class Real>
void round_trip(Real value) {
  if (!std::isfinite(value)) return;
  char shortest[64];
  const auto end = std::to_chars(std::begin(shortest), std::end(shortest), value, std::chars_format::scientific).ptr;
  const std::string text = real_text(value);
  CAPTURE(text);
  REQUIRE(digits_of(text) == digits_of(std::string_view(shortest, end)));
  REQUIRE(std::bit_cast<typename Of<Real>::Bits>(Of<Real>::reference(text.c_str())) ==
          std::bit_cast<typename Of<Real>::Bits>(value));
  REQUIRE(same(Of<Real>::parse(text), value));
}

// Reads as the C library does. What is too great is refused.
template <class Real>
void reads_alike(const std::string& text) {
  CAPTURE(text);
  const Real wanted = Of<Real>::reference(text.c_str());
  const auto read = Of<Real>::parse(text);
  if (std::isinf(wanted))
    REQUIRE_FALSE(read);
  else
    REQUIRE(same(read, wanted));
}

// All digits of what is half way between a number and the next: a double's has one bit more.
std::string half_way_text(double a) {
  char text[1200];
  // A long double holds it exactly, and printf writes it exactly.
  const long double between = (static_cast<long double>(a) + static_cast<long double>(std::nextafter(a, HUGE_VAL))) / 2;
  std::snprintf(text, sizeof text, "%.780Le", between);
  return text;
}

}  // namespace

TEST_CASE("real: the shortest text, in the layout of %.17g") {
  CHECK(real_text(0.0) == "0");
  CHECK(real_text(-0.0) == "-0");
  CHECK(real_text(0.1) == "0.1");
  CHECK(real_text(0.1f) == "0.1");
  CHECK(real_text(0.1 + 0.2) == "0.30000000000000004");
  CHECK(real_text(-12.0) == "-12");
  CHECK(real_text(1e16) == "10000000000000000");
  CHECK(real_text(1e17) == "1e+17");
  CHECK(real_text(123456789012345678.0) == "1.2345678901234568e+17");
  CHECK(real_text(1e-4) == "0.0001");
  CHECK(real_text(1.25e-5) == "1.25e-05");
  CHECK(real_text(1e300) == "1e+300");
  CHECK(real_text(5e-324) == "5e-324");
  CHECK(real_text(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(real_text(std::numeric_limits<float>::max()) == "3.4028235e+38");
  CHECK(real_text(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(real_text(-std::numeric_limits<float>::infinity()) == "-inf");
  CHECK(real_text(std::nan("")) == "nan");
}

TEST_CASE("real: fewer digits are rounded ones") {
  CHECK(real_text(0.1 + 0.2, 12) == "0.3");
  CHECK(real_text(2.0 / 3, 3) == "0.667");
  CHECK(real_text(99.96, 3) == "100");
  CHECK(real_text(129.96, 4) == "130");
  CHECK(real_text(-1234567.0, 3) == "-1230000");
  CHECK(real_text(9.99e300, 2) == "1e+301");
}

TEST_CASE("real: what is no number is refused") {
  for (const char* wrong :
       {"",   " ",   ".",    "-",     "+",    "e5",    ".e5", "1e",      "1e+",  "1e-",   "1e5x",   "1x",   " 1",
        "1 ", "--1", "1..2", "1.2.3", "0x10", "1e5.0", "i",   "infinit", "nanx", "1e400", "-1e400", "2e308"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_double(wrong));
  }
  CHECK_FALSE(parse_float("4e38"));
  CHECK(parse_double("+1.5") == 1.5);
  CHECK(parse_double("1.") == 1);
  CHECK(parse_double(".5") == 0.5);
  CHECK(parse_double("1E2") == 100);
  CHECK(parse_double("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(std::isnan(parse_double("nan").value_or(0)));
  CHECK(same<double>(parse_double("-0"), -0.0));
  CHECK(same<double>(parse_double("-1e-400"), -0.0));
}

TEST_CASE("real: any bits are written as the shortest text, and read again") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 30'000; ++i) {
    round_trip(std::bit_cast<double>(random()));
    round_trip(std::bit_cast<double>(random() & 0x800f'ffff'ffff'ffff));  // below the normal ones
    round_trip(static_cast<double>(random() % 1'000'000) / 1000);
    round_trip(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
    round_trip(std::bit_cast<float>(static_cast<std::uint32_t>(random()) & 0x807f'ffff));
  }
}

TEST_CASE("real: powers of two and of ten, and their neighbours") {
  const auto around = [](auto value) {
    using Real = decltype(value);
    constexpr Real kInfinity = std::numeric_limits<Real>::infinity();
    for (const Real each : {value, std::nextafter(value, kInfinity), std::nextafter(value, -kInfinity)})
      round_trip(each);
  };
  for (int exponent = -1074; exponent < 1024; ++exponent) around(std::ldexp(1.0, exponent));
  for (int exponent = -149; exponent < 128; ++exponent) around(std::ldexp(1.0f, exponent));
  for (int exponent = -324; exponent <= 308; ++exponent)
    around(std::strtod(("1e" + std::to_string(exponent)).c_str(), nullptr));
  round_trip(std::numeric_limits<double>::max());
  round_trip(std::numeric_limits<double>::min());
}

TEST_CASE("real: random texts are read as the C library reads them") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 30'000; ++i) {
    std::string text = random() % 2 ? "-" : "";
    const std::size_t digits = 1 + random() % (i % 16 == 0 ? 900 : 25);
    const std::size_t point = random() % (digits + 1);
    for (std::size_t at = 0; at < digits; ++at) {
      if (at == point) text += '.';
      text += static_cast<char>('0' + random() % 10);
    }
    text += 'e' + std::to_string(static_cast<int>(random() % 720) - 380);
    reads_alike<double>(text);
    reads_alike<float>(text);
  }
}

TEST_CASE("real: half way between two numbers the even one is read, and beside it the nearer one") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2'000; ++i) {
    const double value = std::bit_cast<double>(random() & ~(std::uint64_t{1} << 63));
    if (!(value < std::numeric_limits<double>::max())) continue;
    // Subnormal numbers' middles are exact in a long double as well.
    const std::string text = half_way_text(i % 8 == 0 ? value * 0x1p-1000 : value);
    const std::size_t mark = text.find('e');
    reads_alike<double>(text);
    reads_alike<double>(text.substr(0, mark) + "1" + text.substr(mark));
    reads_alike<double>(text.substr(0, mark) + std::string(300, '0') + "1" + text.substr(mark));
  }
  for (const double value : {0.0, std::numeric_limits<double>::min(), 0x1p-1073, 0x1.fffffffffffffp-1023})
    reads_alike<double>(half_way_text(value));
  // Of the greatest and infinity.
  reads_alike<double>("1.797693134862315807e308");
  reads_alike<double>("1.797693134862315808e308");
  reads_alike<double>("1.7976931348623158079e308");
}

TEST_CASE("real: a text of a million digits is a number like any other") {
  const std::string zeros(1'000'000, '0');
  CHECK(parse_double("0." + zeros + "1") == 0);
  CHECK(parse_double("0." + zeros + "1e1000001") == 1);
  CHECK(parse_double("1" + zeros + "e-1000000") == 1);
  CHECK(parse_double(zeros + "." + zeros) == 0);
  CHECK(parse_double(std::string(1'000'000, '9') + "e-1000000") == 1);
  CHECK(parse_double("0e" + std::string(1'000'000, '9')) == 0);
  CHECK(parse_double("1e-" + std::string(1'000'000, '9')) == 0);
  CHECK_FALSE(parse_double("1e" + std::string(1'000'000, '9')));
  // Half way, but for a digit very far behind.
  CHECK(parse_double("9007199254740993." + zeros) == 9007199254740992.0);
  CHECK(parse_double("9007199254740993." + zeros + "1") == 9007199254740994.0);
}
