// assemble(): from a list of items to slots, at compile time or at run time.
//
//     constexpr auto code = assemble(mov(r0, 0),
//                                    load_map_value(r1, "counts", 0),
//                                    mov(r2, 1),
//                                    jump_if(eq, r2, 0, "out"),
//                                    atomic_add<std::uint64_t>(r1, 0, r2),
//                                    label("out"),
//                                    exit_());
//
// Given the parts one by one, as here, the work is done by the compiler, and what is wrong does not compile: the error
// names one of the functions of namespace assembly_error. Given a span of items it is done at run time, for values that
// are not known before, and fails with a sentence. Both are the same code, lay_out().
//
// A label may stand before or behind the jumps to it; it is visible in the whole list. What the program refers to but
// does not have, its maps above all, comes out as a list of references for the loader.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/asm/item.h"
#include "ebpf/asm/slot.h"
#include "ebpf/base/error.h"
#include "ebpf/base/sort.h"

namespace ebpf::insn {

// Something outside of the program that a slot refers to by name.
struct Reference {
  enum class Kind : std::uint8_t {
    map,        // ld_imm64 with kPseudoMapFd: the first slot's imm is to be the map's descriptor
    map_value,  // ld_imm64 with kPseudoMapValue: the same; the second slot's imm already is the offset into the value
    function,   // call with kPseudoCall: imm is to be the distance to the function, or src and imm those of a kfunc
  };
  std::size_t slot = 0;  // the place of the (first) slot within the code
  Kind kind = Kind::map;
  std::string_view name{};  // as long-lived as the name that was given to the builder

  friend constexpr bool operator==(const Reference&, const Reference&) = default;
};

// Assembled code that somebody else owns.
struct CodeView {
  std::span<const Slot> slots;
  std::span<const Reference> references;  // in the order of their slots
};

// Code assembled at compile time.
template <std::size_t SlotCount, std::size_t ReferenceCount>
struct StaticCode {
  std::array<Slot, SlotCount> slots{};
  std::array<Reference, ReferenceCount> references{};

  constexpr operator CodeView() const { return {slots, references}; }
};

// Code assembled at run time.
struct Code {
  std::vector<Slot> slots;
  std::vector<Reference> references;

  operator CodeView() const { return {slots, references}; }
};

// How assembling ended: with no problem, or with what is wrong with an item.
struct Outcome {
  enum class Problem : std::uint8_t { none, duplicate_label, missing_label, too_far, flaw };
  Problem problem = Problem::none;
  std::size_t item = 0;
  Instruction instruction{};  // of Problem::flaw, with its distance filled in: find_flaw() says what is wrong
};

namespace assembly {

struct Label {
  std::string_view name;
  std::size_t slot;
  std::size_t item;
};

// The labels of a program, by name.
class Labels {
 public:
  constexpr explicit Labels(std::span<const Item> items) {
    std::size_t slot = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].link == Link::label) labels_.push_back({items[i].name, slot, i});
      slot += slots_of(items[i]);
    }
    if consteval {
      std::ranges::sort(labels_, {}, [](const Label& label) { return std::pair(label.name, label.item); });
    } else {
      stable_sort(labels_, [](const Label& a, const Label& b) { return a.name < b.name; });
    }
  }

  // The second of two labels with the same name.
  constexpr const Label* duplicate() const {
    const auto first = std::ranges::adjacent_find(labels_, {}, &Label::name);
    return first == labels_.end() ? nullptr : &*first + 1;
  }

  constexpr const Label* find(std::string_view name) const {
    const auto found = std::ranges::lower_bound(labels_, name, {}, &Label::name);
    return found == labels_.end() || found->name != name ? nullptr : &*found;
  }

 private:
  std::vector<Label> labels_;
};

// Not a fold expression, of which clang allows no more than 256 terms.
constexpr std::size_t sum(std::initializer_list<std::size_t> counts) {
  std::size_t total = 0;
  for (const std::size_t count : counts) total += count;
  return total;
}

template <class T>
constexpr bool fits(std::int64_t value) {
  return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
}

// Puts the distance from the instruction at `slot` to its label into the field that is to have it. Distances count from
// the slot behind the first one, also for ld_imm64.
constexpr Outcome::Problem link(Instruction& insn, const Item& item, std::size_t slot, const Labels& labels) {
  using enum Outcome::Problem;
  const Label* target = labels.find(item.name);
  if (target == nullptr) return missing_label;
  const std::int64_t distance = static_cast<std::int64_t>(target->slot) - static_cast<std::int64_t>(slot) - 1;
  if (item.link == Link::offset) {
    if (!fits<std::int16_t>(distance)) return too_far;
    insn.offset = static_cast<std::int16_t>(distance);
  } else {
    if (!fits<std::int32_t>(distance)) return too_far;
    insn.imm = insn.slots() == 2 ? wide_imm(static_cast<std::int32_t>(distance), 0) : distance;
  }
  return none;
}

constexpr Reference reference_of(const Item& item, std::size_t slot) {
  using enum Reference::Kind;
  return {slot, item.link == Link::map ? map : item.link == Link::map_value ? map_value : function, item.name};
}

// Fills `slots` and `references`, which have exactly the room that the items need.
constexpr Outcome lay_out(std::span<const Item> items, std::span<Slot> slots, std::span<Reference> references) {
  using enum Outcome::Problem;
  const Labels labels(items);
  if (const Label* label = labels.duplicate()) return {duplicate_label, label->item};
  std::size_t slot = 0;
  std::size_t reference = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    if (item.link == Link::label) continue;
    Instruction insn = item.instruction;
    if (item.link == Link::offset || item.link == Link::imm) {
      if (const auto problem = link(insn, item, slot, labels); problem != none) return {problem, i};
    }
    if (find_flaw(insn)) return {flaw, i, insn};
    if (stays_a_reference(item)) references[reference++] = reference_of(item, slot);
    const auto encoded = encode_unchecked(insn);
    std::ranges::copy(encoded.span(), slots.begin() + static_cast<std::ptrdiff_t>(slot));
    slot += encoded.count;
  }
  return {};
}

}  // namespace assembly

// Not defined, and not constexpr: a program that comes to call one of these at compile time does not compile.
namespace assembly_error {
void two_labels_have_the_same_name();
void a_label_does_not_exist();
void a_jump_is_too_far_for_its_field();
void an_instruction_has_a_field_that_it_must_not_have();
}  // namespace assembly_error

// Assembles at compile time.
template <std::size_t... SlotCounts, std::size_t... ReferenceCounts>
  requires(sizeof...(SlotCounts) > 0)
consteval auto assemble(const Part<SlotCounts, ReferenceCounts>&... parts) {
  const std::array<Item, sizeof...(parts)> items{parts...};
  StaticCode<assembly::sum({SlotCounts...}), assembly::sum({ReferenceCounts...})> code;
  switch (assembly::lay_out(items, code.slots, code.references).problem) {
    case Outcome::Problem::none:
      break;
    case Outcome::Problem::duplicate_label:
      assembly_error::two_labels_have_the_same_name();
      break;
    case Outcome::Problem::missing_label:
      assembly_error::a_label_does_not_exist();
      break;
    case Outcome::Problem::too_far:
      assembly_error::a_jump_is_too_far_for_its_field();
      break;
    case Outcome::Problem::flaw:
      assembly_error::an_instruction_has_a_field_that_it_must_not_have();
      break;
  }
  return code;
}

// Assembles at run time; errc::invalid_argument, with the item's number, for what would not compile above. The names in
// the result's references are those of the items, which are to live as long as it.
Result<Code> assemble(std::span<const Item> items);

}  // namespace ebpf::insn
