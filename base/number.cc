// Digits, one after another.
#include "ebpf/base/number.h"

namespace ebpf {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

// 16 or more for what is no digit.
unsigned digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10 : 16;
}

}  // namespace

std::optional<std::uint64_t> take_unsigned(std::string_view& text, unsigned base, std::uint64_t most) {
  std::uint64_t number = 0;
  std::size_t length = 0;
  for (; length < text.size(); ++length) {
    const unsigned digit = digit_of(text[length]);
    if (digit >= base) break;
    if (__builtin_mul_overflow(number, std::uint64_t{base}, &number) ||
        __builtin_add_overflow(number, std::uint64_t{digit}, &number))
      return std::nullopt;
  }
  if (length == 0 || number > most) return std::nullopt;
  text.remove_prefix(length);
  return number;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text, unsigned base, std::uint64_t most) {
  const auto number = take_unsigned(text, base, most);
  return text.empty() ? number : std::nullopt;
}

unsigned take_base(std::string_view& text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return 10;
  text.remove_prefix(2);
  return 16;
}

std::optional<SignedMagnitude> parse_signed(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const unsigned base = take_base(text);
  const auto magnitude = parse_unsigned(text, base);
  if (!magnitude) return std::nullopt;
  return SignedMagnitude{*magnitude, is_negative};
}

void append_number(std::string& out, std::uint64_t number, unsigned base) {
  char digits[64];
  char* const end = digits + sizeof digits;
  char* at = end;
  do *--at = kDigits[number % base];
  while ((number /= base) != 0);
  out.append(at, end);
}

void append_signed(std::string& out, std::int64_t number) {
  const auto magnitude = static_cast<std::uint64_t>(number);
  if (number < 0) out.push_back('-');
  append_number(out, number < 0 ? 0 - magnitude : magnitude);
}

// Division by hand, 32 bits at a time: that of 128 bits is a function of its own in libgcc.
void append_wide(std::string& out, std::uint64_t high, std::uint64_t low) {
  if (high == 0) return append_number(out, low);
  std::uint32_t words[] = {static_cast<std::uint32_t>(high >> 32), static_cast<std::uint32_t>(high),
                           static_cast<std::uint32_t>(low >> 32), static_cast<std::uint32_t>(low)};
  char digits[40];
  char* const end = digits + sizeof digits;
  char* at = end;
  for (bool is_zero = false; !is_zero;) {
    std::uint64_t rest = 0;
    is_zero = true;
    for (std::uint32_t& word : words) {
      rest = rest << 32 | word;
      word = static_cast<std::uint32_t>(rest / 10);
      is_zero = is_zero && word == 0;
      rest %= 10;
    }
    *--at = kDigits[rest];
  }
  out.append(at, end);
}

void append_byte(std::string& out, unsigned char byte) {
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

}  // namespace ebpf
