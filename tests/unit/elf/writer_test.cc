// elf::write: what is written is read back as it was given, and what does not fit together is refused. llvm-readelf and
// libbpf have their say in tests/unit/cli and tests/kernel/cli.
#include "ebpf/elf/writer.h"

#include <string>
#include <vector>

#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::elf {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

NewFile example(ByteOrder order) {
  NewFile file{.byte_order = order};
  file.sections.push_back({.name = "socket",
                           .flags = kSectionAlloc | kSectionExecutable,
                           .alignment = 8,
                           .data = std::vector<std::byte>(24),
                           .relocations = {{0, 1, 0}, {16, 10, 2}}});
  file.sections.push_back({.name = ".bss",
                           .type = SectionType::nobits,
                           .flags = kSectionAlloc | kSectionWrite,
                           .alignment = 4,
                           .size = 12});
  file.sections.push_back({.name = "license", .data = bytes_of("GPL")});
  file.symbols.push_back(
      {.name = "packets", .type = SymbolType::object, .binding = Binding::global, .section = 2, .value = 4, .size = 8});
  file.symbols.push_back({.name = "twice", .type = SymbolType::function, .section = 1, .value = 16, .size = 8});
  file.symbols.push_back({.name = "elsewhere", .binding = Binding::weak, .visibility = Visibility::hidden});
  return file;
}

Section section(const File& file, std::string_view name) {
  const auto found = file.find_section(name);
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  return **found;
}

void check_sections(const File& file) {
  CHECK(file.section_count() == 7);
  CHECK(section(file, "socket").data.size() == 24);
  CHECK(section(file, "socket").executable());
  CHECK(section(file, "socket").alignment == 8);
  CHECK(section(file, "socket").offset % 8 == 0);
  CHECK(section(file, ".bss").type == SectionType::nobits);
  CHECK(section(file, ".bss").size == 12);
  CHECK(section(file, "license").data.c_string(0) == std::nullopt);  // it was given no NUL
  CHECK(section(file, "license").data.size() == 3);
}

void check_symbols(const File& file) {
  const auto symbols = file.symbols(section(file, ".symtab"));
  REQUIRE(symbols.has_value());
  REQUIRE(symbols->size() == 4);
  CHECK(section(file, ".symtab").info == 2);  // the first that is not local
  const auto twice = symbols->at(1);
  const auto packets = symbols->at(2);
  const auto elsewhere = symbols->at(3);
  REQUIRE((twice && packets && elsewhere));
  CHECK(twice->name == "twice");
  CHECK(twice->type == SymbolType::function);
  CHECK(twice->binding == Binding::local);
  CHECK(twice->section == 1);
  CHECK(twice->value == 16);
  CHECK(packets->name == "packets");
  CHECK(packets->section == 2);
  CHECK(packets->size == 8);
  CHECK(elsewhere->name == "elsewhere");
  CHECK_FALSE(elsewhere->defined());
  CHECK(elsewhere->binding == Binding::weak);
  CHECK(elsewhere->visibility == Visibility::hidden);
}

void check_relocations(const File& file) {
  const auto entry = section(file, ".relsocket");
  CHECK(entry.info == section(file, "socket").index);
  CHECK(entry.link == section(file, ".symtab").index);
  const auto relocations = file.relocations(entry);
  REQUIRE(relocations.has_value());
  REQUIRE(relocations->size() == 2);
  CHECK((*relocations)[0].type == 1);
  CHECK((*relocations)[0].symbol == 2);
  CHECK((*relocations)[1].offset == 16);
  CHECK((*relocations)[1].type == 10);
  CHECK((*relocations)[1].symbol == 3);
}

}  // namespace

TEST_CASE("a file is read back as it was written, in both byte orders") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    const auto bytes = write(example(order));
    REQUIRE(bytes.has_value());
    const auto file = File::parse(*bytes);
    REQUIRE(file.has_value());
    CHECK(file->byte_order() == order);
    CHECK(file->header().machine == kMachineBpf);
    CHECK(file->header().type == FileType::relocatable);
    check_sections(*file);
    check_symbols(*file);
    check_relocations(*file);
  }
}

TEST_CASE("an empty file is a file") {
  const auto bytes = write({});
  REQUIRE(bytes.has_value());
  const auto file = File::parse(*bytes);
  REQUIRE(file.has_value());
  CHECK(file->section_count() == 3);
}

TEST_CASE("what does not fit together is refused") {
  NewFile file = example(ByteOrder::little);
  file.symbols[0].section = 4;
  auto refused = write(file);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message() == "symbol \"packets\" is in section 4, but there are 3");

  file = example(ByteOrder::little);
  file.sections[0].relocations[0].symbol = 3;
  refused = write(file);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message() == "section \"socket\": a relocation is for symbol 3, but there are 3");

  file = example(ByteOrder::little);
  file.sections[2].alignment = 3;
  CHECK_FALSE(write(file).has_value());

  file.sections.assign(0xff00, {.name = "x"});
  refused = write(file);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == errc::out_of_range);
}

}  // namespace ebpf::elf
