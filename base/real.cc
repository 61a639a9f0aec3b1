// Integers of many words do both: nothing is rounded until the last step, which compares exactly.
//
// Reading: the text is a fraction N / S of integers. It is brought between 1 and 2 by a power of two, the exponent;
// then doubling N gives one bit of the mantissa after another, and what is left of N is what rounding goes by.
//
// Writing: Steele and White, "How to Print Floating-Point Numbers Accurately" (1990), with the correction for the
// neighbour below a power of two, which is nearer than the one above: digits are those of the fraction R / S, and end
// where the rest is within half the way to a neighbour.
#include "ebpf/base/real.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "ebpf/base/number.h"

namespace ebpf {
namespace {

// What IEEE 754 says of a type.
struct Format {
  int mantissa_bits;   // without the first, which is not stored
  int least_exponent;  // of a normal number
  int all_bits;

  std::uint64_t hidden_bit() const { return std::uint64_t{1} << mantissa_bits; }
  std::uint64_t sign_bit() const { return std::uint64_t{1} << (all_bits - 1); }
  std::uint64_t infinity() const { return sign_bit() - hidden_bit(); }
};
constexpr Format kDouble = {52, -1022, 64};
constexpr Format kFloat = {23, -126, 32};

// Digits behind these only say whether the number is greater than what is before them: the longest number that lies
// half way between two doubles has 767.
constexpr int kMostDigits = 800;
// Numbers from 10^310 on are infinite, and those below 10^-330 nothing.
constexpr std::int64_t kMostPoint = 310;
constexpr std::int64_t kLeastPoint = -330;
// The greatest is a denominator: 10 to the power of kMostDigits - kLeastPoint, and some bits.
constexpr int kWords = 120;

// A number of at most 32 * kWords bits, the lowest word first; no zeros on top.
class Large {
 public:
  explicit Large(std::uint64_t value) {
    for (; value != 0; value >>= 32) words_[size_++] = static_cast<std::uint32_t>(value);
  }

  void multiply(std::uint32_t factor, std::uint32_t and_add = 0) {
    std::uint64_t carry = and_add;
    for (int i = 0; i < size_; ++i) {
      carry += std::uint64_t{words_[i]} * factor;
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words_[size_++] = static_cast<std::uint32_t>(carry);
  }

  void multiply_by_power_of_10(std::int64_t exponent) {
    for (; exponent >= 9; exponent -= 9) multiply(1'000'000'000);
    for (; exponent > 0; --exponent) multiply(10);
  }

  void shift_left(int bits) {
    for (; bits >= 31; bits -= 31) multiply(1u << 31);
    if (bits > 0) multiply(1u << bits);
  }

  // Of two numbers the sum, or their difference where this one is not the smaller.
  void add(const Large& other) { combine(other, 1); }
  void subtract(const Large& other) { combine(other, -1); }

  // Below, at or above zero, as this number is less than, equal to or greater than the other.
  int compare(const Large& other) const {
    if (size_ != other.size_) return size_ - other.size_;
    for (int i = size_; i-- > 0;)
      if (words_[i] != other.words_[i]) return words_[i] < other.words_[i] ? -1 : 1;
    return 0;
  }

  int bits() const { return size_ == 0 ? 0 : 32 * size_ - std::countl_zero(words_[size_ - 1]); }

 private:
  void combine(const Large& other, int sign) {
    std::int64_t carry = 0;
    for (int i = 0; i < std::max(size_, other.size_) || carry > 0; ++i) {
      if (i == size_) words_[size_++] = 0;
      carry += words_[i];
      if (i < other.size_) carry += sign * std::int64_t{other.words_[i]};
      words_[i] = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    while (size_ > 0 && words_[size_ - 1] == 0) --size_;
  }

  std::uint32_t words_[kWords] = {};
  int size_ = 0;
};

// ---- Reading ----

// 0.DIGITS times 10 to the power of `point`.
struct Decimal {
  Large digits{0};
  int count = 0;  // of the digits
  std::int64_t point = 0;
  bool is_cut = false;  // behind the digits there are others that are not all zeros
};

// Takes digits from the front of the text. Returns how many.
std::int64_t take_digits(std::string_view& text, bool behind_point, Decimal& out) {
  const std::size_t before = text.size();
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    const auto digit = static_cast<std::uint32_t>(text.front() - '0');
    const bool is_leading_zero = out.count == 0 && digit == 0;
    if (!is_leading_zero && !behind_point) ++out.point;
    if (is_leading_zero && behind_point) --out.point;
    if (is_leading_zero) continue;
    if (out.count == kMostDigits) {
      out.is_cut = out.is_cut || digit != 0;
      continue;
    }
    out.digits.multiply(10, digit);
    ++out.count;
  }
  return static_cast<std::int64_t>(before - text.size());
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

// The digits of an exponent. One that is greater than any text is long stays so.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  const bool is_negative = text.starts_with('-');
  (void)take(text, "+-");
  if (text.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1))
    exponent = std::min(exponent * 10 + (text.front() - '0'), kMost / 10);
  return is_negative ? -exponent : exponent;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  Decimal out;
  std::int64_t digits = take_digits(text, false, out);
  if (take(text, ".")) digits += take_digits(text, true, out);
  if (digits == 0) return std::nullopt;
  if (take(text, "eE")) {
    const auto exponent = take_exponent(text);
    if (!exponent) return std::nullopt;
    out.point += *exponent;
  }
  if (!text.empty()) return std::nullopt;
  return out;
}

// The bits of the number of the format that is nearest.
std::uint64_t nearest(Decimal& decimal, const Format& format) {
  if (decimal.count == 0 || decimal.point < kLeastPoint) return 0;
  if (decimal.point > kMostPoint) return format.infinity();
  if (decimal.is_cut) {
    decimal.digits.multiply(10, 1);
    ++decimal.count;
  }
  Large& n = decimal.digits;
  Large s(1);
  n.multiply_by_power_of_10(decimal.point - decimal.count);
  s.multiply_by_power_of_10(decimal.count - decimal.point);
  int exponent = n.bits() - s.bits();
  n.shift_left(-exponent);
  s.shift_left(exponent);
  if (n.compare(s) < 0) {
    n.shift_left(1);
    --exponent;
  }
  // From here on 1 <= n / s < 2. A number below the normal ones has fewer bits; one that has none may still be rounded
  // up to the least.
  const int wanted = format.mantissa_bits + 1 + std::min(0, exponent - format.least_exponent);
  if (wanted < 0) return 0;
  std::uint64_t mantissa = 0;
  for (int i = 0; i < wanted; ++i) {
    const bool bit = n.compare(s) >= 0;
    if (bit) n.subtract(s);
    mantissa = mantissa << 1 | (bit ? 1 : 0);
    n.shift_left(1);
  }
  const int rest = n.compare(s);
  if (rest > 0 || (rest == 0 && (mantissa & 1) != 0)) ++mantissa;
  // The first bit of a normal number's mantissa adds 1 to the exponent, and so does a mantissa that was rounded up to
  // the next power of two.
  if (wanted <= format.mantissa_bits) return mantissa;
  const auto steps = static_cast<std::uint64_t>(exponent - format.least_exponent);
  return std::min((steps << format.mantissa_bits) + mantissa, format.infinity());
}

std::optional<std::uint64_t> parse(std::string_view text, const Format& format) {
  const std::uint64_t sign = text.starts_with('-') ? format.sign_bit() : 0;
  (void)take(text, "+-");
  if (text == "inf" || text == "infinity") return sign | format.infinity();
  if (text == "nan") return sign | format.infinity() | format.hidden_bit() >> 1;
  auto decimal = read_decimal(text);
  if (!decimal) return std::nullopt;
  const std::uint64_t magnitude = nearest(*decimal, format);
  if (magnitude == format.infinity()) return std::nullopt;
  return sign | magnitude;
}

// ---- Writing ----

// The shortest digits that read as the number and, of those, the nearest to it; then 0.DIGITS times 10 to the power of
// what is returned is the number. `magnitude` is neither 0 nor infinite.
int shortest_digits(std::uint64_t magnitude, const Format& format, std::string& digits) {
  const std::uint64_t fraction = magnitude & (format.hidden_bit() - 1);
  const int raised = static_cast<int>(magnitude >> format.mantissa_bits);
  const std::uint64_t mantissa = raised == 0 ? fraction : fraction | format.hidden_bit();
  const int exponent = std::max(raised, 1) - 1 + format.least_exponent - format.mantissa_bits;
  const bool is_nearer_below = fraction == 0 && raised > 1;
  const bool is_even = (mantissa & 1) == 0;  // what lies half way to a neighbour reads as this number

  // All of them four times as large, so that a quarter of a step is an integer.
  Large r(mantissa * 4);
  Large s(4);
  Large below(is_nearer_below ? 1 : 2);
  Large above(2);
  for (Large* each : {&r, &below, &above}) each->shift_left(exponent);
  s.shift_left(-exponent);
  const auto reaches = [&] {
    Large sum = r;
    sum.add(above);
    const int rest = sum.compare(s);
    return rest > 0 || (rest == 0 && is_even);
  };
  const auto next_digit = [&] {
    for (Large* each : {&r, &below, &above}) each->multiply(10);
  };

  int point = 0;
  for (; reaches(); ++point) s.multiply(10);
  for (next_digit(); !reaches(); --point) next_digit();
  for (;; next_digit()) {
    char digit = '0';
    for (; r.compare(s) >= 0; ++digit) r.subtract(s);
    const int rest = r.compare(below);
    const bool may_end_low = rest < 0 || (rest == 0 && is_even);
    const bool may_end_high = reaches();
    if (may_end_low && may_end_high) {
      r.shift_left(1);
      const int half = r.compare(s);
      if (half > 0 || (half == 0 && (digit & 1) != 0)) ++digit;
    } else if (may_end_high) {
      ++digit;
    }
    digits.push_back(digit);
    if (may_end_low || may_end_high) return point;
  }
}

// Rounds to so many digits. Returns 1 where that gave 0.DIGITS another digit in front.
int round_digits(std::string& digits, std::size_t most) {
  if (digits.size() <= most) return 0;
  const bool up = digits[most] >= '5';
  digits.resize(most);
  while (up && digits.ends_with('9')) digits.pop_back();
  if (up && digits.empty()) {
    digits += '1';
    return 1;
  }
  if (up) ++digits.back();
  while (digits.ends_with('0')) digits.pop_back();
  return 0;
}

// As %.17g would, a number with that many digits in front of the point or four zeros behind it in full.
void append_decimal(std::string& out, std::string_view digits, int point) {
  constexpr int kMostInFront = kAllDigits;
  constexpr int kMostZeros = 4;
  const auto count = static_cast<int>(digits.size());
  if (point > kMostInFront || point <= -kMostZeros) {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits.substr(1));
    const int exponent = point - 1;
    out.append(exponent < 0 ? "e-" : "e+");
    const int magnitude = exponent < 0 ? -exponent : exponent;
    if (magnitude < 10) out += '0';
    return append_number(out, static_cast<std::uint64_t>(magnitude));
  }
  if (point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else if (count <= point) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else {
    const auto in_front = static_cast<std::size_t>(point);
    out.append(digits.substr(0, in_front)).append(1, '.').append(digits.substr(in_front));
  }
}

std::string text_of(std::uint64_t bits, const Format& format, int most_digits) {
  std::string out = (bits & format.sign_bit()) != 0 ? "-" : "";
  const std::uint64_t magnitude = bits & ~format.sign_bit();
  if (magnitude > format.infinity()) return out += "nan";
  if (magnitude == format.infinity()) return out += "inf";
  if (magnitude == 0) return out += '0';
  std::string digits;
  const int point = shortest_digits(magnitude, format, digits);
  const int more = round_digits(digits, static_cast<std::size_t>(most_digits));
  append_decimal(out, digits, point + more);
  return out;
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  const auto bits = parse(text, kDouble);
  if (!bits) return std::nullopt;
  return std::bit_cast<double>(*bits);
}

std::optional<float> parse_float(std::string_view text) {
  const auto bits = parse(text, kFloat);
  if (!bits) return std::nullopt;
  return std::bit_cast<float>(static_cast<std::uint32_t>(*bits));
}

std::string real_text(double value, int most_digits) {
  return text_of(std::bit_cast<std::uint64_t>(value), kDouble, most_digits);
}

std::string real_text(float value) { return text_of(std::bit_cast<std::uint32_t>(value), kFloat, kAllDigits); }

}  // namespace ebpf
