#include "tools/cli/assemble.h"

#include <utility>

#include "ebpf/asm/object.h"
#include "ebpf/elf/writer.h"

namespace ebpf::cli {
namespace {

elf::NewSection section_of(insn::ObjectSection section) {
  elf::NewSection out{.name = std::move(section.name)};
  out.type = section.zeroes ? elf::SectionType::nobits : elf::SectionType::progbits;
  out.flags = (section.allocated ? elf::kSectionAlloc : 0) | (section.writable ? elf::kSectionWrite : 0) |
              (section.executable ? elf::kSectionExecutable : 0);
  out.alignment = section.alignment;
  out.data = std::move(section.bytes);
  out.size = section.size;
  for (const insn::ObjectRelocation& relocation : section.relocations)
    out.relocations.push_back({relocation.offset, static_cast<std::uint32_t>(relocation.kind), relocation.symbol});
  return out;
}

elf::NewSymbol symbol_of(insn::ObjectSymbol symbol) {
  constexpr elf::SymbolType kTypes[] = {elf::SymbolType::none, elf::SymbolType::object, elf::SymbolType::function,
                                        elf::SymbolType::section};
  constexpr elf::Binding kBindings[] = {elf::Binding::local, elf::Binding::global, elf::Binding::weak};
  elf::NewSymbol out{.name = std::move(symbol.name)};
  out.type = kTypes[static_cast<std::size_t>(symbol.type)];
  out.binding = kBindings[static_cast<std::size_t>(symbol.binding)];
  out.visibility = symbol.hidden ? elf::Visibility::hidden : elf::Visibility::normal;
  out.section = symbol.section ? static_cast<std::uint32_t>(*symbol.section + 1) : elf::kSectionUndefined;
  out.value = symbol.offset;
  out.size = symbol.size;
  return out;
}

}  // namespace

Result<std::vector<std::byte>> assemble_file(std::string_view text, ByteOrder order) {
  EBPF_TRY(insn::Object object, insn::assemble_object(text, order));
  elf::NewFile file{.byte_order = order};
  for (insn::ObjectSection& section : object.sections) file.sections.push_back(section_of(std::move(section)));
  for (insn::ObjectSymbol& symbol : object.symbols) file.symbols.push_back(symbol_of(std::move(symbol)));
  return elf::write(file);
}

}  // namespace ebpf::cli
