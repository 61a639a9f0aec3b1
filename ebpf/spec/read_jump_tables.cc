// Jump tables: the section .jumptables, as LLVM 22 writes it and libbpf 1.7 reads it.
//
// Each symbol in it is one table of numbers of 64 bits, which count bytes from the beginning of the section that the
// function is in. LLVM 22.0 also has a relocation for each (R_BPF_64_ABS64 with the code's section), which adds that
// section's address, 0, and so says nothing.
#include <algorithm>

#include "ebpf/asm/opcode.h"
#include "ebpf/base/text.h"
#include "ebpf/spec/reader.h"

namespace ebpf::spec_detail {
namespace {

constexpr std::uint64_t kEntry = 8;
constexpr std::size_t kMostTables = 1024;  // of a function; they are looked up one after another

// Where in the function an entry leads to.
Result<std::uint32_t> target_of(const FunctionDraft& function, std::uint64_t entry) {
  const std::uint64_t within = entry - function.start;  // too large where it lies before
  if (within >= function.size || within % insn::kSlotSize != 0)
    return fail(errc::malformed, "an entry leads to byte ", hex(entry),
                " of the section, which is no instruction of function ", quoted(function.spec.name));
  return static_cast<std::uint32_t>(within / insn::kSlotSize);
}

Result<JumpTable> read_table(ObjectReader& reader, const FunctionDraft& function, const elf::Symbol& symbol) {
  const elf::Section& section = reader.sections[symbol.section].section;
  const auto bytes = section.data.slice(symbol.value, symbol.size);
  if (!bytes || symbol.value % kEntry != 0 || symbol.size % kEntry != 0)
    return fail(errc::malformed, "it has ", symbol.size, " bytes at ", hex(symbol.value),
                ", which are no numbers of 8 bytes within the section");
  // Tables do not overlap, and each belongs to one function. (Copies under other names: share_with_aliases.)
  reader.jump_targets += symbol.size / kEntry;
  if (reader.jump_targets > reader.file.size())
    return fail(errc::malformed, "the tables of the object overlap over and over");
  JumpTable table;
  table.name = symbol.name;
  table.targets.reserve(symbol.size / kEntry);
  for (std::uint64_t at = 0; at < symbol.size; at += kEntry) {
    EBPF_TRY(const std::uint32_t target, target_of(function, bytes->read<std::uint64_t>(at).value_or(0)));
    table.targets.push_back(target);
  }
  return table;
}

}  // namespace

Result<JumpTablePlace> read_jump_table(ObjectReader& reader, FunctionDraft& function, const elf::Symbol& symbol,
                                       std::uint64_t offset) {
  if (symbol.type == elf::SymbolType::section || offset - symbol.value >= symbol.size)
    return fail(errc::malformed, "it refers to byte ", offset, " of section ",
                quoted(reader.sections[symbol.section].section.name), ", where no jump table is");
  const JumpTablePlace place{std::string(symbol.name), static_cast<std::uint32_t>(offset - symbol.value)};
  std::vector<JumpTable>& tables = function.spec.jump_tables;
  if (std::ranges::find(tables, place.name, &JumpTable::name) != tables.end()) return place;
  if (tables.size() >= kMostTables)
    return fail(errc::out_of_range, "the function has more than ", kMostTables, " jump tables");
  EBPF_TRY_IN(auto table, read_table(reader, function, symbol), "jump table ", quoted(symbol.name));
  tables.push_back(std::move(table));
  return place;
}

}  // namespace ebpf::spec_detail
