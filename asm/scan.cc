#include "ebpf/asm/scan.h"

#include <algorithm>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

// Not those of <cctype>, which ask the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
}
bool is_in_word(char c) { return begins_word(c) || is_digit(c); }

constexpr std::size_t kLongestFound = 32;

}  // namespace

void Scanner::skip_blanks() {
  while (at_ < text_.size()) {
    if (peek() == '/' && peek(1) == '*') {
      const auto end = text_.find("*/", at_ + 2);
      at_ = end == text_.npos ? text_.size() : end + 2;
    } else if (peek() == ' ' || peek() == '\t' || peek() == '\r') {
      ++at_;
    } else {
      return;
    }
  }
}

bool Scanner::at_end_of_statement() {
  skip_blanks();
  return at_ == text_.size() || peek() == '\n' || peek() == ';' || at_comment();
}

bool Scanner::next_statement() {
  while (at_end_of_statement()) {
    if (at_ == text_.size()) return false;
    if (at_comment())
      at_ = std::min(text_.find('\n', at_), text_.size());
    else
      ++at_;
  }
  return true;
}

std::string_view Scanner::word() {
  skip_blanks();
  if (!begins_word(peek())) return {};
  const std::size_t start = at_;
  while (at_ < text_.size() && is_in_word(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

bool Scanner::take_word(std::string_view wanted) {
  skip_blanks();
  const std::size_t start = at_;
  if (word() == wanted) return true;
  at_ = start;
  return false;
}

bool Scanner::take(std::string_view wanted) {
  skip_blanks();
  if (!text_.substr(at_).starts_with(wanted)) return false;
  at_ += wanted.size();
  return true;
}

std::optional<std::uint64_t> Scanner::number() {
  skip_blanks();
  // "010" is 8 to some assemblers and 10 to others.
  if (peek() == '0' && is_digit(peek(1))) return std::nullopt;
  std::string_view rest = text_.substr(at_);
  const unsigned base = take_base(rest);
  const auto value = take_unsigned(rest, base);
  if (!value || (!rest.empty() && is_in_word(rest.front()))) return std::nullopt;
  at_ = text_.size() - rest.size();
  return value;
}

std::optional<std::string_view> Scanner::string() {
  skip_blanks();
  if (peek() != '"') return std::nullopt;
  for (std::size_t i = at_ + 1; i < text_.size() && text_[i] != '\n'; ++i) {
    if (text_[i] == '\\') {
      ++i;
    } else if (text_[i] == '"') {
      const auto content = text_.substr(at_ + 1, i - at_ - 1);
      at_ = i + 1;
      return content;
    }
  }
  return std::nullopt;
}

std::string_view Scanner::section_name() {
  if (const auto quoted_name = string()) return *quoted_name;
  const std::size_t start = at_;
  while (at_ < text_.size() && std::string_view(" \t\r\n,;\"").find(text_[at_]) == std::string_view::npos) ++at_;
  return text_.substr(start, at_ - start);
}

void Scanner::skip_statement() {
  while (!at_end_of_statement())
    if (!string()) ++at_;
}

std::string Scanner::found() {
  skip_blanks();
  if (at_ == text_.size()) return "the end of the text";
  if (at_end_of_statement()) return peek() == ';' ? "\";\"" : "the end of the line";
  std::size_t end = at_;
  while (end < text_.size() && is_in_word(text_[end])) ++end;
  const std::size_t length = std::max<std::size_t>(end - at_, 1);
  return cat(quoted(text_.substr(at_, std::min(length, kLongestFound))), length > kLongestFound ? "..." : "");
}

Failure Scanner::error(std::size_t at, std::string_view sentence) const {
  const std::string_view before = text_.substr(0, at);
  const auto line = 1 + std::ranges::count(before, '\n');
  const auto column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return fail(errc::malformed, "line ", line, ", column ", column, ": ", sentence);
}

Failure Scanner::expected(std::string_view what) {
  skip_blanks();
  return error(at_, cat("expected ", what, ", found ", found()));
}

}  // namespace ebpf::insn
