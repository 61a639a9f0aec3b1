// Item: a line of an assembler program that has not been laid out yet.
//
// It is an instruction, and where one of its fields is not known yet, the name that will decide it: a label of the same
// program, or a map or function outside. A label is an item too, one that takes no room. builder.h makes items and
// assembler.h turns a list of them into slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ebpf/asm/instruction.h"

namespace ebpf::insn {

// What an item's name is for.
enum class Link : std::uint8_t {
  none,
  label,      // the item is no instruction: it gives the place where it stands this name
  offset,     // the distance to the label of that name becomes `offset`
  imm,        // the same for `imm`
  map,        // ld_imm64 of a map: stays a reference
  map_value,  // ld_imm64 of an address within a map's first value: stays a reference
  function,   // call of a function that is not in this program: stays a reference
};

struct Item {
  Instruction instruction{};
  Link link = Link::none;
  std::string_view name{};  // not owned: a literal, or something that outlives the item and what is assembled from it
};

constexpr std::size_t slots_of(const Item& item) { return item.link == Link::label ? 0 : item.instruction.slots(); }

constexpr bool stays_a_reference(const Item& item) {
  return item.link == Link::map || item.link == Link::map_value || item.link == Link::function;
}

// An item whose type says how many slots it takes and how many references it leaves, so that the size of a program
// assembled at compile time is known from the types of its parts. Slices to an Item where that is of no interest.
template <std::size_t SlotCount, std::size_t ReferenceCount = 0>
struct Part : Item {};

}  // namespace ebpf::insn
