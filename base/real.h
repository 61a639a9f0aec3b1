// Floating point numbers in texts, both ways and exactly: what is read is the number nearest to the text (of two as
// near the one with an even mantissa, as IEEE 754 rounds), and what is written is the shortest text that reads as the
// same number. Nothing here knows of locales. Safe from several threads.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ebpf {

// The whole text: digits with an optional point among them, a sign in front and an exponent behind, or "inf",
// "infinity" and "nan". Nothing where it is anything else, or greater than any number of the type. Takes time and
// memory that do not grow with the text beyond reading it.
std::optional<double> parse_double(std::string_view text);
std::optional<float> parse_float(std::string_view text);

// No double needs more digits.
inline constexpr int kAllDigits = 17;

// "0.1", "-12", "1e+17", "5e-324": in the layout of printf's %.17g; and "nan", "inf". Of more digits than `most_digits`
// the last is rounded.
std::string real_text(double value, int most_digits = kAllDigits);
std::string real_text(float value);

}  // namespace ebpf
