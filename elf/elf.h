// ELF64 files as bounds-checked views: relocatable objects (what a BPF compiler writes), executables and shared
// libraries (where uprobes go), of either byte order.
//
// elf::File is a view over bytes that the caller keeps alive. Nothing is copied and nothing is decoded ahead of time:
// each accessor decodes the record that it is asked for, checks it, and answers with a plain value whose names and data
// are views into the same bytes. A file can be arbitrarily corrupt; the worst that happens is an Error.
//
//     EBPF_TRY(auto file, elf::File::parse(bytes));
//     for (std::uint32_t i = 0; i < file.section_count(); ++i) {
//       EBPF_TRY(auto section, file.section(i));
//       if (section.type == elf::SectionType::rel) {
//         EBPF_TRY(auto relocations, file.relocations(section));
//         for (std::size_t j = 0; j < relocations.size(); ++j) ... relocations[j].offset ...
//
// A File and everything taken from it is immutable and may be used from several threads.
//
// Formats: System V ABI, chapters 4 and 5 (ELF-64 object file format); what BPF puts into it is described in LLVM's
// documentation of the BPF target (relocation types) and in the kernel's Documentation/bpf/llvm_reloc.rst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"

namespace ebpf::elf {

enum class FileType : std::uint16_t { none = 0, relocatable = 1, executable = 2, shared = 3, core = 4 };

enum class SectionType : std::uint32_t {
  null = 0,
  progbits = 1,
  symtab = 2,
  strtab = 3,
  rela = 4,
  hash = 5,
  dynamic = 6,
  note = 7,
  nobits = 8,
  rel = 9,
  dynsym = 11,
  symtab_shndx = 18,
  llvm_addrsig = 0x6fff4c03,
};

enum class SymbolType : std::uint8_t { none = 0, object = 1, function = 2, section = 3, file = 4, common = 5, tls = 6 };
enum class Binding : std::uint8_t { local = 0, global = 1, weak = 2 };
enum class Visibility : std::uint8_t { normal = 0, internal = 1, hidden = 2, protect = 3 };
enum class SegmentType : std::uint32_t { null = 0, load = 1, dynamic = 2, interp = 3, note = 4 };

// e_machine.
constexpr std::uint16_t kMachineNone = 0;
constexpr std::uint16_t kMachineBpf = 247;

// sh_flags.
constexpr std::uint64_t kSectionWrite = 1;
constexpr std::uint64_t kSectionAlloc = 2;
constexpr std::uint64_t kSectionExecutable = 4;
constexpr std::uint64_t kSectionCompressed = 0x800;

// Values of Symbol::section that are not the index of a section. The file's own 16-bit reserved values are widened by
// filling the upper half with ones, so that they cannot meet a real index above 0xff00.
constexpr std::uint32_t kSectionUndefined = 0;
constexpr std::uint32_t kSectionAbsolute = 0xfffffff1;
constexpr std::uint32_t kSectionCommon = 0xfffffff2;

struct Header {
  FileType type;
  std::uint16_t machine;
  std::uint64_t entry;
  std::uint32_t flags;
};

struct Section {
  std::uint32_t index;
  std::string_view name;
  SectionType type;
  std::uint64_t flags;
  std::uint64_t address;
  std::uint64_t offset;  // of the data in the file
  std::uint64_t size;    // of the section; for nobits the file holds none of it
  std::uint32_t link;
  std::uint32_t info;
  std::uint64_t alignment;
  std::uint64_t entry_size;
  ByteView data;  // empty for nobits

  bool executable() const { return (flags & kSectionExecutable) != 0; }
};

struct Symbol {
  std::string_view name;
  SymbolType type;
  Binding binding;
  Visibility visibility;
  std::uint32_t section;  // an index, or one of kSection{Undefined,Absolute,Common}
  std::uint64_t value;
  std::uint64_t size;

  bool defined() const { return section != kSectionUndefined; }
};

struct Relocation {
  std::uint64_t offset;  // in the section that is relocated
  std::uint32_t type;
  std::uint32_t symbol;                // an index into the symbol table
  std::optional<std::int64_t> addend;  // SHT_RELA only; SHT_REL keeps it where it is applied
};

struct Segment {
  SegmentType type;
  std::uint32_t flags;
  std::uint64_t offset;
  std::uint64_t virtual_address;
  std::uint64_t file_size;
  std::uint64_t memory_size;
  std::uint64_t alignment;
  ByteView data;
};

struct Note {
  std::string_view name;  // without the terminating NUL
  std::uint32_t type;
  ByteView description;
};

// The symbols of one SHT_SYMTAB or SHT_DYNSYM section.
class SymbolTable {
 public:
  std::size_t size() const { return entries_.size() / kEntrySize; }
  // Errors: `index` past the end; a name or section index that is outside of its table.
  Result<Symbol> at(std::size_t index) const;

  static constexpr std::size_t kEntrySize = 24;

 private:
  friend class File;
  SymbolTable(ByteView entries, ByteView names, ByteView wide_sections, std::uint32_t section_count)
      : entries_(entries), names_(names), wide_sections_(wide_sections), section_count_(section_count) {}

  Result<std::uint32_t> section_index(std::size_t index, std::uint16_t raw) const;

  ByteView entries_;
  ByteView names_;
  ByteView wide_sections_;  // SHT_SYMTAB_SHNDX, where the file has it
  std::uint32_t section_count_;
};

// The entries of one SHT_REL or SHT_RELA section. Plain numbers: that they make sense is for the reader to check.
class RelocationTable {
 public:
  std::size_t size() const { return entries_.size() / entry_size(); }
  // Precondition: index < size().
  Relocation operator[](std::size_t index) const;

 private:
  friend class File;
  RelocationTable(ByteView entries, bool with_addend) : entries_(entries), with_addend_(with_addend) {}
  std::size_t entry_size() const { return with_addend_ ? 24 : 16; }

  ByteView entries_;
  bool with_addend_;
};

// Walks the notes of a SHT_NOTE section or PT_NOTE segment:  while (true) { TRY(auto note, notes.next()); if (!note)
// ... }
class NoteReader {
 public:
  // `alignment` is that of the section or segment: 8 where it says 8, otherwise 4.
  NoteReader(ByteView data, std::uint64_t alignment) : data_(data), alignment_(alignment == 8 ? 8 : 4) {}
  // The next note; nullopt after the last.
  Result<std::optional<Note>> next();

 private:
  ByteView data_;
  std::uint64_t alignment_;
  std::uint64_t position_ = 0;
};

class File {
 public:
  // Checks the identification, the header, and that the tables of sections and segments lie inside the file.
  // Errors: malformed (not ELF, truncated), unsupported_input (32-bit).
  static Result<File> parse(std::span<const std::byte> bytes);

  const Header& header() const { return header_; }
  ByteOrder byte_order() const { return bytes_.order(); }
  // Of the whole file, in bytes.
  std::size_t size() const { return bytes_.size(); }

  std::uint32_t section_count() const { return section_count_; }
  // Errors: out_of_range for an index past the table; malformed for a name or data outside the file.
  Result<Section> section(std::uint32_t index) const;
  // The first section of that name, or nullopt.
  Result<std::optional<Section>> find_section(std::string_view name) const;
  // The first section of that type, or nullopt.
  Result<std::optional<Section>> find_section(SectionType type) const;

  // Errors: invalid_argument for a section of another type; malformed for a table of the wrong shape.
  Result<SymbolTable> symbols(const Section& section) const;
  Result<RelocationTable> relocations(const Section& section) const;

  std::uint32_t segment_count() const { return segment_count_; }
  Result<Segment> segment(std::uint32_t index) const;

 private:
  File() = default;
  Result<void> read_header();
  Result<void> read_section_table();
  Result<void> read_segment_table();
  Result<ByteView> table_entries(const Section& section, std::size_t entry_size) const;
  Result<ByteView> wide_section_indices(std::uint32_t symtab_index) const;

  ByteView bytes_;
  Header header_ = {};
  ByteView section_headers_;
  ByteView segment_headers_;
  ByteView section_names_;
  std::uint32_t section_count_ = 0;
  std::uint32_t segment_count_ = 0;
  std::uint64_t segment_entry_size_ = 0;
};

}  // namespace ebpf::elf
