// Reading an instruction: every shape is tried from the statement's beginning. Where none fits, the error tells what
// those that came furthest wanted next.
#include "ebpf/asm/statement.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "ebpf/asm/helper.h"
#include "ebpf/asm/shape.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

using namespace shapes;

class Expectations {
 public:
  explicit Expectations(std::size_t start) : start_(start), at_(start) {}

  void add(std::size_t at, std::string what) {
    if (at < at_) return;
    if (at > at_) all_.clear();
    at_ = at;
    if (std::ranges::find(all_, what) == all_.end()) all_.push_back(std::move(what));
  }

  Failure error(Scanner& scanner) const {
    scanner.go_to(at_);
    if (at_ == start_) return scanner.expected("an instruction");
    // What may stand behind an "=" would fill the screen.
    const std::size_t named = all_.size() > kMostNamed ? kMostNamed - 1 : all_.size();
    std::string list;
    for (std::size_t i = 0; i < named; ++i) list += cat(i == 0 ? "" : i + 1 == all_.size() ? " or " : ", ", all_[i]);
    if (named < all_.size()) list += " or others";
    return scanner.expected(list);
  }

 private:
  static constexpr std::size_t kMostNamed = 5;

  std::size_t start_;
  std::size_t at_;
  std::vector<std::string> all_;
};

struct Register {
  bool narrow;
  std::uint8_t number;
};

std::optional<Register> register_of(std::string_view word) {
  if (word.size() < 2 || word.size() > 3 || (word[0] != 'r' && word[0] != 'w')) return std::nullopt;
  const bool narrow = word[0] == 'w';
  if (word.substr(1) == "10") return Register{narrow, 10};
  if (word.size() != 2 || word[1] < '0' || word[1] > '9') return std::nullopt;
  return Register{narrow, static_cast<std::uint8_t>(word[1] - '0')};
}

template <class T>
constexpr bool fits(std::int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// One try to read a statement as one shape.
class Attempt {
 public:
  Attempt(Scanner& scanner, const Shape& shape, Expectations& expectations)
      : scanner_(scanner), shape_(shape), expectations_(expectations) {
    Instruction& insn = item_.instruction;
    insn.opcode = shape.opcode;
    if (shape.src != kAnySource) insn.src = static_cast<std::uint8_t>(shape.src);
    src_is_known_ = shape.src != kAnySource;
    if (shape.field == Field::offset) insn.offset = static_cast<std::int16_t>(shape.value);
    if (shape.field == Field::imm) insn.imm = shape.value;
  }

  bool read() {
    std::string_view rest = shape_.text;
    while (!rest.empty()) {
      scanner_.skip_blanks();
      if (rest.front() == ' ') {
        rest.remove_prefix(1);
      } else if (rest.front() == '%') {
        if (!gap(rest[1])) return false;
        rest.remove_prefix(2);
      } else {
        const std::size_t length = literal_length(rest);
        if (!literal(rest.substr(0, length))) return false;
        rest.remove_prefix(length);
      }
    }
    if (!scanner_.at_end_of_statement()) return miss("the end of the statement");
    return values_fit();
  }

  const Item& item() const { return item_; }

 private:
  bool miss(std::string what) { return miss_at(scanner_.at(), std::move(what)); }
  bool miss_at(std::size_t at, std::string what) {
    expectations_.add(at, std::move(what));
    return false;
  }

  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

  // A word of the shape, or one character.
  static std::size_t literal_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() && is_letter(text[length])) ++length;
    return length == 0 ? 1 : length;
  }

  bool literal(std::string_view text) {
    const bool taken = is_letter(text.front()) ? scanner_.take_word(text) : scanner_.take(text);
    return taken || miss(cat(quoted(text)));
  }

  bool gap(char letter);
  bool choice(const Choice& choice);
  bool dst(bool may_be_narrow, bool is_value);
  bool src(bool may_be_narrow, bool is_value);
  bool narrow_src();
  bool zero();
  std::optional<Register> read_register(bool may_be_narrow, bool is_value);
  bool same_or_set(bool& known, std::uint8_t& field, Register found, std::size_t at);
  bool operand();
  bool imm();
  bool wide();
  bool half(bool upper);
  bool displacement(bool of_offset);
  bool address_space(int shift);
  bool module_number();
  bool place(bool of_offset, bool may_be_label);
  bool callee();
  bool name(Link link);
  std::optional<std::int64_t> signed_number();
  bool takes_unsigned() const;
  bool values_fit();

  Scanner& scanner_;
  const Shape& shape_;
  Expectations& expectations_;
  Item item_;
  bool dst_is_known_ = false;
  bool src_is_known_ = false;
  bool width_is_known_ = false;              // of the operation: r or w has been seen
  std::optional<std::size_t> narrow_value_;  // where a w register stands that is the value of a memory access
};

bool Attempt::gap(char letter) {
  switch (letter) {
    case 'd':
      return dst(true, false);
    case 's':
      return src(true, false);
    case 'D':
      return dst(false, false);
    case 'S':
      return src(false, false);
    case 'E':
    case 'V':
      return dst(false, true);
    case 'F':
    case 'v':
      return src(false, true);
    case 'W':
      return narrow_src();
    case '0':
      return zero();
    case 'x':
      return operand();
    case 'n':
      return imm();
    case 'w':
      return wide();
    case 'L':
    case 'H':
      return half(letter == 'H');
    case 'o':
    case 'p':
      return displacement(letter == 'o');
    case 't':
    case 'T':
      return address_space(letter == 't' ? 16 : 0);
    case 'O':
      return module_number();
    case 'j':
      return place(true, true);
    case 'J':
    case 'g':
      return place(false, letter == 'J');
    case 'k':
      return callee();
    default:
      return choice(*choice_of(letter));
  }
}

// Words are separated from what follows, but operators are not, and one may be the beginning of another.
bool Attempt::choice(const Choice& choice) {
  const std::size_t start = scanner_.at();
  const Word* best = nullptr;
  for (const Word& word : choice.words) {
    scanner_.go_to(start);
    const bool is_word = is_letter(word.text.back());
    if (!(is_word ? scanner_.take_word(word.text) : scanner_.take(word.text))) continue;
    if (best == nullptr || word.text.size() > best->text.size()) best = &word;
  }
  scanner_.go_to(start);
  if (best == nullptr) return miss(std::string(choice.expected));
  scanner_.take(best->text);
  item_.instruction.opcode |= best->opcode;
  if (choice.field == Field::offset) item_.instruction.offset = static_cast<std::int16_t>(best->value);
  if (choice.field == Field::imm) item_.instruction.imm |= best->value;
  return true;
}

std::optional<Register> Attempt::read_register(bool may_be_narrow, bool is_value) {
  const std::size_t start = scanner_.at();
  std::uint8_t& opcode = item_.instruction.opcode;
  const auto found = register_of(scanner_.word());
  const bool fits = found && (is_value || (may_be_narrow && (!width_is_known_ || found->narrow == is_32_bit(opcode))) ||
                              (!may_be_narrow && !found->narrow));
  if (!fits) {
    scanner_.go_to(start);
    return std::nullopt;
  }
  if (is_value && found->narrow) narrow_value_ = start;
  if (may_be_narrow && found->narrow && !width_is_known_) {
    const Class narrow = class_of(opcode) == Class::alu64 ? Class::alu : Class::jmp32;
    opcode = static_cast<std::uint8_t>((opcode & ~7) | static_cast<int>(narrow));
  }
  if (may_be_narrow) width_is_known_ = true;
  return found;
}

bool Attempt::same_or_set(bool& known, std::uint8_t& field, Register found, std::size_t at) {
  if (known && field != found.number) {
    scanner_.go_to(at);
    return miss(cat(found.narrow ? 'w' : 'r', field, " once more"));
  }
  known = true;
  field = found.number;
  return true;
}

std::string register_phrase(bool may_be_narrow, bool width_is_known, bool narrow, bool is_value) {
  if (is_value || (may_be_narrow && !width_is_known)) return "a register";
  return may_be_narrow && narrow ? "a register w0 to w10" : "a register r0 to r10";
}

bool Attempt::dst(bool may_be_narrow, bool is_value) {
  const std::size_t start = scanner_.at();
  const auto found = read_register(may_be_narrow, is_value);
  if (!found)
    return miss(register_phrase(may_be_narrow, width_is_known_, is_32_bit(item_.instruction.opcode), is_value));
  return same_or_set(dst_is_known_, item_.instruction.dst, *found, start);
}

bool Attempt::src(bool may_be_narrow, bool is_value) {
  const std::size_t start = scanner_.at();
  const auto found = read_register(may_be_narrow, is_value);
  if (!found)
    return miss(register_phrase(may_be_narrow, width_is_known_, is_32_bit(item_.instruction.opcode), is_value));
  return same_or_set(src_is_known_, item_.instruction.src, *found, start);
}

bool Attempt::narrow_src() {
  const std::size_t start = scanner_.at();
  const auto found = register_of(scanner_.word());
  if (!found || !found->narrow) return miss_at(start, "a register w0 to w10");
  item_.instruction.src = found->number;
  return true;
}

bool Attempt::zero() {
  const std::size_t start = scanner_.at();
  const auto found = read_register(false, true);
  if (found && found->number == 0) return true;
  return miss_at(start, "r0 or w0");
}

std::optional<std::int64_t> Attempt::signed_number() {
  const std::size_t start = scanner_.at();
  const bool negative = scanner_.take("-");
  const auto magnitude = scanner_.number();
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;
  if (!magnitude || (negative ? *magnitude > kLimit : *magnitude >= kLimit)) {
    scanner_.go_to(start);
    return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? 0 - *magnitude : *magnitude);
}

// Whether the upper half of a 64-bit number is lost anyway, so that 0xffffffff may be written for -1.
bool Attempt::takes_unsigned() const {
  const std::uint8_t opcode = item_.instruction.opcode;
  if (shape_.kind == Kind::store_imm) return size_of(opcode) != Size::dw;
  return shape_.kind != Kind::load_imm64 && is_32_bit(opcode);
}

bool Attempt::imm() {
  const std::size_t start = scanner_.at();
  const auto number = signed_number();
  if (!number) return miss("a number");
  const bool is_unsigned = takes_unsigned() && fits<std::uint32_t>(*number);
  if (!is_unsigned && !fits<std::int32_t>(*number)) return miss_at(start, "a number of 32 bits");
  item_.instruction.imm = static_cast<std::int32_t>(*number);
  return true;
}

bool Attempt::operand() {
  const std::size_t start = scanner_.at();
  const bool narrow = is_32_bit(item_.instruction.opcode);  // the width is known: an operand is not the first
  if (const auto found = register_of(scanner_.word()); found && found->narrow == narrow) {
    scanner_.go_to(start);
    item_.instruction.opcode |= static_cast<std::uint8_t>(Source::x);
    return src(true, false);
  }
  scanner_.go_to(start);
  if (const auto number = signed_number(); !number)
    return miss_at(start, cat("a register ", narrow ? "w0 to w10" : "r0 to r10", " or a number"));
  scanner_.go_to(start);
  return imm();
}

bool Attempt::name(Link link) {
  const std::size_t start = scanner_.at();
  const auto word = scanner_.word();
  if (word.empty() || register_of(word)) {
    scanner_.go_to(start);
    return false;
  }
  item_.link = link;
  item_.name = word;
  return true;
}

// A number of 64 bits, with either sign, or a name with an offset.
bool Attempt::wide() {
  const std::size_t start = scanner_.at();
  if (const auto number = signed_number()) {
    item_.instruction.imm = *number;
    return true;
  }
  if (const auto number = scanner_.number()) {
    item_.instruction.imm = static_cast<std::int64_t>(*number);
    return true;
  }
  if (!name(Link::map)) return miss_at(start, "a 64-bit number or a name");
  const bool minus = scanner_.take("-");
  if (!minus && !scanner_.take("+")) {
    miss("\"+\"");
    return true;
  }
  const std::size_t behind = (scanner_.skip_blanks(), scanner_.at());
  const auto offset = scanner_.number();
  if (!offset || *offset > static_cast<std::uint64_t>(INT32_MAX)) return miss_at(behind, "an offset of 31 bits");
  const auto distance = static_cast<std::int32_t>(*offset);
  item_.link = Link::map_value;
  item_.instruction.imm = wide_imm(0, minus ? -distance : distance);
  return true;
}

bool Attempt::half(bool upper) {
  const std::size_t start = scanner_.at();
  const auto number = signed_number();
  if (!number) return miss("a number");
  if (!fits<std::int32_t>(*number) && !fits<std::uint32_t>(*number)) return miss_at(start, "a number of 32 bits");
  Instruction& insn = item_.instruction;
  const auto value = static_cast<std::int32_t>(*number);
  insn.imm = upper ? wide_imm(insn.imm_low(), value) : wide_imm(value, insn.imm_high());
  return true;
}

// " + 0x4", " - 0x4" or nothing.
bool Attempt::displacement(bool of_offset) {
  const std::size_t start = scanner_.at();
  const bool minus = scanner_.take("-");
  if (!minus && !scanner_.take("+")) {
    miss("\"+\"");
    return true;  // and the expectation stays for what may be wrong behind it
  }
  scanner_.skip_blanks();
  const auto number = signed_number();
  if (!number) return miss("a number");
  const std::int64_t value = minus ? -*number : *number;
  if (of_offset ? !fits<std::int16_t>(value) : !fits<std::int32_t>(value))
    return miss_at(start, of_offset ? "an offset of 16 bits" : "an offset of 32 bits");
  (of_offset ? item_.instruction.offset = static_cast<std::int16_t>(value) : item_.instruction.imm = value);
  return true;
}

bool Attempt::address_space(int shift) {
  const std::size_t start = scanner_.at();
  const auto number = scanner_.number();
  if (!number || *number > 0xffff) return miss_at(start, "a number of 16 bits");
  const auto bits = static_cast<std::uint32_t>(item_.instruction.imm) | static_cast<std::uint32_t>(*number) << shift;
  item_.instruction.imm = static_cast<std::int32_t>(bits);
  return true;
}

bool Attempt::module_number() {
  const std::size_t start = scanner_.at();
  const auto number = signed_number();
  if (!number || !fits<std::int16_t>(*number)) return miss_at(start, "a number of 16 bits");
  item_.instruction.offset = static_cast<std::int16_t>(*number);
  return true;
}

bool Attempt::place(bool of_offset, bool may_be_label) {
  const std::size_t start = scanner_.at();
  if (may_be_label && name(of_offset ? Link::offset : Link::imm)) return true;
  const bool minus = scanner_.take("-");
  if (!minus && !scanner_.take("+")) return miss(may_be_label ? "a label or a distance, as +1" : "a distance, as +1");
  scanner_.skip_blanks();
  const auto number = scanner_.number();
  if (!number || *number > std::uint64_t{1} << 31) return miss("a number");
  const std::int64_t value = minus ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
  if (of_offset ? !fits<std::int16_t>(value) : !fits<std::int32_t>(value))
    return miss_at(start, of_offset ? "a distance of 16 bits" : "a distance of 32 bits");
  Instruction& insn = item_.instruction;
  if (of_offset)
    insn.offset = static_cast<std::int16_t>(value);
  else
    insn.imm = shape_.kind == Kind::load_imm64 ? wide_imm(static_cast<std::int32_t>(value), 0) : value;
  return true;
}

bool Attempt::callee() {
  if (name(Link::function)) return true;
  const std::size_t start = scanner_.at();
  const auto number = signed_number();
  if (!number || !fits<std::int32_t>(*number)) return miss_at(start, "a helper's number or a name");
  item_.instruction.imm = *number;
  return true;
}

// A w register is no value of 8 bytes. (The other way round, r is taken for w, as older compilers wrote it.)
bool Attempt::values_fit() {
  if (!narrow_value_ || has_narrow_value(item_.instruction.opcode)) return true;
  return miss_at(*narrow_value_, "a register r0 to r10, for 8 bytes");
}

}  // namespace

Result<Item> read_instruction(Scanner& scanner) {
  scanner.skip_blanks();
  const std::size_t start = scanner.at();
  Expectations expectations(start);
  for (const Shape& shape : kShapes) {
    scanner.go_to(start);
    Attempt attempt(scanner, shape, expectations);
    if (!attempt.read()) continue;
    const Item& item = attempt.item();
    if (const auto encoded = encode(item.instruction); !encoded) return scanner.error(start, encoded.error().message());
    return item;
  }
  return expectations.error(scanner);
}

bool name_helper(Item& item) {
  // With its "bpf_" only: a function of the program may well be called "redirect".
  if (item.link != Link::function || !item.name.starts_with("bpf_")) return false;
  const auto id = helper_by_name(item.name);
  if (!id) return false;
  item.instruction.imm = static_cast<std::int32_t>(*id);
  item.link = Link::none;
  item.name = {};
  return true;
}

std::optional<std::string_view> take_label(Scanner& scanner) {
  const std::size_t start = scanner.at();
  const std::string_view name = scanner.word();
  if (!name.empty() && scanner.take(":")) return name;
  scanner.go_to(start);
  return std::nullopt;
}

}  // namespace ebpf::insn
