// ObjectBuilder: the state of assembling a file (object.h). Internal to this room; object.cc has its statements and its
// end, directives.cc what begins with a '.'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/asm/item.h"
#include "ebpf/asm/object.h"
#include "ebpf/asm/scan.h"
#include "ebpf/base/hash_table.h"

namespace ebpf::insn {

// A number that may depend on where symbols are: plus - minus + addend.
struct Expression {
  std::optional<std::size_t> plus = {};
  std::optional<std::size_t> minus = {};
  std::int64_t addend = 0;
};

class ObjectBuilder {
 public:
  ObjectBuilder(std::string_view text, ByteOrder order);
  Result<Object> build();

 private:
  using Binding = ObjectSymbol::Binding;
  using Type = ObjectSymbol::Type;

  // Everything that has a name, and also a place without one, where an expression says ".".
  struct Symbol {
    std::string_view name;
    std::optional<std::size_t> section = {};
    std::uint64_t offset = 0;
    Binding binding = Binding::local;
    Type type = Type::none;
    bool hidden = false;
    bool used = false;   // by a relocation
    bool typed = false;  // by .type
    Expression size = {};
    bool sized = false;     // by .size
    std::size_t place = 0;  // in the text, for errors
  };

  // Something that depends on a symbol: an instruction's field, or a number in data.
  struct Fixup {
    std::size_t section;
    std::uint64_t offset;
    std::size_t place;       // in the text
    Link link = Link::none;  // of an instruction; none: of data
    Instruction instruction = {};
    std::size_t symbol = 0;
    Expression value = {};   // of data
    std::uint8_t width = 0;  // likewise, in bytes
  };

  struct Directive {
    std::string_view name;
    Result<void> (ObjectBuilder::*read)(std::uint64_t argument);
    std::uint64_t argument;
  };
  static const Directive kDirectives[];

  // Reading (object.cc).
  Result<void> read_statement();
  Result<void> read_code();
  Result<void> define_label(std::string_view name, std::size_t place);
  Result<void> end_statement();
  Result<Expression> read_expression();
  Result<std::uint64_t> read_count(std::string_view what, std::uint64_t most);
  Result<std::size_t> read_symbol();
  std::size_t symbol(std::string_view name);
  std::size_t here();
  void enter_section(std::string_view name);
  ObjectSection& section() { return sections_[current_]; }
  Result<void> append(std::span<const std::byte> bytes);
  Result<void> append_zeroes(std::uint64_t count);
  void put(std::span<std::byte> out, std::uint64_t value) const;

  // Directives (directives.cc).
  Result<void> read_directive(std::string_view name, std::size_t place);
  Result<void> standard_section(std::uint64_t which);
  Result<void> any_section(std::uint64_t);
  Result<void> section_flags();
  Result<void> bind(std::uint64_t binding);
  Result<void> hide(std::uint64_t);
  Result<void> give_type(std::uint64_t);
  Result<void> give_size(std::uint64_t);
  Result<void> numbers(std::uint64_t width);
  Result<void> strings(std::uint64_t terminated);
  Result<void> skip_zero();
  Result<void> zeroes(std::uint64_t);
  Result<void> align(std::uint64_t is_power);
  Result<void> ignore(std::uint64_t);

  // The end (object.cc).
  Result<void> apply(const Fixup& fixup);
  Result<void> apply_jump(const Fixup& fixup);
  Result<void> apply_call(const Fixup& fixup);
  Result<void> apply_load(const Fixup& fixup);
  Result<void> apply_number(const Fixup& fixup);
  Result<std::int64_t> distance(const Fixup& fixup);
  Result<std::int64_t> constant(const Expression& value, std::size_t place) const;
  Result<void> write(const Fixup& fixup, const Instruction& insn);
  std::int64_t relocate(const Fixup& fixup, std::size_t symbol, ObjectRelocation::Kind kind);
  std::size_t section_symbol(std::size_t section);
  ObjectRelocation::Kind address_kind(std::uint8_t width, std::size_t symbol) const;
  static bool is_temporary(const Symbol& symbol);
  bool is_code(const Symbol& symbol) const;
  bool is_listed(const Symbol& symbol) const;
  void settle_types();
  Result<void> settle_sizes();
  Object take_object();

  Scanner scanner_;
  ByteOrder order_;
  std::vector<ObjectSection> sections_;
  HashTable<std::string_view> section_names_;
  std::size_t current_ = 0;
  bool skipping_ = false;    // in a section of DWARF
  std::uint64_t total_ = 0;  // bytes in all sections that have any
  std::vector<Symbol> symbols_;
  HashTable<std::string_view> symbol_names_;
  std::vector<Fixup> fixups_;
  HashTable<std::uint64_t> section_symbols_;  // by section
};

}  // namespace ebpf::insn
