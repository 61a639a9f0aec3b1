// Scanner: a position in assembler text, and what can be read there. Internal to this room.
//
// Statements end with a line or a ';'. Comments are '#' and "//", up to the end of the line, and "/* */" between words.
// Everything that reads skips blanks first, and stays where it is when it finds something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"

namespace ebpf::insn {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }

  // Goes to the first character of the next statement; false where there is none.
  bool next_statement();
  bool at_end_of_statement();
  void skip_blanks();

  // A name: letters, digits, '_', '.' and '$', not beginning with a digit. Empty where there is none.
  std::string_view word();
  bool take_word(std::string_view wanted);
  // Punctuation, as it is.
  bool take(std::string_view wanted);
  // A number without a sign: decimal, or hexadecimal behind "0x". Nothing for one of more than 64 bits.
  std::optional<std::uint64_t> number();
  // A text in quotes, without them, its escapes as they are.
  std::optional<std::string_view> string();

  // The name of a section: a text in quotes, or everything up to a blank or a comma ("tracepoint/sched/sched_switch").
  std::string_view section_name();
  // Goes to the end of the statement.
  void skip_statement();

  // What stands here, as the end of a sentence: "\"foo\"", "the end of the line".
  std::string found();
  // errc::malformed, "line 2, column 8: …".
  Failure error(std::size_t at, std::string_view sentence) const;
  // The same, with what stands there: "line 2, column 8: expected a number, found …".
  Failure expected(std::string_view what);

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_comment() const { return peek() == '#' || (peek() == '/' && peek(1) == '/'); }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace ebpf::insn
