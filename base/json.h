// Json: writes JSON values, one object per line as the command's --json promises (docs/cli.md). Strings come from
// files: what is no UTF-8 is replaced, so that the output always is.
//
//     Json json;
//     json.open_object().key("name").string(name).key("size").number(size).close_object();
//
// Format: RFC 8259.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ebpf {

class Json {
 public:
  Json& open_object() { return open('{'); }
  Json& open_array() { return open('['); }
  Json& close_object() { return close('}'); }
  Json& close_array() { return close(']'); }

  // The name of the member whose value comes next.
  Json& key(std::string_view name);

  Json& string(std::string_view text);
  // A string, or null where there is none.
  Json& string_or_null(std::string_view text) { return text.empty() ? null() : string(text); }
  Json& number(std::int64_t value);
  Json& number(std::uint64_t value);
  Json& number(std::uint32_t value) { return number(std::uint64_t{value}); }
  // The shortest text that reads as the same number; null for what JSON has no number for.
  Json& number(double value);
  Json& number(float value);
  Json& boolean(bool value) { return raw(value ? "true" : "false"); }
  Json& null() { return raw("null"); }

  const std::string& text() const { return out_; }

 private:
  Json& open(char bracket);
  Json& close(char bracket);
  Json& raw(std::string_view text);
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace ebpf
