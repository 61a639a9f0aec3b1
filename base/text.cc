// The out-of-line parts of text.h.
#include "ebpf/base/text.h"

#include "ebpf/base/number.h"

namespace ebpf {
namespace {

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      append_byte(out.append("\\x"), byte);
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  append_printable(out, text);
  out.push_back('"');
}

std::string_view view(parts::Text text) { return {text.data, text.size}; }

}  // namespace

std::string parts::join(std::uint64_t kinds, std::va_list words) {
  std::string out;
  for (; kinds != 0; kinds >>= kKindBits) {
    switch (static_cast<Kind>(kinds & ((1 << kKindBits) - 1))) {
      case Kind::end:
        break;
      case Kind::literal:
        out.append(va_arg(words, const char*));
        break;
      case Kind::string:
        out.append(*va_arg(words, const std::string*));
        break;
      case Kind::view:
        out.append(view(va_arg(words, Text)));
        break;
      case Kind::quoted_string:
        append_quoted(out, *va_arg(words, const std::string*));
        break;
      case Kind::quoted_view:
        append_quoted(out, view(va_arg(words, Text)));
        break;
      case Kind::printable_view:
        append_printable(out, view(va_arg(words, Text)));
        break;
      case Kind::character:
        out.push_back(static_cast<char>(va_arg(words, std::uint64_t)));
        break;
      case Kind::number:
        append_number(out, va_arg(words, std::uint64_t));
        break;
      case Kind::signed_number:
        append_signed(out, static_cast<std::int64_t>(va_arg(words, std::uint64_t)));
        break;
      case Kind::hex:
        append_number(out.append("0x"), va_arg(words, std::uint64_t), 16);
        break;
    }
  }
  return out;
}

std::string join(std::uint64_t kinds, ...) {
  std::va_list words;
  va_start(words, kinds);
  std::string out = parts::join(kinds, words);
  va_end(words);
  return out;
}

}  // namespace ebpf
