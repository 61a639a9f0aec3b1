// The names of printed C.
#include "ebpf/btf/c_names.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"

namespace ebpf::btf {
namespace {

// Sorted. C17 and the words that gcc and clang add to it; not those of C23 (`bool`, `true`, …), which kernels define
// for themselves. `__builtin_va_list` is a type of the compiler's own: of the BPF target's size, and not of the
// kernel's.
constexpr std::string_view kKeywords[] = {
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Float16",
    "_Generic",
    "_Imaginary",
    "_Noreturn",
    "_Static_assert",
    "_Thread_local",
    "__alignof__",
    "__asm",
    "__asm__",
    "__attribute",
    "__attribute__",
    "__auto_type",
    "__bf16",
    "__builtin_va_list",
    "__const",
    "__extension__",
    "__float128",
    "__inline",
    "__inline__",
    "__int128",
    "__restrict",
    "__restrict__",
    "__signed__",
    "__thread",
    "__typeof",
    "__typeof__",
    "__volatile__",
    "asm",
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "typeof",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
};
static_assert(std::ranges::is_sorted(kKeywords));

// By first character the lengths that keywords have, a bit for each: nearly every name is told from a keyword by that.
constexpr auto kKeywordLengths = [] {
  std::array<std::uint32_t, 128> lengths = {};
  for (const std::string_view word : kKeywords) lengths[static_cast<unsigned char>(word[0])] |= 1u << word.size();
  return lengths;
}();

constexpr auto kIsIdentifierByte = [] {
  std::array<bool, 256> is = {};
  for (char c = '0'; c <= '9'; ++c) is[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) is[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) is[static_cast<unsigned char>(c)] = true;
  is['_'] = true;
  return is;
}();

bool is_identifier(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  bool all = true;
  for (const char c : name) all &= kIsIdentifierByte[static_cast<unsigned char>(c)];
  return all;
}

std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0x9e3779b97f4a7c15 ^ name.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0xff51afd7ed558ccd;
    hash ^= hash >> 32;
  };
  for (; name.size() >= 8; name.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, name.data(), 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, name.data(), name.size());
  mix(rest);
  return hash;
}

}  // namespace

bool is_c_keyword(std::string_view word) {
  if (word.empty() || word.size() >= 32) return false;
  const auto first = static_cast<unsigned char>(word[0]);
  if (first >= 128 || (kKeywordLengths[first] >> word.size() & 1) == 0) return false;
  return std::ranges::binary_search(kKeywords, word);
}

NameSpace::NameSpace(std::size_t expected) : places_(std::bit_ceil(std::max<std::size_t>(expected, 256) * 2)) {
  for (const std::string_view word : kKeywords) claim(word);
}

NameSpace::Entry& NameSpace::entry(std::string_view name) {
  if (used_ * 2 >= places_.size()) grow();
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = hash_of(name) & mask;; at = (at + 1) & mask) {
    Entry& place = places_[at];
    if (place.name == nullptr) {
      place.name = name.data();
      place.length = static_cast<std::uint32_t>(name.size());
      ++used_;
      return place;
    }
    if (place.text() == name) return place;
  }
}

void NameSpace::grow() {
  std::vector<Entry> old(places_.size() * 2);
  old.swap(places_);
  const std::size_t mask = places_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.name == nullptr) continue;
    std::size_t at = hash_of(entry.text()) & mask;
    while (places_[at].name != nullptr) at = (at + 1) & mask;
    places_[at] = entry;
  }
}

std::uint32_t NameSpace::claim(std::string_view name) {
  std::uint32_t version = ++entry(name).uses;
  if (version == 1) return 1;
  // Somebody may be called NAME___2 from the start.
  for (;; version = ++entry(name).uses) {
    std::string& text = suffixed_.emplace_front();
    append_versioned(text, name, version);
    if (Entry& taken = entry(text); taken.uses == 0) {
      taken.uses = 1;
      kept_bytes_ += text.size();
      return version;
    }
    suffixed_.pop_front();
  }
}

std::string_view Identifiers::operator()(std::string_view name) {
  if (is_identifier(name)) [[likely]]
    return name;
  std::string& changed = changed_.emplace_front();
  kept_bytes_ += name.size();
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) changed += '_';
  for (const char c : name) changed += kIsIdentifierByte[static_cast<unsigned char>(c)] ? c : '_';
  return changed;
}

std::string_view Identifiers::member(std::string_view name) {
  if (is_c_keyword(name)) return changed_.emplace_front(cat(name, "_"));
  return (*this)(name);
}

void append_versioned(std::string& out, std::string_view name, std::uint32_t version) {
  out.append(name);
  if (version > 1) append_number(out.append("___"), version);
}

}  // namespace ebpf::btf
