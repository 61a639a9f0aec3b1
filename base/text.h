// Building short texts (errors, names) without iostreams or printf formats.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace ebpf {

// A number to be written in hexadecimal, "0x1f".
struct Hex {
  std::uint64_t value;
};
constexpr Hex hex(std::uint64_t value) { return {value}; }

// A name to be written in quotes, "\"hits\"", with anything unprintable in it escaped as \xNN: names come from files.
struct Quoted {
  std::string_view text;
};
constexpr Quoted quoted(std::string_view text) { return {text}; }

namespace text_detail {

inline void append(std::string& out, std::string_view text) { out.append(text); }
inline void append(std::string& out, const char* text) { out.append(text); }
inline void append(std::string& out, char c) { out.push_back(c); }
void append(std::string& out, Hex number);
void append(std::string& out, Quoted name);

template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
void append(std::string& out, T number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace text_detail

// The parts one after another: cat("map ", quoted(name), ": value size ", 8).
template <class... Parts>
std::string cat(const Parts&... parts) {
  std::string out;
  (text_detail::append(out, parts), ...);
  return out;
}

}  // namespace ebpf
