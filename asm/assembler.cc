// Assembling at run time: lay_out() as the compiler runs it, into vectors, with sentences for what went wrong.
#include "ebpf/asm/assembler.h"

#include <utility>

#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

Failure error_of(const Item& item, const Outcome& outcome) {
  using enum Outcome::Problem;
  switch (outcome.problem) {
    case none:
    case duplicate_label:
      break;
    case missing_label:
      return fail(errc::invalid_argument, "there is no label ", quoted(item.name));
    case too_far:
      return fail(errc::invalid_argument, "label ", quoted(item.name), " is too far away for a jump of ",
                  item.link == Link::offset ? "16 bits; jump_long() has 32" : "32 bits");
    case flaw:
      return fail_in(encode(outcome.instruction));
  }
  return fail(errc::invalid_argument, "label ", quoted(item.name), " is defined a second time");
}

}  // namespace

Result<Code> assemble(std::span<const Item> items) {
  std::size_t slots = 0;
  std::size_t references = 0;
  for (const Item& item : items) {
    slots += slots_of(item);
    references += stays_a_reference(item) ? 1 : 0;
  }
  Code code{std::vector<Slot>(slots), std::vector<Reference>(references)};
  const auto outcome = assembly::lay_out(items, code.slots, code.references);
  if (outcome.problem != Outcome::Problem::none) {
    return fail_in(error_of(items[outcome.item], outcome), "item ", outcome.item);
  }
  return code;
}

}  // namespace ebpf::insn
