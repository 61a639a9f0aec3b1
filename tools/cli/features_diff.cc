// ebpf features --diff: what differs between two files that `ebpf features --json` wrote, perhaps laid out anew since
// (jq, json.tool). What is not known in them is passed over, since new fields may come (docs/cli.md).
#include <algorithm>
#include <optional>
#include <utility>

#include "ebpf/base/number.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"
#include "tools/cli/features.h"

namespace ebpf::cli {
namespace {

// Reads JSON (RFC 8259) from the front to the end. What is not as it is asked for, or no JSON, ends the reading: every
// answer is "no" from there on, and ended_well() says so.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text) {}

  // An object or an array, by its first character.
  bool enters(char bracket) {
    skip_blanks();
    is_first_ = true;
    return rest_.starts_with(bracket) ? (rest_.remove_prefix(1), true) : stop();
  }
  // Whether there is one more member or element; takes what is between it and the one before, or the end.
  bool has_more(char bracket) {
    skip_blanks();
    const bool is_first = std::exchange(is_first_, false);
    if (take(bracket)) return false;
    if (!is_first && !take(',')) return stop();
    return !rest_.empty() || stop();
  }
  // The name of a member.
  std::string key() {
    std::string name = text();
    skip_blanks();
    if (!take(':')) stop();
    return name;
  }
  // A text, or as it is written a number, true or false; empty for null, and for what has parts, which is passed over.
  std::string value(unsigned depth = 0) {
    skip_blanks();
    if (rest_.starts_with('"')) return text();
    if (rest_.starts_with('{') || rest_.starts_with('[')) return pass_parts(depth), std::string();
    const std::string word(rest_.substr(0, rest_.find_first_of(" \t\r\n,}]")));
    rest_.remove_prefix(word.size());
    if (word == "null") return {};
    if (word != "true" && word != "false" && !is_number(word)) stop();
    return word;
  }
  // To be asked once all is read: nothing is behind it.
  bool ended_well() {
    skip_blanks();
    return !stopped_ && rest_.empty();
  }

 private:
  static constexpr unsigned kDeepest = 64;

  static bool is_number(std::string_view word) {
    const auto take_one_of = [&](std::string_view set) {
      const bool takes = !word.empty() && set.find(word.front()) != std::string_view::npos;
      word.remove_prefix(takes ? 1 : 0);
      return takes;
    };
    const auto take_digits = [&] {
      const std::size_t count = std::min(word.find_first_not_of("0123456789"), word.size());
      word.remove_prefix(count);
      return count;
    };
    take_one_of("-");
    const bool is_zero = word.starts_with('0');
    const std::size_t count = take_digits();
    if (count == 0 || (is_zero && count > 1)) return false;
    if (take_one_of(".") && take_digits() == 0) return false;
    if (take_one_of("eE") && (take_one_of("+-"), take_digits() == 0)) return false;
    return word.empty();
  }

  bool stop() {
    stopped_ = true;
    rest_ = {};
    return false;
  }
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void pass_parts(unsigned depth) {
    const char opening = rest_.front();
    const char closing = opening == '{' ? '}' : ']';
    if (depth == kDeepest) {
      stop();
      return;
    }
    enters(opening);
    while (has_more(closing)) {
      if (opening == '{') key();
      value(depth + 1);
    }
  }

  std::string text() {
    std::string out;
    skip_blanks();
    if (!take('"')) stop();
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (static_cast<unsigned char>(c) < 0x20) break;
      if (c == '\\')
        add_escaped(out);
      else
        out.push_back(c);
    }
    stop();
    return {};
  }
  void add_escaped(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (rest_.starts_with('u')) {
      rest_.remove_prefix(1);
      return add_character(out);
    }
    const auto at = rest_.empty() ? std::string_view::npos : kLetters.find(rest_.front());
    if (at == std::string_view::npos) {
      stop();
      return;
    }
    out.push_back(kMeant[at]);
    rest_.remove_prefix(1);
  }
  // Of \uXXXX, or of two that are one character of UTF-16, in UTF-8.
  void add_character(std::string& out) {
    std::uint32_t code = unit();
    if (code >= 0xd800 && code < 0xdc00 && rest_.starts_with("\\u")) {
      rest_.remove_prefix(2);
      code = 0x10000 + ((code - 0xd800) << 10) + ((unit() - 0xdc00) & 0x3ff);
    }
    const unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr std::uint8_t kLeads[] = {0, 0xc0, 0xe0, 0xf0};
    out.push_back(static_cast<char>(kLeads[more] | code >> (6 * more)));
    for (unsigned i = more; i-- > 0;) out.push_back(static_cast<char>(0x80 | (code >> (6 * i) & 0x3f)));
  }
  std::uint32_t unit() {
    const auto number = parse_unsigned(rest_.substr(0, 4), 16);
    if (!number || rest_.size() < 4) return stop(), 0;
    rest_.remove_prefix(4);
    return static_cast<std::uint32_t>(*number);
  }

  std::string_view rest_;
  bool is_first_ = false;
  bool stopped_ = false;
};

// What of a feature is compared: "supported 1", "denied by seccomp".
struct Recorded {
  std::string name;
  std::string text;
};
using Record = std::vector<Recorded>;  // by name

bool is_before(const Recorded& a, const Recorded& b) { return a.name < b.name; }

Recorded read_feature(JsonReader& json) {
  constexpr std::string_view kKeys[] = {"name", "verdict", "denied_by", "value"};
  std::string values[std::size(kKeys) + 1];  // the last of all others
  json.enters('{');
  while (json.has_more('}')) {
    const std::string key = json.key();
    values[std::ranges::find(kKeys, key) - kKeys] = json.value();
  }
  const auto& [name, verdict, denied_by, value, rest] = values;
  if (verdict.empty()) return {};
  return {name, cat(verdict, denied_by.empty() ? "" : " by ", denied_by, value.empty() ? "" : " ", value)};
}

std::optional<Record> read_features(std::string_view text) {
  JsonReader json(text);
  Record out;
  std::string schema;
  bool has_features = false;
  json.enters('{');
  while (json.has_more('}')) {
    const std::string key = json.key();
    if (key != "features") {
      std::string value = json.value();
      if (key == "schema") schema = std::move(value);
      continue;
    }
    has_features = true;
    json.enters('[');
    while (json.has_more(']')) out.push_back(read_feature(json));
  }
  if (!json.ended_well() || schema != "1" || !has_features) return std::nullopt;
  stable_sort(out, is_before);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i].name.empty() || (i > 0 && out[i].name == out[i - 1].name)) return std::nullopt;
  return out;
}

Result<Record> read_file(const std::string& path) {
  constexpr std::size_t kMost = 64u << 20;
  EBPF_TRY(const std::string& text, sys::read_text_file(path, kMost));
  auto record = read_features(text);
  if (!record) return fail(errc::malformed, quoted(path), ": not what `ebpf features --json` writes");
  return *std::move(record);
}

}  // namespace

ExitStatus diff_features(const std::string& before_path, const std::string& after_path) {
  const auto before = read_file(before_path);
  const auto after = read_file(after_path);
  if (!before) return print_error(before.error()), kBadInput;
  if (!after) return print_error(after.error()), kBadInput;
  constexpr std::string_view kNotAsked = "(not asked)";
  ExitStatus status = kOk;
  for (std::size_t i = 0, j = 0; i < before->size() || j < after->size();) {
    const Recorded* was = i < before->size() ? &(*before)[i] : nullptr;
    const Recorded* is = j < after->size() ? &(*after)[j] : nullptr;
    if (was != nullptr && is != nullptr && is_before(*is, *was)) was = nullptr;
    if (was != nullptr && is != nullptr && is_before(*was, *is)) is = nullptr;
    i += was != nullptr ? 1 : 0;
    j += is != nullptr ? 1 : 0;
    const std::string_view old_text = was != nullptr ? was->text : kNotAsked;
    const std::string_view new_text = is != nullptr ? is->text : kNotAsked;
    if (old_text == new_text) continue;
    const std::string name = cat(printable((was != nullptr ? was : is)->name));
    print(padded(name, 40), " ", printable(old_text), " -> ", printable(new_text), "\n");
    status = kNo;
  }
  return status;
}

}  // namespace ebpf::cli
