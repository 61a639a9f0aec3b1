// The out-of-line parts of text.h.
#include "ebpf/base/text.h"

namespace ebpf {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

void append_number(std::string& out, std::uint64_t number, unsigned base) {
  char digits[24];
  char* const end = digits + sizeof digits;
  char* at = end;
  do *--at = kDigits[number % base];
  while ((number /= base) != 0);
  out.append(at, end);
}

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
}

}  // namespace

void TextPart::append_to(std::string& out) const {
  const auto kind = static_cast<Kind>(length_and_kind_ >> kKindShift);
  const std::uint64_t length = length_and_kind_ & ((std::uint64_t{1} << kKindShift) - 1);
  switch (kind) {
    case Kind::text:
      out.append(text_, length);
      return;
    case Kind::quoted:
      out.push_back('"');
      append_printable(out, {text_, length});
      out.push_back('"');
      return;
    case Kind::printable:
      append_printable(out, {text_, length});
      return;
    case Kind::character:
      out.push_back(static_cast<char>(number_));
      return;
    case Kind::signed_number:
      if (static_cast<std::int64_t>(number_) < 0) out.push_back('-');
      append_number(out, static_cast<std::int64_t>(number_) < 0 ? -number_ : number_, 10);
      return;
    case Kind::number:
      append_number(out, number_, 10);
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
