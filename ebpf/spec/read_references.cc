// What instructions and static contents of maps refer to: the relocations of an object, turned into names.
//
// A relocation says at which byte of a section a symbol is used. The BPF target has two for code, R_BPF_64_64 for
// ld_imm64 and R_BPF_64_32 for calls, and one for pointers in data, R_BPF_64_ABS64 (Documentation/bpf/llvm_reloc.rst).
// The number that is added to the symbol stands in the instruction itself.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

constexpr std::uint32_t kRelocation64 = 1;   // R_BPF_64_64
constexpr std::uint32_t kRelocation32 = 10;  // R_BPF_64_32
constexpr std::uint64_t kPointerSize = 8;

// One relocation in code, with what it is about already looked up.
struct CodeSite {
  ObjectReader& reader;
  FunctionDraft& function;
  std::uint32_t slot;
  const elf::Symbol& symbol;

  insn::Slot& instruction() const { return function.spec.code[slot]; }
  void add(ReferenceKind kind, std::string_view name, std::uint32_t offset = 0) const {
    function.spec.references.push_back({.slot = slot, .kind = kind, .offset = offset, .name = std::string(name)});
  }
};

std::string symbol_label(const ObjectReader& reader, const elf::Symbol& symbol) {
  if (!symbol.name.empty()) return cat("symbol ", quoted(symbol.name));
  if (symbol.section < reader.sections.size())
    return cat("section ", quoted(reader.sections[symbol.section].section.name));
  return "a nameless symbol";
}

Result<void> refer_to_map(const CodeSite& site, std::uint64_t offset) {
  const MapPlace* place = site.reader.map_at(site.symbol.section, offset);
  if (place == nullptr || place->start != offset)
    return fail(errc::malformed, "it refers to byte ", offset, " of section ",
                quoted(site.reader.sections[site.symbol.section].section.name), ", where no map begins");
  site.add(ReferenceKind::map, site.reader.spec.maps[place->index].name);
  return {};
}

Result<void> refer_to_data(const CodeSite& site, const elf::Section& section, std::string_view map,
                           std::uint64_t offset) {
  if (offset > section.size)
    return fail(errc::malformed, "it refers to byte ", offset, " of section ", quoted(section.name), ", which has ",
                section.size);
  site.add(ReferenceKind::map_value, map, static_cast<std::uint32_t>(offset));
  return {};
}

Result<void> refer_to_function(const CodeSite& site, ReferenceKind kind, std::uint32_t section, std::uint64_t offset) {
  const FunctionDraft* target = site.reader.function_starting_at(section, offset);
  if (target == nullptr)
    return fail(errc::malformed, "it refers to byte ", static_cast<std::int64_t>(offset), " of section ",
                quoted(site.reader.sections[section].section.name), ", where no function begins");
  site.add(kind, target->spec.name);
  return {};
}

Result<void> refer_to_jump_table(const CodeSite& site, std::uint64_t offset) {
  EBPF_TRY(const JumpTablePlace& place, read_jump_table(site.reader, site.function, site.symbol, offset));
  site.add(ReferenceKind::jump_table, place.name, place.offset);
  return {};
}

// A configuration option is a variable in a section; anything else is looked up in the kernel.
void refer_to_extern(const CodeSite& site) {
  const auto& options = site.reader.options;
  const auto option = std::ranges::lower_bound(options, site.symbol.name, {},
                                               [](const auto& each) { return std::string_view(each.first); });
  if (option != options.end() && option->first == site.symbol.name)
    site.add(ReferenceKind::map_value, kKconfigSection, option->second);
  else
    site.add(ReferenceKind::external_value, site.symbol.name);
}

Result<void> read_load(const CodeSite& site) {
  if (site.instruction().opcode != insn::kLdImm64 || site.slot + 1 >= site.function.spec.code.size())
    return fail(errc::malformed, "the relocation is for ld_imm64, but the instruction is another");
  // The addend: the low half is in the first slot; negative ones do not occur but must not wrap into something valid.
  const auto offset = site.symbol.value + static_cast<std::uint64_t>(std::int64_t{site.instruction().imm});
  if (!site.symbol.defined()) {
    refer_to_extern(site);
    return {};
  }
  if (site.symbol.section >= site.reader.sections.size())
    return fail(errc::unsupported_input, "it refers to ", symbol_label(site.reader, site.symbol),
                ", which is in no section");
  const SectionEntry& target = site.reader.sections[site.symbol.section];
  switch (target.role) {
    case Role::maps:
    case Role::legacy_maps:
      return refer_to_map(site, offset);
    case Role::data:
      return refer_to_data(site, target.section, target.section.name, offset);
    case Role::arena:
      return refer_to_data(site, target.section, site.reader.arena, offset);
    case Role::code:
      return refer_to_function(site, ReferenceKind::function, site.symbol.section, offset);
    case Role::jump_tables:
      return refer_to_jump_table(site, offset);
    case Role::struct_ops:
    case Role::other:
      break;
  }
  return fail(errc::unsupported_input, "it refers to ", symbol_label(site.reader, site.symbol), " in section ",
              quoted(target.section.name), ", whose purpose is not known");
}

Result<void> read_call(const CodeSite& site) {
  if (site.instruction().opcode != insn::kCall || site.instruction().src() != insn::kPseudoCall)
    return fail(errc::malformed, "the relocation is for a call of a function, but the instruction is another");
  if (!site.symbol.defined()) {
    site.add(ReferenceKind::external_call, site.symbol.name);
    return {};
  }
  if (site.symbol.section >= site.reader.sections.size() ||
      site.reader.sections[site.symbol.section].role != Role::code)
    return fail(errc::malformed, "it calls ", symbol_label(site.reader, site.symbol), ", which is no code");
  // imm counts slots from the next instruction, with -1 for the symbol itself.
  const auto offset = site.symbol.value + static_cast<std::uint64_t>((std::int64_t{site.instruction().imm} + 1) *
                                                                     static_cast<std::int64_t>(insn::kSlotSize));
  return refer_to_function(site, ReferenceKind::call, site.symbol.section, offset);
}

Result<void> read_code_relocation(const CodeSite& site, std::uint32_t type) {
  if (type == kRelocation64) return read_load(site);
  if (type == kRelocation32) return read_call(site);
  return fail(errc::unsupported_input, "relocation type ", type, " is not known in code");
}

Result<void> read_code_relocations(ObjectReader& reader, const elf::Section& section,
                                   const elf::RelocationTable& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    const elf::Relocation relocation = table[i];
    if (relocation.symbol >= reader.symbols.size())
      return fail(errc::malformed, "relocation ", i, " is for symbol ", relocation.symbol, "; there are ",
                  reader.symbols.size());
    if (relocation.offset % insn::kSlotSize != 0 || relocation.offset >= section.size)
      return fail(errc::malformed, "relocation ", i, " is for byte ", hex(relocation.offset),
                  ", where no instruction begins (the section has ", section.size, " bytes)");
    FunctionDraft* function = reader.function_at(section.index, relocation.offset);
    if (function == nullptr) continue;  // code that no symbol covers: a linker left out a weak function's
    // Several tables may be the same bytes of the file.
    if (++reader.references > reader.file.size()) return fail(errc::malformed, "relocations repeat over and over");
    const auto slot = static_cast<std::uint32_t>((relocation.offset - function->start) / insn::kSlotSize);
    const CodeSite site{reader, *function, slot, reader.symbols[relocation.symbol]};
    EBPF_CHECK_IN(read_code_relocation(site, relocation.type), "function ", quoted(function->spec.name),
                  ": instruction ", slot);
  }
  return {};
}

// Static contents: a pointer to a map or to a program in the `values` of a map's definition.
Result<void> read_map_slot(ObjectReader& reader, std::uint32_t section, const elf::Relocation& relocation) {
  const MapPlace* place = reader.map_at(section, relocation.offset);
  if (place == nullptr || !place->values_offset || relocation.offset < place->start + *place->values_offset)
    return fail(errc::unsupported_input, "a pointer in a map's definition is not in its \"values\"");
  const std::uint64_t within = relocation.offset - place->start - *place->values_offset;
  if (relocation.type != kRelocationAbsolute64 || within % kPointerSize != 0 ||
      relocation.symbol >= reader.symbols.size())
    return fail(errc::malformed, "static contents: relocation type ", relocation.type, " at byte ", relocation.offset);
  const elf::Symbol& symbol = reader.symbols[relocation.symbol];
  MapSpec& map = reader.spec.maps[place->index];
  const auto index = static_cast<std::uint32_t>(within / kPointerSize);
  const Role role = symbol.section < reader.sections.size() ? reader.sections[symbol.section].role : Role::other;
  const FunctionDraft* function =
      role == Role::code ? reader.function_starting_at(symbol.section, symbol.value) : nullptr;
  const MapPlace* inner = role == Role::maps ? reader.map_at(symbol.section, symbol.value) : nullptr;
  if (function != nullptr && map.inner.empty()) {
    map.slots.push_back({index, function->spec.name});
  } else if (inner != nullptr && inner->start == symbol.value && !map.inner.empty()) {
    map.slots.push_back({index, reader.spec.maps[inner->index].name});
  } else {
    return fail(errc::malformed, "map ", quoted(map.name), ": element ", index, " refers to ",
                symbol_label(reader, symbol), map.inner.empty() ? ", which is no program" : ", which is no map");
  }
  return {};
}

Result<void> read_relocation_section(ObjectReader& reader, const elf::Section& section) {
  if (section.info >= reader.sections.size())
    return fail(errc::malformed, "it is for section ", section.info, ", which does not exist");
  const SectionEntry& target = reader.sections[section.info];
  if (target.role == Role::other) return {};
  if (section.type == elf::SectionType::rela)
    return fail(errc::unsupported_input,
                "it has addends of its own (SHT_RELA), which no BPF compiler is known to write");
  EBPF_TRY(const elf::RelocationTable& table, reader.file.relocations(section));
  if (target.role == Role::jump_tables) return {};  // see read_jump_tables.cc
  if (target.role == Role::code) return read_code_relocations(reader, target.section, table);
  if (target.role == Role::struct_ops) return read_callbacks(reader, target.section, table);
  if (target.role == Role::data || target.role == Role::arena) {
    if (table.size() > 0)
      reader.spec.notes.push_back(cat("section ", quoted(target.section.name), ": ", table.size(),
                                      " pointers in it stay as they are: a BPF program's data cannot hold addresses"));
    return {};
  }
  for (std::size_t i = 0; i < table.size(); ++i) EBPF_CHECK(read_map_slot(reader, section.info, table[i]));
  return {};
}

// Calls within a section need no relocation: the distance is in the instruction already. Made into references, too,
// since functions are moved when they are linked.
Result<void> read_local_calls(ObjectReader& reader, FunctionDraft& function) {
  const std::vector<Reference> relocated = function.spec.references;  // sorted
  auto next = relocated.begin();
  for (std::uint32_t slot = 0; slot < function.spec.code.size();
       slot += static_cast<std::uint32_t>(insn::slots_of(function.spec.code[slot].opcode))) {
    while (next != relocated.end() && next->slot < slot) ++next;
    if (next != relocated.end() && next->slot == slot) continue;
    const insn::Slot& instruction = function.spec.code[slot];
    const bool is_call = instruction.opcode == insn::kCall && instruction.src() == insn::kPseudoCall;
    const bool is_address = instruction.opcode == insn::kLdImm64 && instruction.src() == insn::kPseudoFunc;
    if (!is_call && !is_address) continue;
    const auto offset = function.start + static_cast<std::uint64_t>((std::int64_t{slot} + 1 + instruction.imm) *
                                                                    static_cast<std::int64_t>(insn::kSlotSize));
    const FunctionDraft* target = reader.function_starting_at(function.section, offset);
    if (target == nullptr)
      return fail(errc::malformed, "function ", quoted(function.spec.name), ": instruction ", slot,
                  " refers to a place in its section where no function begins");
    function.spec.references.push_back(
        {.slot = slot, .kind = is_call ? ReferenceKind::call : ReferenceKind::function, .name = target->spec.name});
  }
  return {};
}

// Symbols at the same place (an alias and what it is another name of) are functions with the same code. A relocation
// was given to the last of them.
Result<void> share_with_aliases(ObjectReader& reader) {
  std::vector<FunctionDraft>& functions = reader.functions;
  std::uint64_t copied = 0;
  for (std::size_t i = functions.size(); i-- > 1;) {
    const FunctionDraft& last = functions[i];
    FunctionDraft& before = functions[i - 1];
    const bool same = before.section == last.section && before.start == last.start && before.size == last.size;
    if (!same) continue;
    copied += last.spec.references.size();
    for (const JumpTable& table : last.spec.jump_tables) copied += table.targets.size();
    if (copied > reader.file.size())
      return fail(errc::malformed, "function ", quoted(last.spec.name), " has too many other names");
    before.spec.references = last.spec.references;
    before.spec.jump_tables = last.spec.jump_tables;
  }
  return {};
}

void sort_by_slot(std::vector<Reference>& references) {
  stable_sort(references, [](const Reference& a, const Reference& b) { return a.slot < b.slot; });
}

}  // namespace

Result<void> read_references(ObjectReader& reader) {
  for (const SectionEntry& entry : reader.sections) {
    const elf::SectionType type = entry.section.type;
    if (type != elf::SectionType::rel && type != elf::SectionType::rela) continue;
    EBPF_CHECK_IN(read_relocation_section(reader, entry.section), "section ", quoted(entry.section.name));
  }
  for (FunctionDraft& function : reader.functions) {
    sort_by_slot(function.spec.references);
    EBPF_CHECK(read_local_calls(reader, function));
    sort_by_slot(function.spec.references);
  }
  return share_with_aliases(reader);
}

}  // namespace ebpf::spec_detail
