// Filling the gaps of a shape (shape.h) with an instruction's fields. What the instruction is has been settled by
// find_flaw() before.
#include "ebpf/asm/print.h"

#include <cstdint>
#include <string_view>

#include "ebpf/asm/shape.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

using namespace shapes;

std::string magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return cat(hex(value < 0 ? 0 - bits : bits));
}

std::string number(std::int64_t value) { return cat(value < 0 ? "-" : "", magnitude(value)); }
std::string distance(std::int64_t value) { return cat(value < 0 ? '-' : '+', magnitude(value)); }
// What is behind a register in an address.
std::string plus(std::int64_t value) { return cat(value < 0 ? " - " : " + ", magnitude(value)); }

std::string reg(bool narrow, std::uint8_t number) { return cat(narrow ? 'w' : 'r', number); }

std::int64_t value_of(Field field, const Instruction& insn) {
  return field == Field::offset ? insn.offset : field == Field::imm ? insn.imm : 0;
}

std::string_view word(const Choice& choice, const Instruction& insn) {
  for (const Word& word : choice.words)
    if ((insn.opcode & choice.opcode_mask) == word.opcode && value_of(choice.field, insn) == word.value)
      return word.text;
  return "?";
}

std::string gap(char letter, const Instruction& insn) {
  const auto halves = static_cast<std::uint32_t>(insn.imm_low());
  switch (letter) {
    case 'd':
      return reg(is_32_bit(insn.opcode), insn.dst);
    case 's':
      return reg(is_32_bit(insn.opcode), insn.src);
    case 'D':
    case 'E':
      return reg(false, insn.dst);
    case 'S':
    case 'F':
      return reg(false, insn.src);
    case 'V':
      return reg(has_narrow_value(insn.opcode), insn.dst);
    case 'v':
      return reg(has_narrow_value(insn.opcode), insn.src);
    case '0':
      return reg(has_narrow_value(insn.opcode), 0);
    case 'x':
      return source_of(insn.opcode) == Source::k ? number(insn.imm) : gap('s', insn);
    case 'n':
    case 'k':
    case 'w':
      return number(insn.imm);
    case 'L':
      return number(insn.imm_low());
    case 'H':
      return cat(hex(static_cast<std::uint32_t>(insn.imm_high())));
    case 'O':
      return number(insn.offset);
    case 'o':
      return plus(insn.offset);
    case 'p':
      return insn.imm == 0 ? "" : plus(insn.imm);
    case 't':
      return cat(hex(halves >> 16));
    case 'T':
      return cat(hex(halves & 0xffff));
    case 'j':
      return distance(insn.offset);
    case 'J':
    case 'g':
      return distance(insn.imm_low());
    default:
      return std::string(word(*choice_of(letter), insn));
  }
}

std::string fill(std::string_view text, const Instruction& insn) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%')
      out += gap(text[++i], insn);
    else
      out += text[i];
  }
  return out;
}

bool meets(const Shape& shape, const Instruction& insn) {
  return (value_of(shape.field, insn) & shape.mask) == shape.value;
}

// With `any_call`, all calls have the same shape.
std::string to_text(const Instruction& insn, bool any_call) {
  if (find_flaw(insn)) return "<unknown>";
  for (const Shape& shape : kShapes) {
    if (shape.kind != insn.kind()) continue;
    const bool src_fits = shape.src == kAnySource || shape.src == insn.src;
    if (any_call && shape.kind == Kind::call) return fill(shape.text, insn);
    if (src_fits && meets(shape, insn)) return fill(shape.text, insn);
  }
  return "<unknown>";
}

}  // namespace

std::string to_text(const Instruction& insn) { return to_text(insn, true); }
std::string to_source(const Instruction& insn) { return to_text(insn, false); }

}  // namespace ebpf::insn
