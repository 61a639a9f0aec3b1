// Numbers in texts, both ways. Nothing here knows of locales. Safe from several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ebpf {

// The whole text as a number in digits of `base`, 2 to 16. Nothing where it is empty, has anything else in it (a sign,
// a blank, a prefix), or says more than `most`.
std::optional<std::uint64_t> parse_unsigned(std::string_view text, unsigned base = 10, std::uint64_t most = UINT64_MAX);

// The same of the digits at the front of a text, which are taken away from it. Where that gives nothing, the text stays
// as it is.
std::optional<std::uint64_t> take_unsigned(std::string_view& text, unsigned base = 10, std::uint64_t most = UINT64_MAX);

// 16, and the prefix is taken away, where the text begins with "0x" or "0X"; otherwise 10.
unsigned take_base(std::string_view& text);

// A number that may be negative, and greater than any type for those.
struct SignedMagnitude {
  std::uint64_t magnitude;
  bool is_negative;
};

// The whole text: "12", "0x1f", "-3".
std::optional<SignedMagnitude> parse_signed(std::string_view text);

// The digits of a number.
void append_number(std::string& out, std::uint64_t number, unsigned base = 10);
void append_signed(std::string& out, std::int64_t number);
// Of 128 bits, whose upper half is `high`.
void append_wide(std::string& out, std::uint64_t high, std::uint64_t low);
// The two hexadecimal digits of a byte.
void append_byte(std::string& out, unsigned char byte);

}  // namespace ebpf
