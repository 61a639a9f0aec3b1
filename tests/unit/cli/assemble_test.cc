// Objects made of clang's assembler text against those that clang made itself of the same sources: code, data, types
// and the relocations in them.
#include "tools/cli/assemble.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

using namespace ebpf;

namespace {

using test::Bytes;

// What makes an object what it is, in no order: sections by name, and where they refer to what.
struct Contents {
  std::map<std::string, std::vector<std::byte>> sections;
  std::vector<std::tuple<std::string, std::uint64_t, std::uint32_t, std::string>> relocations;
  std::map<std::string, std::tuple<unsigned, unsigned, std::uint64_t, std::uint64_t>> symbols;
};

bool matters(const elf::Section& section) {
  using enum elf::SectionType;
  return section.type == progbits && section.size > 0 && !section.name.starts_with(".debug_") &&
         section.name != ".eh_frame";
}

std::string name_of(const elf::File& file, const elf::Symbol& symbol) {
  if (!symbol.name.empty()) return std::string(symbol.name);
  return std::string(file.section(symbol.section)->name);
}

void read_relocations(Contents& out, const elf::File& file, const elf::Section& section,
                      const elf::SymbolTable& symbols) {
  const auto target = file.section(section.info);
  REQUIRE(target.has_value());
  if (!matters(*target)) return;
  const auto relocations = file.relocations(section);
  REQUIRE(relocations.has_value());
  for (std::size_t i = 0; i < relocations->size(); ++i) {
    const auto relocation = (*relocations)[i];
    const auto symbol = symbols.at(relocation.symbol);
    REQUIRE(symbol.has_value());
    out.relocations.emplace_back(std::string(target->name), relocation.offset, relocation.type, name_of(file, *symbol));
  }
}

Contents contents_of(const Bytes& bytes) {
  const auto file = elf::File::parse(bytes);
  if (!file) FAIL(file.error().message());
  const auto table = file->find_section(elf::SectionType::symtab);
  REQUIRE((table && *table));
  const auto symbols = file->symbols(**table);
  REQUIRE(symbols.has_value());
  Contents out;
  for (std::uint32_t i = 0; i < file->section_count(); ++i) {
    const auto section = file->section(i);
    REQUIRE(section.has_value());
    const auto data = section->data.span();
    if (matters(*section)) out.sections[std::string(section->name)] = {data.begin(), data.end()};
    if (section->type == elf::SectionType::rel) read_relocations(out, *file, *section, *symbols);
  }
  std::ranges::sort(out.relocations);
  for (std::size_t i = 0; i < symbols->size(); ++i) {
    const auto symbol = symbols->at(i);
    REQUIRE(symbol.has_value());
    if (symbol->type != elf::SymbolType::function && symbol->type != elf::SymbolType::object) continue;
    out.symbols[std::string(symbol->name)] = {static_cast<unsigned>(symbol->type),
                                              static_cast<unsigned>(symbol->binding), symbol->value, symbol->size};
  }
  return out;
}

void compare(const std::string& name) {
  CAPTURE(name);
  const Bytes text = test::read_bytes(test::runfile(("tests/unit/cli/" + name + ".s").c_str()));
  const auto assembled =
      cli::assemble_file({reinterpret_cast<const char*>(text.data()), text.size()}, ByteOrder::little);
  if (!assembled) FAIL(assembled.error().message());
  const Contents ours = contents_of(*assembled);
  const Contents theirs = contents_of(test::read_bytes(test::runfile(("tests/unit/cli/" + name + ".o").c_str())));
  REQUIRE(ours.sections.size() == theirs.sections.size());
  for (const auto& [section, bytes] : theirs.sections) {
    CAPTURE(section);
    REQUIRE(ours.sections.contains(section));
    CHECK((ours.sections.at(section) == bytes));
  }
  CHECK((ours.relocations == theirs.relocations));
  CHECK((ours.symbols == theirs.symbols));
}

}  // namespace

TEST_CASE("clang's text becomes clang's object") {
  for (const char* name : {"core", "externs", "instructions", "maps", "packet", "pinning", "rejected", "sections",
                           "subprograms", "tracing"})
    compare(name);
}
