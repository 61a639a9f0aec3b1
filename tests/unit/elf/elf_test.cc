// elf::File over real objects of both byte orders, an executable, and files made for one feature each.
#include "ebpf/elf/elf.h"

#include <algorithm>
#include <string>

#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf::elf {
namespace {

using test::Bytes;
using test::ElfWriter;
using test::testdata;

File parsed(const Bytes& bytes) {
  auto file = File::parse(bytes);
  REQUIRE_MESSAGE(file.has_value(), file.error().message());
  return *file;
}

Section named(const File& file, std::string_view name) {
  const auto found = file.find_section(name);
  REQUIRE(found.has_value());
  REQUIRE_MESSAGE(found->has_value(), std::string(name));
  return **found;
}

Symbol symbol_named(const File& file, std::string_view name) {
  const auto table = file.symbols(named(file, ".symtab"));
  REQUIRE(table.has_value());
  for (std::size_t i = 0; i < table->size(); ++i)
    if (const auto symbol = table->at(i); symbol && symbol->name == name) return *symbol;
  FAIL("no symbol " << std::string(name));
  return {};
}

TEST_CASE("elf: a BPF object's header, sections and symbols, in both byte orders") {
  for (const auto& [name, order] : {std::pair<std::string, ByteOrder>{"subprograms.bpf.o", ByteOrder::little},
                                    std::pair<std::string, ByteOrder>{"subprograms_eb.bpf.o", ByteOrder::big}}) {
    CAPTURE(name);
    const Bytes bytes = testdata(name);
    const File file = parsed(bytes);
    CHECK(file.byte_order() == order);
    CHECK(file.size() == bytes.size());
    CHECK(file.header().type == FileType::relocatable);
    CHECK(file.header().machine == kMachineBpf);
    CHECK(file.header().entry == 0);
    CHECK(file.header().flags == 0);
    CHECK(file.segment_count() == 0);

    const Section text = named(file, ".text");
    CHECK(text.type == SectionType::progbits);
    CHECK(text.executable());
    CHECK(text.flags == (kSectionAlloc | kSectionExecutable));
    CHECK(text.size == text.data.size());
    CHECK(text.alignment == 8);
    CHECK(text.data.order() == order);
    CHECK(text.data.data() == bytes.data() + text.offset);  // a view, no copy

    const Section bss = named(file, ".bss");
    CHECK(bss.type == SectionType::nobits);
    CHECK(bss.size == 8);
    CHECK(bss.data.empty());

    const Symbol next = symbol_named(file, "next_of");
    CHECK(next.type == SymbolType::function);
    CHECK(next.binding == Binding::local);
    CHECK(next.section == text.index);
    CHECK(next.defined());
    const Symbol weak = symbol_named(file, "weak_offset");
    CHECK(weak.binding == Binding::weak);
    const Symbol input = symbol_named(file, "input");
    CHECK(input.type == SymbolType::object);
    CHECK(input.binding == Binding::global);
    CHECK(input.size == 4);
    CHECK(named(file, ".data").data.read<std::uint32_t>(input.value) == 5u);

    const auto relocations = file.relocations(named(file, ".relsocket"));
    REQUIRE(relocations.has_value());
    REQUIRE(relocations->size() == 1);
    CHECK((*relocations)[0].offset == 0);
    CHECK((*relocations)[0].type == 1);  // R_BPF_64_64
    CHECK(!(*relocations)[0].addend.has_value());
    const auto target = file.symbols(named(file, ".symtab"))->at((*relocations)[0].symbol);
    REQUIRE(target.has_value());
    CHECK(target->name == "input");
  }
}

TEST_CASE("elf: visibility and undefined symbols") {
  const Bytes globals = testdata("globals.bpf.o");
  const File file = parsed(globals);
  CHECK(symbol_named(file, "hidden_data").visibility == Visibility::hidden);
  CHECK(symbol_named(file, "data_u8").visibility == Visibility::normal);
  const Bytes externs = testdata("externs.bpf.o");
  const Symbol undefined = symbol_named(parsed(externs), "bpf_task_from_pid");
  CHECK(!undefined.defined());
  CHECK(undefined.section == kSectionUndefined);
}

TEST_CASE("elf: find_section by type, and what is not there") {
  const Bytes bytes = testdata("globals.bpf.o");
  const File file = parsed(bytes);
  const auto symtab = file.find_section(SectionType::symtab);
  REQUIRE(symtab.has_value());
  REQUIRE(symtab->has_value());
  CHECK((*symtab)->name == ".symtab");
  const auto none = file.find_section(SectionType::dynamic);
  REQUIRE(none.has_value());
  CHECK(!none->has_value());
  const auto nameless = file.find_section("no such section");
  REQUIRE(nameless.has_value());
  CHECK(!nameless->has_value());
}

TEST_CASE("elf: asking for what makes no sense") {
  const Bytes bytes = testdata("globals.bpf.o");
  const File file = parsed(bytes);
  const auto past = file.section(file.section_count());
  REQUIRE(!past.has_value());
  CHECK(past.error().code() == errc::out_of_range);
  CHECK(file.segment(0).error().code() == errc::out_of_range);
  const Section data = named(file, ".data");
  CHECK(file.symbols(data).error().code() == errc::invalid_argument);
  CHECK(file.relocations(data).error().code() == errc::invalid_argument);
  CHECK(file.relocations(data).error().message().find(".data") != std::string::npos);
  const auto table = file.symbols(named(file, ".symtab"));
  REQUIRE(table.has_value());
  CHECK(table->at(table->size()).error().code() == errc::out_of_range);
}

// This test's own binary: not BPF, but what uprobes will read.
TEST_CASE("elf: an executable's segments, dynamic symbols and notes") {
  const Bytes bytes = test::read_bytes("/proc/self/exe");
  const File file = parsed(bytes);
  CHECK((file.header().type == FileType::shared || file.header().type == FileType::executable));
  CHECK(file.header().machine != kMachineBpf);
  REQUIRE(file.segment_count() > 4);

  bool entry_found = false;
  bool interpreter_found = false;
  unsigned notes_seen = 0;
  for (std::uint32_t i = 0; i < file.segment_count(); ++i) {
    const auto segment = file.segment(i);
    REQUIRE_MESSAGE(segment.has_value(), segment.error().message());
    CHECK(segment->data.size() == segment->file_size);
    CHECK((segment->type != SegmentType::load || segment->memory_size >= segment->file_size));
    if (segment->type == SegmentType::load &&
        in_bounds(file.header().entry - segment->virtual_address, 1, segment->memory_size)) {
      entry_found = true;
      CHECK((segment->flags & 1) != 0);  // PF_X
    }
    if (segment->type == SegmentType::interp) {
      interpreter_found = true;
      CHECK(segment->data.c_string(0).value_or("").starts_with("/lib"));
    }
    if (segment->type == SegmentType::note) {
      NoteReader reader(segment->data, segment->alignment);
      while (true) {
        const auto note = reader.next();
        REQUIRE_MESSAGE(note.has_value(), note.error().message());
        if (!*note) break;
        ++notes_seen;
        CHECK((*note)->name == "GNU");
      }
    }
  }
  CHECK(entry_found);
  CHECK(interpreter_found);
  CHECK(notes_seen >= 1);

  const auto dynsym = file.find_section(SectionType::dynsym);
  REQUIRE(dynsym.has_value());
  REQUIRE(dynsym->has_value());
  const auto symbols = file.symbols(**dynsym);
  REQUIRE(symbols.has_value());
  bool libc_found = false;
  for (std::size_t i = 0; i < symbols->size(); ++i) {
    const auto symbol = symbols->at(i);
    REQUIRE_MESSAGE(symbol.has_value(), symbol.error().message());
    libc_found = libc_found || symbol->name == "__libc_start_main";
  }
  CHECK(libc_found);

  // An executable's relocations have addends.
  const auto rela = file.find_section(SectionType::rela);
  REQUIRE(rela.has_value());
  REQUIRE(rela->has_value());
  const auto relocations = file.relocations(**rela);
  REQUIRE(relocations.has_value());
  REQUIRE(relocations->size() > 0);
  CHECK((*relocations)[0].addend.has_value());
}

Bytes note_bytes(ByteOrder order, std::size_t alignment) {
  Bytes out;
  const auto note = [&](std::string_view name, std::uint32_t type, std::size_t size, unsigned char fill) {
    test::append<std::uint32_t>(out, static_cast<std::uint32_t>(name.size() + 1), order);
    test::append<std::uint32_t>(out, static_cast<std::uint32_t>(size), order);
    test::append<std::uint32_t>(out, type, order);
    test::append_text(out, name);
    out.resize((out.size() + alignment - 1) / alignment * alignment);
    out.insert(out.end(), size, std::byte{fill});
    out.resize((out.size() + alignment - 1) / alignment * alignment);
  };
  note("GNU", 3, 20, 0xaa);
  note("stapsdt", 5, 3, 0xbb);
  note("", 7, 0, 0);
  return out;
}

TEST_CASE("elf: notes of both alignments and byte orders") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    for (const std::size_t alignment : {4u, 8u}) {
      CAPTURE(alignment);
      const Bytes bytes = note_bytes(order, alignment);
      NoteReader reader(ByteView(bytes, order), alignment);
      const auto first = reader.next();
      REQUIRE(first.has_value());
      REQUIRE(first->has_value());
      CHECK((*first)->name == "GNU");
      CHECK((*first)->type == 3);
      CHECK((*first)->description.size() == 20);
      CHECK((*first)->description.read<std::uint8_t>(19) == 0xaa);
      const auto second = reader.next();
      REQUIRE(second.has_value());
      REQUIRE(second->has_value());
      CHECK((*second)->name == "stapsdt");
      CHECK((*second)->type == 5);
      CHECK((*second)->description.size() == 3);
      CHECK((*second)->description.read<std::uint8_t>(0) == 0xbb);
      const auto third = reader.next();
      REQUIRE(third.has_value());
      REQUIRE(third->has_value());
      CHECK((*third)->name.empty());
      CHECK((*third)->description.empty());
      const auto end = reader.next();
      REQUIRE(end.has_value());
      CHECK(!end->has_value());
    }
  }
}

TEST_CASE("elf: notes cut off anywhere, and with sizes that wrap") {
  const Bytes whole = note_bytes(ByteOrder::little, 4);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    // On the heap, so that AddressSanitizer sees a byte too many.
    const Bytes bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    NoteReader reader(ByteView(bytes, ByteOrder::little), 4);
    for (int i = 0; i < 8; ++i) {
      const auto note = reader.next();
      if (!note || !*note) break;
      REQUIRE(i < 3);
    }
  }
  for (const std::uint64_t field : {0u, 4u}) {
    Bytes bytes = whole;
    test::put<std::uint32_t>(bytes, field, 0xffffffff);
    NoteReader reader(ByteView(bytes, ByteOrder::little), 4);
    const auto note = reader.next();
    REQUIRE(!note.has_value());
    CHECK(note.error().code() == errc::malformed);
  }
}

TEST_CASE("elf: more sections than sixteen bits can count") {
  constexpr std::uint32_t kSections = 0xff00 + 300;
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    ElfWriter writer(order, true);
    std::uint32_t last = 0;
    const Bytes one(8, std::byte{1});
    while (last < kSections) last = writer.add({.name = "s", .data = one});
    writer.section(last).name = "the last";
    writer.symbol("near", 0x11, 5, 0, 8);
    writer.symbol("far", 0x11, last, 4, 4);
    const Bytes bytes = writer.finish();

    const File file = parsed(bytes);
    CHECK(file.section_count() == kSections + 1);
    const auto section = file.section(last);
    REQUIRE(section.has_value());
    CHECK(section->name == "the last");
    CHECK(section->index == last);
    CHECK(symbol_named(file, "near").section == 5);
    const Symbol far = symbol_named(file, "far");
    CHECK(far.section == last);
    CHECK(far.value == 4);
  }
}

TEST_CASE("elf: reserved section indices do not meet real ones") {
  ElfWriter writer;
  writer.symbol("absolute", 0x11, 0xfff1, 77, 0);
  writer.symbol("common", 0x15, 0xfff2, 8, 4);
  writer.symbol("lost", 0x11, 0xffff, 0, 0);  // said to be in .symtab_shndx, which is not there
  writer.symbol("nowhere", 0x11, 99, 0, 0);
  const Bytes bytes = writer.finish();
  const File file = parsed(bytes);
  const auto table = file.symbols(named(file, ".symtab"));
  REQUIRE(table.has_value());
  REQUIRE(table->size() == 5);
  CHECK(table->at(1)->section == kSectionAbsolute);
  CHECK(table->at(1)->value == 77);
  CHECK(table->at(2)->section == kSectionCommon);
  CHECK(table->at(2)->type == SymbolType::common);
  for (const std::size_t bad : {3u, 4u}) {
    const auto symbol = table->at(bad);
    REQUIRE(!symbol.has_value());
    CHECK(symbol.error().code() == errc::malformed);
    CHECK(symbol.error().message().find(bad == 3 ? "lost" : "nowhere") != std::string::npos);
  }
}

TEST_CASE("elf: SHT_RELA has addends, negative ones, too") {
  for (const auto order : {ByteOrder::little, ByteOrder::big}) {
    ElfWriter writer(order);
    Bytes entries;
    test::append<std::uint64_t>(entries, 0x10, order);
    test::append<std::uint64_t>(entries, std::uint64_t{7} << 32 | 42, order);
    test::append<std::uint64_t>(entries, static_cast<std::uint64_t>(std::int64_t{-9}), order);
    writer.add({.name = ".rela.x", .type = 4, .data = entries, .link = 1, .entry_size = 24});
    const Bytes bytes = writer.finish();
    const File file = parsed(bytes);
    const auto table = file.relocations(named(file, ".rela.x"));
    REQUIRE(table.has_value());
    REQUIRE(table->size() == 1);
    CHECK((*table)[0].offset == 0x10);
    CHECK((*table)[0].symbol == 7);
    CHECK((*table)[0].type == 42);
    CHECK((*table)[0].addend == -9);
  }
}

TEST_CASE("elf: tables of the wrong shape") {
  const auto broken = [](void (*damage)(test::Patchable&), std::string_view section) {
    test::Patchable object{testdata("subprograms.bpf.o")};
    damage(object);
    const File file = parsed(object.bytes);
    const Section found = named(file, section);
    if (found.type == SectionType::rel) return file.relocations(found).error();
    return file.symbols(found).error();
  };
  // An entry size that is not the record's, and a size that is no multiple of it.
  CHECK(broken([](auto& o) { o.template set<std::uint64_t>(o.header(".symtab") + test::kSectionEntrySize, 16); },
               ".symtab")
            .code() == errc::malformed);
  CHECK(broken([](auto& o) { o.template set<std::uint64_t>(o.header(".symtab") + test::kSectionEntrySize, 0); },
               ".symtab")
            .code() == errc::malformed);
  CHECK(broken([](auto& o) { o.template set<std::uint64_t>(o.header(".symtab") + test::kSectionSize, 25); }, ".symtab")
            .code() == errc::malformed);
  CHECK(broken([](auto& o) { o.template set<std::uint64_t>(o.header(".rel.text") + test::kSectionSize, 15); },
               ".rel.text")
            .code() == errc::malformed);
  // Names that are in no string table.
  CHECK(broken([](auto& o) { o.template set<std::uint32_t>(o.header(".symtab") + test::kSectionLink, 2); }, ".symtab")
            .code() == errc::malformed);
  CHECK(!broken([](auto& o) { o.template set<std::uint32_t>(o.header(".symtab") + test::kSectionLink, 0xffff); },
                ".symtab")
             .message()
             .empty());
  // Compressed.
  const Error compressed = broken(
      [](auto& o) { o.template set<std::uint64_t>(o.header(".symtab") + test::kSectionFlags, 0x800); }, ".symtab");
  CHECK(compressed.code() == errc::unsupported_input);
  CHECK(compressed.message().find(".symtab") != std::string::npos);
}

TEST_CASE("elf: what is no ELF64 file") {
  CHECK(File::parse({}).error().code() == errc::malformed);
  Bytes text;
  test::append_text(text, "#!/bin/sh\necho this is a script and no object at all, though it has more than 64 bytes\n");
  CHECK(File::parse(text).error().code() == errc::malformed);
  Bytes small = testdata("globals.bpf.o");
  small[4] = std::byte{1};
  const auto narrow = File::parse(small);
  REQUIRE(!narrow.has_value());
  CHECK(narrow.error().code() == errc::unsupported_input);
  CHECK(narrow.error().message().find("64-bit") != std::string::npos);
  Bytes middle = testdata("globals.bpf.o");
  middle[5] = std::byte{3};
  CHECK(File::parse(middle).error().code() == errc::malformed);
}

TEST_CASE("elf: a file without sections or segments is a file") {
  Bytes bytes = ElfWriter().finish();
  test::put<std::uint64_t>(bytes, test::kElfSectionTable, 0);
  const File file = parsed(bytes);
  CHECK(file.section_count() == 0);
  CHECK(file.segment_count() == 0);
  CHECK(!file.find_section(".text")->has_value());
}

}  // namespace
}  // namespace ebpf::elf
