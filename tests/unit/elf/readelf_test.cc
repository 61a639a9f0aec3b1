// Every object of testdata/, compared with what llvm-readelf says of it.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "ebpf/elf/elf.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::elf {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// What llvm-readelf printed, a file at a time: the rows of its three kinds of tables.
struct Listing {
  std::vector<std::string> sections;  // "[ 1] .strtab STRTAB 0000 001dac ..." without the brackets
  std::vector<Words> symbols;
  std::vector<std::pair<std::string, Words>> relocations;  // with the section that they are in
};

std::map<std::string, Listing> read_listings() {
  std::ifstream file(test::runfile("tests/unit/elf/readelf.txt"));
  std::map<std::string, Listing> listings;
  Listing* current = nullptr;
  std::string relocation_section;
  for (std::string line; std::getline(file, line);) {
    const Words words = words_of(line);
    if (words.empty()) continue;
    if (words[0] == "FILE") {
      current = &listings[words[1]];
    } else if (line.starts_with("  [") && words[0] != "[Nr]") {
      current->sections.push_back(line);
    } else if (line.starts_with("Relocation section")) {
      relocation_section = line.substr(line.find('\'') + 1, line.rfind('\'') - line.find('\'') - 1);
    } else if (words[0].size() == 16 && words.size() >= 4 && words[2].starts_with("R_BPF")) {
      current->relocations.emplace_back(relocation_section, words);
    } else if (words[0].ends_with(':') && words.size() >= 7 && std::isdigit(static_cast<unsigned char>(words[0][0]))) {
      current->symbols.push_back(words);
    }
  }
  return listings;
}

std::uint64_t hexadecimal(const std::string& word) { return std::strtoull(word.c_str(), nullptr, 16); }

const std::map<SectionType, std::string> kSectionTypes = {
    {SectionType::null, "NULL"},
    {SectionType::progbits, "PROGBITS"},
    {SectionType::symtab, "SYMTAB"},
    {SectionType::strtab, "STRTAB"},
    {SectionType::nobits, "NOBITS"},
    {SectionType::rel, "REL"},
    {SectionType::llvm_addrsig, "LLVM_ADDRSIG"},
};
const std::map<SymbolType, std::string> kSymbolTypes = {
    {SymbolType::none, "NOTYPE"},     {SymbolType::object, "OBJECT"}, {SymbolType::function, "FUNC"},
    {SymbolType::section, "SECTION"}, {SymbolType::file, "FILE"},
};
const std::map<Binding, std::string> kBindings = {
    {Binding::local, "LOCAL"}, {Binding::global, "GLOBAL"}, {Binding::weak, "WEAK"}};
const std::map<Visibility, std::string> kVisibilities = {{Visibility::normal, "DEFAULT"},
                                                         {Visibility::hidden, "HIDDEN"}};
const std::map<std::uint32_t, std::string> kRelocationTypes = {
    {1, "R_BPF_64_64"}, {2, "R_BPF_64_ABS64"}, {3, "R_BPF_64_ABS32"}, {4, "R_BPF_64_NODYLD32"}, {10, "R_BPF_64_32"}};

// Flags are printed as letters, in this order.
std::string flag_letters(std::uint64_t flags) {
  std::string letters;
  const std::pair<std::uint64_t, char> kLetters[] = {{1, 'W'},    {2, 'A'},    {4, 'X'},         {0x10, 'M'},
                                                     {0x20, 'S'}, {0x40, 'I'}, {0x80000000, 'E'}};
  for (const auto& [bit, letter] : kLetters)
    if (flags & bit) letters += letter;
  return letters;
}

void compare_section(const Section& section, const std::string& line) {
  CAPTURE(line);
  REQUIRE(std::strtoul(line.c_str() + 3, nullptr, 10) == section.index);
  Words words = words_of(line.substr(line.find(']') + 1));
  if (!section.name.empty()) {
    // Long names are cut by readelf.
    REQUIRE(section.name.starts_with(words.front().substr(0, 15)));
    words.erase(words.begin());
  }
  REQUIRE(words.size() >= 8);
  REQUIRE(kSectionTypes.contains(section.type));
  CHECK(words[0] == kSectionTypes.at(section.type));
  CHECK(hexadecimal(words[1]) == section.address);
  CHECK(hexadecimal(words[2]) == section.offset);
  CHECK(hexadecimal(words[3]) == section.size);
  CHECK(hexadecimal(words[4]) == section.entry_size);
  if (words.size() == 9)
    CHECK(words[5] == flag_letters(section.flags));
  else
    CHECK(flag_letters(section.flags).empty());
  const std::size_t rest = words.size() - 3;
  CHECK(words[rest] == std::to_string(section.link));
  CHECK(words[rest + 1] == std::to_string(section.info));
  CHECK(words[rest + 2] == std::to_string(section.alignment));
}

void compare_symbol(const Symbol& symbol, const Words& words, const std::vector<Section>& sections) {
  CHECK(hexadecimal(words[1]) == symbol.value);
  CHECK(std::strtoull(words[2].c_str(), nullptr, 0) == symbol.size);
  REQUIRE(kSymbolTypes.contains(symbol.type));
  CHECK(words[3] == kSymbolTypes.at(symbol.type));
  CHECK(words[4] == kBindings.at(symbol.binding));
  REQUIRE(kVisibilities.contains(symbol.visibility));
  CHECK(words[5] == kVisibilities.at(symbol.visibility));
  std::string place = std::to_string(symbol.section);
  if (symbol.section == kSectionUndefined) place = "UND";
  if (symbol.section == kSectionAbsolute) place = "ABS";
  CHECK(words[6] == place);
  // A section's symbol is shown under the section's name.
  std::string_view name = symbol.name;
  if (symbol.type == SymbolType::section && name.empty()) name = sections[symbol.section].name;
  CHECK((words.size() > 7 ? words[7] : std::string()) == name);
}

void compare(const std::string& object, const Listing& listing) {
  CAPTURE(object);
  const test::Bytes bytes = test::testdata(object);
  const auto file = File::parse(bytes);
  REQUIRE(file.has_value());
  REQUIRE(listing.sections.size() == file->section_count());
  std::vector<Section> sections;
  for (std::uint32_t i = 0; i < file->section_count(); ++i) {
    sections.push_back(*file->section(i));
    compare_section(sections.back(), listing.sections[i]);
  }
  const auto symbols = file->symbols(**file->find_section(SectionType::symtab));
  REQUIRE(symbols.has_value());
  REQUIRE(listing.symbols.size() == symbols->size());
  for (std::size_t i = 0; i < symbols->size(); ++i) {
    CAPTURE(i);
    compare_symbol(*symbols->at(i), listing.symbols[i], sections);
  }
  std::size_t next = 0;
  for (const Section& section : sections) {
    if (section.type != SectionType::rel) continue;
    const auto relocations = file->relocations(section);
    REQUIRE(relocations.has_value());
    for (std::size_t i = 0; i < relocations->size(); ++i, ++next) {
      CAPTURE(i);
      REQUIRE(next < listing.relocations.size());
      const auto& [name, words] = listing.relocations[next];
      const Relocation relocation = (*relocations)[i];
      REQUIRE(name == section.name);
      REQUIRE(hexadecimal(words[0]) == relocation.offset);
      REQUIRE(words[2] == kRelocationTypes.at(relocation.type));
      REQUIRE(hexadecimal(words[1].substr(0, 8)) == relocation.symbol);
    }
  }
  CHECK(next == listing.relocations.size());
}

TEST_CASE("elf: sections, symbols and relocations are those that llvm-readelf prints") {
  const auto listings = read_listings();
  CHECK(listings.size() >= 40);
  for (const auto& [object, listing] : listings) compare(object, listing);
}

}  // namespace
}  // namespace ebpf::elf
