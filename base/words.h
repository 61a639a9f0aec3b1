// Words: a list of names as one text and the places where they begin: two bytes for each beside its letters, where an
// array of std::string_view has sixteen. Made at compile time:
//
//     constexpr auto kColours = words<[] { return std::to_array<std::string_view>({"red", "green"}); }>();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ebpf {

template <std::size_t count, std::size_t letters>
class Words {
 public:
  consteval explicit Words(const std::array<std::string_view, count>& words) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
      begins_[i] = static_cast<std::uint16_t>(at);
      for (const char letter : words[i]) text_[at++] = letter;
    }
    begins_[count] = static_cast<std::uint16_t>(at);
  }

  static constexpr std::size_t size() { return count; }
  // Precondition: index < size().
  constexpr std::string_view operator[](std::size_t index) const {
    return {text_ + begins_[index], static_cast<std::size_t>(begins_[index + 1] - begins_[index])};
  }
  // The index of a word; size() where it is not among them.
  constexpr std::size_t find(std::string_view word) const {
    std::size_t index = 0;
    while (index < count && (*this)[index] != word) ++index;
    return index;
  }

 private:
  static_assert(letters <= UINT16_MAX);
  std::uint16_t begins_[count + 1] = {};
  char text_[letters + 1] = {};
};

// Of what a lambda returns, an array of std::string_view.
template <auto list>
consteval auto words() {
  constexpr auto kLetters = [] {
    std::size_t sum = 0;
    for (const std::string_view word : list()) sum += word.size();
    return sum;
  };
  return Words<list().size(), kLetters()>(list());
}

}  // namespace ebpf
