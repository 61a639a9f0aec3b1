// JSON by RFC 8259.
#include "ebpf/base/json.h"

#include <cmath>

#include "ebpf/base/number.h"
#include "ebpf/base/real.h"
#include "ebpf/base/text.h"

namespace ebpf {
namespace {

// How many bytes the UTF-8 sequence at the front has; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates, and what is past U+10FFFF.
  if (length > 2 && ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) ||
                     (lead == 0xf0 && byte(1) < 0x90) || (lead == 0xf4 && byte(1) > 0x8f)))
    return 0;
  return length;
}

}  // namespace

Json& Json::number(std::int64_t value) { return raw(cat(value)); }
Json& Json::number(std::uint64_t value) { return raw(cat(value)); }
Json& Json::number(double value) { return std::isfinite(value) ? raw(real_text(value)) : null(); }
Json& Json::number(float value) { return std::isfinite(value) ? raw(real_text(value)) : null(); }

void Json::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

Json& Json::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

Json& Json::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

Json& Json::raw(std::string_view text) {
  separate();
  out_ += text;
  return *this;
}

Json& Json::key(std::string_view name) {
  string(name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

Json& Json::string(std::string_view text) {
  separate();
  out_ += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    if (length == 0) {
      out_ += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      append_byte(out_.append("\\u00"), static_cast<unsigned char>(c));
    } else {
      out_ += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out_ += '"';
  return *this;
}

}  // namespace ebpf
