// Texts with places to be filled in.
#include "tools/bpf2cpp/template.h"

namespace ebpf::bpf2cpp {

std::string fill(std::string_view text, std::initializer_list<std::pair<std::string_view, std::string_view>> places) {
  std::string out;
  const auto find = [&](std::string_view name) -> const std::string_view* {
    for (const auto& [place, replacement] : places)
      if (place == name) return &replacement;
    return nullptr;
  };
  for (;;) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open));
    const std::string_view* replacement = find(text.substr(open + 2, close - open - 2));
    if (replacement != nullptr)
      out.append(*replacement);
    else
      out.append(text.substr(open, close + 2 - open));
    text.remove_prefix(close + 2);
    const bool is_line = (out.empty() || out.back() == '\n') && text.starts_with('\n');
    if (replacement != nullptr && is_line) text.remove_prefix(1);
  }
}

}  // namespace ebpf::bpf2cpp
