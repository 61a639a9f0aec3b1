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

// One argument of cat(): a text, a character or a number. Errors are built in hundreds of places, so that a call must
// be small: it fills an array of these, and one function does the rest.
class TextPart {
 public:
  constexpr TextPart(std::string_view text) : text_(text), kind_(Kind::text) {}      // NOLINT: meant to convert
  constexpr TextPart(const char* text) : TextPart(std::string_view(text)) {}         // NOLINT
  constexpr TextPart(const std::string& text) : TextPart(std::string_view(text)) {}  // NOLINT
  constexpr TextPart(Quoted name) : text_(name.text), kind_(Kind::quoted) {}         // NOLINT
  constexpr TextPart(Hex number) : number_(number.value), kind_(Kind::hex) {}        // NOLINT
  constexpr TextPart(char c) : number_(static_cast<unsigned char>(c)), kind_(Kind::character) {}  // NOLINT
  template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>)
  constexpr TextPart(T number)  // NOLINT
      : number_(static_cast<std::uint64_t>(number)),
        kind_(std::signed_integral<T> ? Kind::signed_number : Kind::number) {}

  void append_to(std::string& out) const;

 private:
  enum class Kind : std::uint8_t { text, quoted, character, number, signed_number, hex };

  std::string_view text_ = {};
  std::uint64_t number_ = 0;
  Kind kind_;
};

std::string join(std::span<const TextPart> parts);

// The parts one after another: cat("map ", quoted(name), ": value size ", 8).
template <class... Parts>
std::string cat(const Parts&... parts) {
  if constexpr (sizeof...(parts) == 0) {
    return {};
  } else {
    const TextPart all[] = {TextPart(parts)...};
    return join(all);
  }
}

}  // namespace ebpf
