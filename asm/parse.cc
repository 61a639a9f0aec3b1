// Text to items (item.h), and those to code as the assembler does it.
#include "ebpf/asm/parse.h"

#include <algorithm>
#include <vector>

#include "ebpf/asm/scan.h"
#include "ebpf/asm/statement.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"

namespace ebpf::insn {
namespace {

struct Draft {
  std::vector<Item> items;
  std::vector<std::size_t> places;  // of each, in the text
};

Result<Draft> read_items(Scanner& scanner) {
  Draft draft;
  while (scanner.next_statement()) {
    draft.places.push_back(scanner.at());
    if (const auto label = take_label(scanner)) {
      draft.items.push_back({.link = Link::label, .name = *label});
      continue;
    }
    EBPF_TRY(const Item& item, read_instruction(scanner));
    draft.items.push_back(item);
  }
  return draft;
}

std::vector<std::string_view> sorted_labels(const std::vector<Item>& items) {
  std::vector<std::string_view> labels;
  for (const Item& item : items)
    if (item.link == Link::label) labels.push_back(item.name);
  stable_sort(labels);
  return labels;
}

// A name that is called or loaded is a label's if there is one. Otherwise it is something outside of the program.
void resolve_names(std::vector<Item>& items) {
  const auto labels = sorted_labels(items);
  for (Item& item : items) {
    Instruction& insn = item.instruction;
    const bool is_label = std::ranges::binary_search(labels, item.name);
    if (item.link == Link::map) {
      insn.src = is_label ? kPseudoFunc : kPseudoMapFd;
      item.link = is_label ? Link::imm : Link::map;
    } else if (item.link == Link::map_value) {
      insn.src = kPseudoMapValue;
    } else if (item.link == Link::function && is_label) {
      insn.src = kPseudoCall;
      item.link = Link::imm;
    } else if (item.link == Link::function) {
      if (name_helper(item)) continue;
      insn.src = kPseudoCall;
      insn.imm = -1;
    }
  }
}

Failure problem(const Scanner& scanner, const Draft& draft, const Outcome& outcome) {
  using enum Outcome::Problem;
  const Item& item = draft.items[outcome.item];
  const std::size_t place = draft.places[outcome.item];
  switch (outcome.problem) {
    case missing_label:
      return scanner.error(place, cat("there is no label ", quoted(item.name)));
    case too_far:
      return scanner.error(place, cat("label ", quoted(item.name), " is too far away for a jump of ",
                                      item.link == Link::offset ? "16 bits; gotol has 32" : "32 bits"));
    case flaw:
      return scanner.error(place, encode(outcome.instruction).error().message());
    case none:
    case duplicate_label:
      break;
  }
  return scanner.error(place, cat("label ", quoted(item.name), " is defined a second time"));
}

}  // namespace

Result<Instruction> parse_instruction(std::string_view text) {
  Scanner scanner(text);
  if (!scanner.next_statement()) return scanner.expected("an instruction");
  const std::size_t start = scanner.at();
  EBPF_TRY(Item item, read_instruction(scanner));
  if (item.link != Link::none && !name_helper(item))
    return scanner.error(start, cat("the name ", quoted(item.name), " means nothing to a single instruction"));
  if (scanner.next_statement()) return scanner.expected("one instruction only");
  return item.instruction;
}

Result<Code> parse(std::string_view text) {
  Scanner scanner(text);
  EBPF_TRY(Draft draft, read_items(scanner));
  resolve_names(draft.items);
  std::size_t slots = 0;
  std::size_t references = 0;
  for (const Item& item : draft.items) {
    slots += slots_of(item);
    references += stays_a_reference(item) ? 1 : 0;
  }
  Code code{std::vector<Slot>(slots), std::vector<Reference>(references)};
  const Outcome outcome = assembly::lay_out(draft.items, code.slots, code.references);
  if (outcome.problem != Outcome::Problem::none) return problem(scanner, draft, outcome);
  return code;
}

}  // namespace ebpf::insn
