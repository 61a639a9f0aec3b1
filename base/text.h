// Building short texts (errors, names) without iostreams or printf formats.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

// The same without quotes: for what is shown to people, on a terminal or in a comment.
struct Printable {
  std::string_view text;
};
constexpr Printable printable(std::string_view text) { return {text}; }

// One argument of cat(): a text, a character or a number. Errors are built in hundreds of places, so that a call must
// be small: an argument is two words, and one function does the rest.
class TextPart {
 public:
  constexpr TextPart(std::string_view text) : TextPart(text, Kind::text) {}                 // NOLINT: meant to convert
  constexpr TextPart(const char* text) : TextPart(std::string_view(text)) {}                // NOLINT
  constexpr TextPart(const std::string& text) : TextPart(std::string_view(text)) {}         // NOLINT
  constexpr TextPart(Quoted name) : TextPart(name.text, Kind::quoted) {}                    // NOLINT
  constexpr TextPart(Printable name) : TextPart(name.text, Kind::printable) {}              // NOLINT
  constexpr TextPart(Hex number) : TextPart(number.value, Kind::hex) {}                     // NOLINT
  constexpr TextPart(char c) : TextPart(static_cast<unsigned char>(c), Kind::character) {}  // NOLINT
  template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>)
  constexpr TextPart(T number)  // NOLINT
      : TextPart(static_cast<std::uint64_t>(number), std::signed_integral<T> ? Kind::signed_number : Kind::number) {}

  void append_to(std::string& out) const;

 private:
  enum class Kind : std::uint64_t { text, quoted, printable, character, number, signed_number, hex };
  // Beside the length of a text, which has fewer bits.
  static constexpr unsigned kKindShift = 56;

  constexpr TextPart(std::string_view text, Kind kind)
      : text_(text.data()), length_and_kind_(text.size() | static_cast<std::uint64_t>(kind) << kKindShift) {}
  constexpr TextPart(std::uint64_t number, Kind kind)
      : number_(number), length_and_kind_(static_cast<std::uint64_t>(kind) << kKindShift) {}

  union {
    const char* text_;
    std::uint64_t number_;
  };
  std::uint64_t length_and_kind_;
};

std::string join(std::span<const TextPart> parts);

// One function for each count of parts, whatever they are.
template <std::same_as<TextPart>... Parts>
[[gnu::noinline]] std::string join_parts(Parts... parts) {
  const TextPart all[] = {parts...};
  return join(all);
}

// The parts one after another: cat("map ", quoted(name), ": value size ", 8).
template <class... Parts>
[[gnu::always_inline]] inline std::string cat(const Parts&... parts) {
  if constexpr (sizeof...(parts) == 0)
    return {};
  else
    return join_parts(TextPart(parts)...);
}

}  // namespace ebpf
