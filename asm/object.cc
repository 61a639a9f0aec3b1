// Two steps: the text is read into sections, symbols and fixups; then, all places being known, the fixups are applied.
// As llvm-mc has it, a distance within a section is written down, and everything else is left to a relocation: a call
// of a global function too, since a linker may have another one for it.
#include "ebpf/asm/object.h"

#include <algorithm>
#include <limits>
#include <ranges>
#include <utility>

#include "ebpf/asm/object_builder.h"
#include "ebpf/asm/slot.h"
#include "ebpf/asm/statement.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

// More than any program and its data need, and little enough for a text of one line that asks for it.
constexpr std::uint64_t kMostBytes = 16u << 20;
constexpr std::uint64_t kMostZeroes = UINT32_MAX;

template <class T>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

}  // namespace

ObjectBuilder::ObjectBuilder(std::string_view text, ByteOrder order) : scanner_(text), order_(order) {
  enter_section(".text");
}

Result<Object> ObjectBuilder::build() {
  while (scanner_.next_statement()) EBPF_CHECK(read_statement());
  for (const Fixup& fixup : fixups_) EBPF_CHECK(apply(fixup));
  settle_types();
  EBPF_CHECK(settle_sizes());
  return take_object();
}

Result<void> ObjectBuilder::read_statement() {
  const std::size_t place = scanner_.at();
  if (const auto label = take_label(scanner_)) return define_label(*label, place);
  const std::string_view word = scanner_.word();
  if (word.starts_with('.')) return read_directive(word, place);
  scanner_.go_to(place);
  if (skipping_) return scanner_.skip_statement(), Result<void>();
  return read_code();
}

Result<void> ObjectBuilder::define_label(std::string_view name, std::size_t place) {
  if (skipping_) return {};
  Symbol& defined = symbols_[symbol(name)];
  if (defined.section) return scanner_.error(place, cat("label ", quoted(name), " is defined a second time"));
  defined.section = current_;
  defined.offset = section().size;
  defined.place = place;
  return {};
}

Result<void> ObjectBuilder::read_code() {
  const std::size_t place = scanner_.at();
  EBPF_TRY(Item item, read_instruction(scanner_));
  ObjectSection& target = section();
  if (target.zeroes) return scanner_.error(place, cat("section ", quoted(target.name), " has zeroes only"));
  if (target.size % kSlotSize != 0) return scanner_.error(place, "an instruction must begin at a multiple of 8 bytes");
  target.executable = target.allocated = true;
  target.alignment = std::max<std::uint64_t>(target.alignment, kSlotSize);
  Fixup fixup{.section = current_, .offset = target.size, .place = place, .link = item.link};
  fixup.instruction = item.instruction;
  if (item.link != Link::none) {
    fixup.symbol = symbol(item.name);
    fixups_.push_back(fixup);
  }
  EBPF_CHECK(append_zeroes(item.instruction.slots() * kSlotSize));
  return write(fixup, item.instruction);
}

Result<void> ObjectBuilder::end_statement() {
  if (scanner_.at_end_of_statement()) return {};
  return scanner_.expected("the end of the statement");
}

// name, number and ".", added and subtracted; one symbol of either sign at most.
Result<Expression> ObjectBuilder::read_expression() {
  Expression out;
  bool minus = scanner_.take("-");
  while (true) {
    scanner_.skip_blanks();
    const std::size_t place = scanner_.at();
    if (const auto number = scanner_.number()) {
      const std::uint64_t sum = static_cast<std::uint64_t>(out.addend) + (minus ? 0 - *number : *number);
      out.addend = static_cast<std::int64_t>(sum);
    } else if (const auto name = scanner_.word(); !name.empty()) {
      auto& side = minus ? out.minus : out.plus;
      if (side) return scanner_.error(place, "an expression is at most the difference of two symbols");
      side = name == "." ? here() : symbol(name);
    } else {
      return scanner_.expected("a number or a name");
    }
    minus = scanner_.take("-");
    if (!minus && !scanner_.take("+")) return out;
  }
}

Result<std::uint64_t> ObjectBuilder::read_count(std::string_view what, std::uint64_t most) {
  scanner_.skip_blanks();
  const std::size_t place = scanner_.at();
  const auto number = scanner_.number();
  if (number && *number <= most) return *number;
  scanner_.go_to(place);
  return scanner_.expected(cat(what, " up to ", most));
}

Result<std::size_t> ObjectBuilder::read_symbol() {
  const std::string_view name = scanner_.word();
  if (name.empty()) return scanner_.expected("a symbol's name");
  return symbol(name);
}

std::size_t ObjectBuilder::symbol(std::string_view name) {
  const auto put = symbol_names_.put(name, symbols_.size());
  if (put.is_new) symbols_.push_back({.name = name, .place = scanner_.at()});
  return put.value;
}

std::size_t ObjectBuilder::here() {
  symbols_.push_back({.name = {}, .section = current_, .offset = section().size});
  return symbols_.size() - 1;
}

Result<void> ObjectBuilder::append(std::span<const std::byte> bytes) {
  ObjectSection& out = section();
  const bool all_zero = std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{}; });
  if (out.zeroes && !all_zero) return scanner_.expected("zeroes, which are all that this section has");
  EBPF_CHECK(append_zeroes(bytes.size()));
  if (!out.zeroes) std::ranges::copy(bytes, out.bytes.end() - static_cast<std::ptrdiff_t>(bytes.size()));
  return {};
}

Result<void> ObjectBuilder::append_zeroes(std::uint64_t count) {
  ObjectSection& out = section();
  const std::uint64_t most = out.zeroes ? kMostZeroes - out.size : kMostBytes - total_;
  if (count > most) return scanner_.error(scanner_.at(), cat("this is more than the ", most, " bytes that are left"));
  out.size += count;
  if (out.zeroes) return {};
  total_ += count;
  out.bytes.resize(out.size);
  return {};
}

void ObjectBuilder::put(std::span<std::byte> out, std::uint64_t value) const {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t place = order_ == ByteOrder::little ? i : out.size() - 1 - i;
    out[place] = static_cast<std::byte>(value >> (8 * i));
  }
}

Result<void> ObjectBuilder::apply(const Fixup& fixup) {
  switch (fixup.link) {
    case Link::offset:
    case Link::imm:
      return apply_jump(fixup);
    case Link::function:
      return apply_call(fixup);
    case Link::map:
    case Link::map_value:
      return apply_load(fixup);
    case Link::none:
    case Link::label:
      break;
  }
  return apply_number(fixup);
}

// In slots, from the next instruction.
Result<std::int64_t> ObjectBuilder::distance(const Fixup& fixup) {
  const Symbol& target = symbols_[fixup.symbol];
  const auto bytes = static_cast<std::int64_t>(target.offset) - static_cast<std::int64_t>(fixup.offset);
  constexpr auto kSlot = static_cast<std::int64_t>(kSlotSize);
  if (bytes % kSlot == 0) return bytes / kSlot - 1;
  return scanner_.error(fixup.place, cat("no instruction begins at label ", quoted(target.name)));
}

Result<void> ObjectBuilder::apply_jump(const Fixup& fixup) {
  const Symbol& target = symbols_[fixup.symbol];
  if (target.section != fixup.section)
    return scanner_.error(fixup.place,
                          cat("there is no label ", quoted(target.name), target.section ? " in this section" : ""));
  EBPF_TRY(const std::int64_t slots, distance(fixup));
  Instruction insn = fixup.instruction;
  const bool is_short = fixup.link == Link::offset;
  if (is_short ? !fits<std::int16_t>(slots) : !fits<std::int32_t>(slots))
    return scanner_.error(fixup.place, cat("label ", quoted(target.name), " is too far away for a jump of ",
                                           is_short ? "16 bits; gotol has 32" : "32 bits"));
  if (is_short)
    insn.offset = static_cast<std::int16_t>(slots);
  else
    insn.imm = slots;
  return write(fixup, insn);
}

Result<void> ObjectBuilder::apply_call(const Fixup& fixup) {
  const Symbol target = symbols_[fixup.symbol];  // a copy: relocate() may move it
  Item item{fixup.instruction, Link::function, target.name};
  if (!target.section && name_helper(item)) return write(fixup, item.instruction);
  item.instruction.src = kPseudoCall;
  symbols_[fixup.symbol].used = true;
  if (target.section == fixup.section && target.binding == Binding::local) {
    EBPF_TRY(item.instruction.imm, distance(fixup));
    return write(fixup, item.instruction);
  }
  const std::int64_t offset = relocate(fixup, fixup.symbol, ObjectRelocation::Kind::call);
  constexpr auto kSlot = static_cast<std::int64_t>(kSlotSize);
  if (offset % kSlot != 0)
    return scanner_.error(fixup.place, cat("no instruction begins at label ", quoted(target.name)));
  item.instruction.imm = offset / kSlot - 1;
  return write(fixup, item.instruction);
}

Result<void> ObjectBuilder::apply_load(const Fixup& fixup) {
  Instruction insn = fixup.instruction;
  // What is added to the symbol stands in the lower half, and its sign in the upper.
  insn.imm = insn.imm_high() + relocate(fixup, fixup.symbol, ObjectRelocation::Kind::load);
  return write(fixup, insn);
}

Result<void> ObjectBuilder::apply_number(const Fixup& fixup) {
  std::int64_t value = fixup.value.addend;
  const bool is_address = fixup.value.plus && !fixup.value.minus && fixup.width >= 4;
  if (is_address) {
    value += relocate(fixup, *fixup.value.plus, address_kind(fixup.width, *fixup.value.plus));
  } else {
    EBPF_TRY(value, constant(fixup.value, fixup.place));
  }
  const int bits = 8 * fixup.width;
  if (bits < 64 && (value < -(std::int64_t{1} << (bits - 1)) || value >= std::int64_t{1} << bits))
    return scanner_.error(fixup.place, cat(value, " does not fit into ", fixup.width, " bytes"));
  ObjectSection& target = sections_[fixup.section];
  if (!target.zeroes)
    put(std::span(target.bytes).subspan(fixup.offset, fixup.width), static_cast<std::uint64_t>(value));
  else if (value != 0)
    return scanner_.error(fixup.place, cat("section ", quoted(target.name), " has zeroes only"));
  return {};
}

Result<std::int64_t> ObjectBuilder::constant(const Expression& value, std::size_t place) const {
  if (!value.plus && !value.minus) return value.addend;
  const bool both = value.plus && value.minus;
  if (!both || !symbols_[*value.plus].section || symbols_[*value.plus].section != symbols_[*value.minus].section)
    return scanner_.error(place, "this is no constant: a number, or the difference of two places in one section");
  const std::uint64_t difference = symbols_[*value.plus].offset - symbols_[*value.minus].offset;
  return static_cast<std::int64_t>(difference + static_cast<std::uint64_t>(value.addend));
}

Result<void> ObjectBuilder::write(const Fixup& fixup, const Instruction& insn) {
  const auto encoded = encode(insn);
  if (!encoded) return scanner_.error(fixup.place, encoded.error().message());
  const auto bytes = std::span(sections_[fixup.section].bytes).subspan(fixup.offset);
  for (std::size_t i = 0; i < encoded->count; ++i)
    write_slot(encoded->slots[i], order_, bytes.subspan(i * kSlotSize).first<kSlotSize>());
  return {};
}

// An address of 4 bytes is no address but a description of one; llvm-mc looks at what is described, too.
ObjectRelocation::Kind ObjectBuilder::address_kind(std::uint8_t width, std::size_t symbol) const {
  using enum ObjectRelocation::Kind;
  if (width == 8) return absolute64;
  const Symbol& target = symbols_[symbol];
  if (!target.section) return absolute32;
  const ObjectSection& section = sections_[*target.section];
  return (is_temporary(target) ? section.executable : section.writable) ? in_debug_info : absolute32;
}

// Returns what is to be added to the symbol. As llvm-mc has it, what is local is so many bytes into its section.
std::int64_t ObjectBuilder::relocate(const Fixup& fixup, std::size_t symbol, ObjectRelocation::Kind kind) {
  const bool by_section = symbols_[symbol].binding == Binding::local && symbols_[symbol].section;
  const std::uint64_t offset = by_section ? symbols_[symbol].offset : 0;
  if (!by_section || !is_temporary(symbols_[symbol])) symbols_[symbol].used = true;
  if (by_section) symbol = section_symbol(*symbols_[symbol].section);
  sections_[fixup.section].relocations.push_back({fixup.offset, kind, symbol});
  return static_cast<std::int64_t>(offset);
}

std::size_t ObjectBuilder::section_symbol(std::size_t section) {
  const auto put = section_symbols_.put(section, symbols_.size());
  if (put.is_new)
    symbols_.push_back({.name = {}, .section = section, .type = Type::section, .typed = true, .sized = true});
  return put.value;
}

bool ObjectBuilder::is_temporary(const Symbol& symbol) {
  return symbol.name.starts_with(".L") && symbol.binding == Binding::local;
}

bool ObjectBuilder::is_code(const Symbol& symbol) const {
  return symbol.section && sections_[*symbol.section].executable;
}

// What the symbol table has: what others may refer to, what is referred to, and what has been told about.
bool ObjectBuilder::is_listed(const Symbol& symbol) const {
  if (symbol.type == Type::section) return true;
  if (symbol.name.empty()) return false;
  if (!symbol.section) return symbol.used;
  if (symbol.used || symbol.typed || symbol.binding != Binding::local) return true;
  return !is_code(symbol) && !symbol.name.starts_with(".L");
}

void ObjectBuilder::settle_types() {
  for (Symbol& symbol : symbols_) {
    // What is used and not defined is for a loader to find, or for a linker.
    if (!symbol.section && symbol.binding == Binding::local) symbol.binding = Binding::global;
    const bool in_data = symbol.section && sections_[*symbol.section].allocated;
    if (symbol.typed || !is_listed(symbol)) continue;
    if (is_code(symbol))
      symbol.type = Type::function;
    else if (in_data)
      symbol.type = Type::object;
  }
}

// A size that is not given goes up to the next symbol of the same section that is listed.
Result<void> ObjectBuilder::settle_sizes() {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < symbols_.size(); ++i)
    if (symbols_[i].section && symbols_[i].type != Type::section && is_listed(symbols_[i])) order.push_back(i);
  const auto place = [&](std::size_t i) { return std::pair(*symbols_[i].section, symbols_[i].offset); };
  stable_sort(order, [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  std::uint64_t end = 0;
  std::uint64_t start_of_next = 0;
  std::optional<std::size_t> last_section;
  for (const std::size_t i : order | std::views::reverse) {
    Symbol& symbol = symbols_[i];
    if (symbol.section != last_section) start_of_next = end = sections_[*symbol.section].size;
    last_section = symbol.section;
    // Two names of one place end at the same place.
    if (symbol.offset != start_of_next) end = start_of_next;
    start_of_next = symbol.offset;
    if (!symbol.sized) {
      symbol.size = {.addend = static_cast<std::int64_t>(end - symbol.offset)};
    } else {
      EBPF_TRY(symbol.size.addend, constant(symbol.size, symbol.place));
      const std::uint64_t room = sections_[*symbol.section].size - symbol.offset;
      if (symbol.size.addend < 0 || static_cast<std::uint64_t>(symbol.size.addend) > room)
        return scanner_.error(symbol.place, cat(quoted(symbol.name), " is said to be longer than its section"));
    }
  }
  return {};
}

Object ObjectBuilder::take_object() {
  Object out;
  std::vector<bool> has_symbol(sections_.size());
  for (const Symbol& symbol : symbols_)
    if (symbol.section && is_listed(symbol)) has_symbol[*symbol.section] = true;
  std::vector<std::size_t> section_index(sections_.size());
  for (std::size_t i = 0; i < sections_.size(); ++i) {
    section_index[i] = out.sections.size();
    if (sections_[i].size != 0 || has_symbol[i]) out.sections.push_back(std::move(sections_[i]));
  }
  std::vector<std::size_t> symbol_index(symbols_.size());
  for (const bool local : {true, false}) {
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
      const Symbol& symbol = symbols_[i];
      if (!is_listed(symbol) || (symbol.binding == Binding::local) != local) continue;
      symbol_index[i] = out.symbols.size();
      ObjectSymbol& entry = out.symbols.emplace_back();
      entry.name = symbol.name;
      entry.binding = symbol.binding;
      entry.type = symbol.type;
      entry.hidden = symbol.hidden;
      if (symbol.section) entry.section = section_index[*symbol.section];
      entry.offset = symbol.offset;
      entry.size = symbol.section ? static_cast<std::uint64_t>(symbol.size.addend) : 0;
    }
  }
  for (ObjectSection& section : out.sections) {
    for (ObjectRelocation& relocation : section.relocations) relocation.symbol = symbol_index[relocation.symbol];
    stable_sort(section.relocations,
                [](const ObjectRelocation& a, const ObjectRelocation& b) { return a.offset < b.offset; });
  }
  return out;
}

Result<Object> assemble_object(std::string_view text, ByteOrder order) { return ObjectBuilder(text, order).build(); }

}  // namespace ebpf::insn
