// The out-of-line parts of text.h.
#include "ebpf/base/text.h"

#include <charconv>

namespace ebpf {
namespace {

template <class T>
void append_number(std::string& out, T number, int base) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  out.append(digits, end);
}

void append_quoted(std::string& out, std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  out.push_back('"');
}

}  // namespace

void TextPart::append_to(std::string& out) const {
  switch (kind_) {
    case Kind::text:
      out.append(text_);
      return;
    case Kind::quoted:
      append_quoted(out, text_);
      return;
    case Kind::character:
      out.push_back(static_cast<char>(number_));
      return;
    case Kind::number:
      append_number(out, number_, 10);
      return;
    case Kind::signed_number:
      append_number(out, static_cast<std::int64_t>(number_), 10);
      return;
    case Kind::hex:
      append_number(out.append("0x"), number_, 16);
      return;
  }
}

std::string join(std::span<const TextPart> parts) {
  std::string out;
  for (const TextPart& part : parts) part.append_to(out);
  return out;
}

}  // namespace ebpf
