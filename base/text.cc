// The out-of-line parts of text.h.
#include "ebpf/base/text.h"

namespace ebpf::text_detail {

void append(std::string& out, Hex number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number.value, 16).ptr;
  out.append("0x").append(digits, end);
}

void append(std::string& out, Quoted name) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : name.text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f && c != '"' && c != '\\') {
      out.push_back(c);
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  out.push_back('"');
}

}  // namespace ebpf::text_detail
