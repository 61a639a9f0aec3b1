// A listing is made from code and from the functions that were put into it, each with the slot at which it begins:
// what is known about a function is counted from its own beginning.
#include "tools/cli/listing.h"

#include <algorithm>
#include <span>

#include "ebpf/asm/helper.h"
#include "ebpf/asm/print.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/load/load.h"
#include "ebpf/load/passes.h"

namespace ebpf::cli {
namespace {

struct Placed {
  const FunctionSpec* function;
  std::uint32_t start;
};

constexpr std::string_view kCoreKinds[] = {"field_byte_offset", "field_byte_size",  "field_exists",   "field_signed",
                                           "field_lshift_u64",  "field_rshift_u64", "type_id_local",  "type_id_target",
                                           "type_exists",       "type_size",        "enumval_exists", "enumval_value",
                                           "type_matches"};
static_assert(std::size(kCoreKinds) == btf::kMaxCoreKind + 1);

std::string describe(const CollectionSpec& spec, const btf::CoreRelocation& core) {
  const auto kind = static_cast<std::uint32_t>(core.kind);
  const std::string kind_name = kind <= btf::kMaxCoreKind ? std::string(kCoreKinds[kind]) : cat("kind ", kind);
  return cat(kind_name, ' ', spec.types.describe(core.type), ' ', spec.types.string(core.access));
}

constexpr std::string_view kPoisoned = ": not in this kernel";

std::string symbol_of(const Symbols& symbols, const Reference& reference) {
  if (reference.kind == ReferenceKind::map_value) return symbols.place_in_data(reference.name, reference.offset);
  return reference.name;
}

bool calls_helper(const insn::Instruction& insn) { return insn.kind() == insn::Kind::call && insn.src == 0; }

std::string helper_symbol(const insn::Instruction& insn) {
  const auto name = insn::helper_name(static_cast<insn::helper>(insn.imm));
  return name.empty() ? std::string() : cat("bpf_", name);
}

std::optional<std::uint32_t> target_of(const insn::Instruction& insn, std::uint32_t slot, std::size_t size) {
  using enum insn::Kind;
  const insn::Kind kind = insn.kind();
  if (kind != jump && kind != jump_long && kind != jump_if && kind != may_goto) return std::nullopt;
  const std::int64_t target = std::int64_t{slot} + 1 + (kind == jump_long ? insn.imm : insn.offset);
  if (target < 0 || target >= static_cast<std::int64_t>(size)) return std::nullopt;
  return static_cast<std::uint32_t>(target);
}

void read_code(std::vector<ListedSlot>& out, std::span<const insn::Slot> code, ByteOrder order) {
  out.resize(code.size());
  for (std::size_t i = 0; i < code.size(); ++i) insn::write_slot(code[i], order, out[i].bytes);
  for (std::size_t at = 0; at < code.size();) {
    const auto decoded = insn::decode(code.subspan(at));
    ListedSlot& slot = out[at];
    if (!decoded) {
      slot.text = "<unknown>";
      ++at;
      continue;
    }
    slot.instruction = decoded->instruction;
    slot.text = insn::to_text(decoded->instruction);
    slot.target = target_of(decoded->instruction, static_cast<std::uint32_t>(at), code.size());
    if (calls_helper(decoded->instruction)) slot.symbol = helper_symbol(decoded->instruction);
    at += decoded->slots;
  }
}

// Each record holds up to the next. They are sorted, or else the file is odd, and no slot is marked twice.
void mark_lines(std::span<ListedSlot> slots, const std::vector<btf::LineInfo>& lines) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::size_t begin = std::max<std::size_t>(lines[i].slot, done);
    const std::size_t end =
        std::min<std::size_t>(i + 1 < lines.size() ? lines[i + 1].slot : slots.size(), slots.size());
    if (begin >= end) continue;
    for (std::size_t slot = begin; slot < end; ++slot) slots[slot].line = lines[i];
    slots[begin].starts_line = true;
    done = end;
  }
}

// Writes what is known about a function beside its instructions.
void annotate(std::vector<ListedSlot>& out, const Symbols& symbols, const Placed& placed) {
  const FunctionSpec& function = *placed.function;
  const auto slots = std::span(out).subspan(placed.start, function.code.size());
  if (slots.empty()) return;
  slots.front().function = function.name;
  for (const Reference& reference : function.references)
    if (reference.slot < slots.size()) slots[reference.slot].symbol = symbol_of(symbols, reference);
  for (const btf::CoreRelocation& core : function.core_relocations)
    if (core.slot < slots.size()) slots[core.slot].core = describe(symbols.spec(), core);
  mark_lines(slots, function.lines);
}

// Where each function is in linked code: the calls tell.
std::vector<Placed> find_placed(const Symbols& symbols, const FunctionSpec& program, std::span<const insn::Slot> code) {
  std::vector<Placed> out = {{&program, 0}};
  std::vector<bool> is_placed(symbols.function_count());
  if (const auto main = symbols.find_function(program.name)) is_placed[*main] = true;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto [caller, caller_start] = out[i];
    for (const Reference& reference : caller->references) {
      if (reference.kind != ReferenceKind::call && reference.kind != ReferenceKind::function) continue;
      const auto index = symbols.find_function(reference.name);
      const std::uint32_t slot = caller_start + reference.slot;
      if (!index || is_placed[*index] || slot >= code.size()) continue;
      const FunctionSpec& callee = symbols.function(*index);
      const std::int64_t start = std::int64_t{slot} + 1 + code[slot].imm;
      if (start < 0 || !in_bounds(static_cast<std::uint64_t>(start), callee.code.size(), code.size())) continue;
      is_placed[*index] = true;
      out.push_back({&callee, static_cast<std::uint32_t>(start)});
    }
  }
  return out;
}

// The one descriptor that does not come from a map: of the BTF of the module in which a variable is.
void forget_descriptors(std::vector<insn::Slot>& code) {
  for (std::size_t i = 0; i + 1 < code.size(); i += static_cast<std::size_t>(insn::slots_of(code[i].opcode)))
    if (code[i].opcode == insn::kLdImm64 && code[i].src() == insn::kPseudoBtfId) code[i + 1].imm = 0;
}

}  // namespace

Symbols::Symbols(const CollectionSpec& spec) : spec_(spec) {
  for (const FunctionSpec& function : spec.subprograms) functions_.push_back(&function);
  for (const ProgramSpec& program : spec.programs) functions_.push_back(&program);
  for (const VariableSpec& variable : spec.variables) variables_.push_back(&variable);
  stable_sort(functions_, [](const FunctionSpec* a, const FunctionSpec* b) { return a->name < b->name; });
  stable_sort(variables_, [](const VariableSpec* a, const VariableSpec* b) {
    return a->section != b->section ? a->section < b->section : a->offset < b->offset;
  });
}

std::optional<std::size_t> Symbols::find_function(std::string_view name) const {
  const auto found = std::ranges::lower_bound(functions_, name, {}, &FunctionSpec::name);
  if (found == functions_.end() || (*found)->name != name) return std::nullopt;
  return static_cast<std::size_t>(found - functions_.begin());
}

std::string Symbols::place_in_data(std::string_view section, std::uint32_t offset) const {
  // The last variable that does not begin behind the place.
  const auto behind = std::ranges::partition_point(variables_, [&](const VariableSpec* variable) {
    return variable->section != section ? variable->section < section : variable->offset <= offset;
  });
  if (behind != variables_.begin()) {
    const VariableSpec& variable = **std::prev(behind);
    const bool same = variable.section == section;
    if (same && variable.offset == offset) return variable.name;
    if (same && offset - variable.offset < variable.size) return cat(variable.name, '+', hex(offset - variable.offset));
  }
  return offset == 0 ? std::string(section) : cat(section, '+', hex(offset));
}

Listing list_compiled(const Symbols& symbols, const FunctionSpec& function, bool is_program) {
  Listing listing{.function = &function, .is_program = is_program, .slots = {}};
  read_code(listing.slots, function.code, symbols.spec().byte_order);
  annotate(listing.slots, symbols, {&function, 0});
  return listing;
}

Result<Listing> list_for_kernel(const Symbols& symbols, const ProgramSpec& program, const LoadOptions& options) {
  EBPF_TRY(CollectionSpec alone, symbols.spec().only(program.name));
  // What a program is and where it attaches makes no difference to its instructions: it need not be known.
  ProgramSpec& only = alone.programs.front();
  only.program_type = ProgramType::socket_filter;
  only.attach_type.reset();
  only.attach_by_btf = false;
  loader::LoadPlan plan{.spec = alone, .options = options};
  EBPF_CHECK(loader::prepare(plan));
  EBPF_CHECK(loader::bind_references(plan));
  std::vector<insn::Slot>& code = plan.programs.front().code;
  forget_descriptors(code);
  Listing listing{.function = &program, .is_program = true, .slots = {}};
  read_code(listing.slots, code, kHostByteOrder);
  for (const Placed& placed : find_placed(symbols, program, code)) annotate(listing.slots, symbols, placed);
  for (const loader::PoisonedSlot& poisoned : plan.programs.front().poisoned)
    if (poisoned.slot < listing.slots.size()) listing.slots[poisoned.slot].core += kPoisoned;
  return listing;
}

}  // namespace ebpf::cli
