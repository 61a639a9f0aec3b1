// Building short texts (errors, names) without iostreams or printf formats.
#pragma once

#include <concepts>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace ebpf {

// A number to be written in hexadecimal, "0x1f".
struct Hex {
  std::uint64_t value;
};
constexpr Hex hex(std::uint64_t value) { return {value}; }

// A name to be written in quotes, "\"hits\"", with anything unprintable in it escaped as \xNN: names come from files.
// A std::string is referred to, not copied: it has to live as long as what is made of it.
struct Quoted {
  std::string_view text;
};
struct QuotedString {
  const std::string* text;
};
constexpr Quoted quoted(std::string_view text) { return {text}; }
constexpr Quoted quoted(const char* text) { return {text}; }
constexpr QuotedString quoted(const std::string& text) { return {&text}; }

// The same without quotes: for what is shown to people, on a terminal or in a comment.
struct Printable {
  std::string_view text;
};
constexpr Printable printable(std::string_view text) { return {text}; }

// How cat() gives its parts to join(). Texts are built in hundreds of places, so that a call must be small: a part is
// one word, or two where it is a view, and what the parts are is one constant, four bits for each.
namespace parts {

enum class Kind : unsigned char {
  end,  // so that the constant ends with its last part
  literal,
  string,
  view,
  quoted_string,
  quoted_view,
  printable_view,
  character,
  number,
  signed_number,
  hex,
};

// A view as plain data, which alone may be passed like this.
struct Text {
  const char* data;
  std::size_t size;
};
constexpr Text plain(std::string_view text) { return {text.data(), text.size()}; }

template <Kind kind, class Word>
struct Part {
  static constexpr Kind kKind = kind;
  Word word;
};
using Literal = Part<Kind::literal, const char*>;
using String = Part<Kind::string, const std::string*>;
using View = Part<Kind::view, Text>;
using Number = Part<Kind::number, std::uint64_t>;
using SignedNumber = Part<Kind::signed_number, std::uint64_t>;
using Character = Part<Kind::character, std::uint64_t>;

[[gnu::always_inline]] inline Literal part(const char* text) { return {text}; }
[[gnu::always_inline]] inline String part(const std::string& text) { return {&text}; }
[[gnu::always_inline]] inline View part(std::string_view text) { return {plain(text)}; }
[[gnu::always_inline]] inline Part<Kind::quoted_string, const std::string*> part(QuotedString name) {
  return {name.text};
}
[[gnu::always_inline]] inline Part<Kind::quoted_view, Text> part(Quoted name) { return {plain(name.text)}; }
[[gnu::always_inline]] inline Part<Kind::printable_view, Text> part(Printable name) { return {plain(name.text)}; }
[[gnu::always_inline]] inline Part<Kind::hex, std::uint64_t> part(Hex number) { return {number.value}; }
[[gnu::always_inline]] inline Character part(char c) { return {static_cast<unsigned char>(c)}; }
template <std::integral T>
  requires(!std::same_as<T, char> && !std::same_as<T, bool>)
[[gnu::always_inline]] inline auto part(T number) {
  return std::conditional_t<std::signed_integral<T>, SignedNumber, Number>{static_cast<std::uint64_t>(number)};
}

inline constexpr unsigned kKindBits = 4;
inline constexpr std::size_t kMostParts = 64 / kKindBits;

// The first part lowest.
template <class... Parts>
inline constexpr std::uint64_t kKinds = [] {
  static_assert(sizeof...(Parts) <= kMostParts);
  std::uint64_t kinds = 0;
  unsigned shift = 0;
  ((kinds |= static_cast<std::uint64_t>(Parts::kKind) << shift, shift += kKindBits), ...);
  return kinds;
}();

// The parts, whose words are as `kinds` says.
std::string join(std::uint64_t kinds, std::va_list words);

}  // namespace parts

// What is behind cat(). For nobody else: nothing checks the words.
std::string join(std::uint64_t kinds, ...);

template <class... Parts>
[[gnu::always_inline]] inline std::string join_parts(Parts... all) {
  return join(parts::kKinds<Parts...>, all.word...);
}

// The parts one after another: cat("map ", quoted(name), ": value size ", 8).
template <class... Parts>
[[gnu::always_inline]] inline std::string cat(const Parts&... all) {
  if constexpr (sizeof...(all) == 0)
    return {};
  else
    return join_parts(parts::part(all)...);
}

}  // namespace ebpf
