// Decoding of ELF64 records. Each record's layout is written down once, as the offsets in its decode function; the
// record's bounds are checked when its slice is taken, so the single fields need no further checks.
#include "ebpf/elf/elf.h"

#include <cstring>

#include "ebpf/base/text.h"

namespace ebpf::elf {
namespace {

constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kSectionHeaderSize = 64;
constexpr std::size_t kSegmentHeaderSize = 56;
constexpr std::uint16_t kReservedSections = 0xff00;  // SHN_LORESERVE
constexpr std::uint16_t kSectionExtended = 0xffff;   // SHN_XINDEX: look in SHT_SYMTAB_SHNDX
constexpr std::uint16_t kSegmentsExtended = 0xffff;  // PN_XNUM: look in section 0

std::string section_label(std::uint32_t index, std::string_view name) {
  return name.empty() ? cat("section ", index) : cat("section ", index, " (", quoted(name), ")");
}

}  // namespace

Result<File> File::parse(std::span<const std::byte> bytes) {
  File file;
  file.bytes_ = ByteView(bytes);
  EBPF_CHECK(file.read_header());
  EBPF_CHECK(file.read_section_table());
  EBPF_CHECK(file.read_segment_table());
  return file;
}

Result<void> File::read_header() {
  constexpr unsigned char kMagic[4] = {0x7f, 'E', 'L', 'F'};
  if (bytes_.size() < sizeof kMagic || std::memcmp(bytes_.data(), kMagic, sizeof kMagic) != 0)
    return fail(errc::malformed, "not an ELF file (it does not begin with \\x7f ELF)");
  if (bytes_.size() < kHeaderSize)
    return fail(errc::malformed, "ELF header: the file ends after ", bytes_.size(), " bytes of ", kHeaderSize);
  const auto file_class = bytes_.field<std::uint8_t>(4);
  const auto encoding = bytes_.field<std::uint8_t>(5);
  if (file_class != 2)
    return fail(errc::unsupported_input, "ELF class ", file_class, ": only 64-bit files (class 2) are read");
  if (encoding != 1 && encoding != 2) return fail(errc::malformed, "ELF data encoding ", encoding, " is unknown");
  bytes_ = bytes_.with_order(encoding == 1 ? ByteOrder::little : ByteOrder::big);
  header_.type = static_cast<FileType>(bytes_.field<std::uint16_t>(16));
  header_.machine = bytes_.field<std::uint16_t>(18);
  header_.entry = bytes_.field<std::uint64_t>(24);
  header_.flags = bytes_.field<std::uint32_t>(48);
  return {};
}

Result<void> File::read_section_table() {
  const auto offset = bytes_.field<std::uint64_t>(40);
  const auto entry_size = bytes_.field<std::uint16_t>(58);
  std::uint64_t count = bytes_.field<std::uint16_t>(60);
  std::uint32_t names_index = bytes_.field<std::uint16_t>(62);
  if (offset == 0) return {};  // a stripped executable may have no sections at all
  if (entry_size != kSectionHeaderSize)
    return fail(errc::malformed, "section table: entries of ", entry_size, " bytes instead of 64");
  const auto first = bytes_.slice(offset, kSectionHeaderSize);
  if (!first) return fail(errc::malformed, "section table: it begins at ", hex(offset), ", past the end of the file");
  // Files with more sections than 16 bits can count keep the numbers in section 0.
  if (count == 0) count = first->field<std::uint64_t>(32);
  if (names_index == kSectionExtended) names_index = first->field<std::uint32_t>(40);
  if (count > bytes_.size() / kSectionHeaderSize)
    return fail(errc::malformed, "section table: ", count, " sections do not fit into the file");
  const auto table = bytes_.slice(offset, count * kSectionHeaderSize);
  if (!table) return fail(errc::malformed, "section table: ", count, " sections reach past the end of the file");
  section_headers_ = *table;
  section_count_ = static_cast<std::uint32_t>(count);
  if (names_index == 0) return {};  // no names
  if (names_index >= section_count_)
    return fail(errc::malformed, "section table: the names are in section ", names_index, " of ", section_count_);
  EBPF_TRY(const Section& names, section(names_index));
  section_names_ = names.data;
  return {};
}

Result<void> File::read_segment_table() {
  const auto offset = bytes_.field<std::uint64_t>(32);
  segment_entry_size_ = bytes_.field<std::uint16_t>(54);
  std::uint64_t count = bytes_.field<std::uint16_t>(56);
  if (offset == 0 || count == 0) return {};
  if (count == kSegmentsExtended && section_count_ > 0) count = section_headers_.field<std::uint32_t>(44);
  if (segment_entry_size_ != kSegmentHeaderSize)
    return fail(errc::malformed, "program headers: entries of ", segment_entry_size_, " bytes instead of 56");
  const auto table = bytes_.slice(offset, count * kSegmentHeaderSize);
  if (!table) return fail(errc::malformed, "program headers: ", count, " of them reach past the end of the file");
  segment_headers_ = *table;
  segment_count_ = static_cast<std::uint32_t>(count);
  return {};
}

Result<Section> File::section(std::uint32_t index) const {
  if (index >= section_count_) return fail(errc::out_of_range, "section ", index, ": the file has ", section_count_);
  const ByteView raw = *section_headers_.slice(std::uint64_t{index} * kSectionHeaderSize, kSectionHeaderSize);
  Section out = {};
  out.index = index;
  out.type = static_cast<SectionType>(raw.field<std::uint32_t>(4));
  out.flags = raw.field<std::uint64_t>(8);
  out.address = raw.field<std::uint64_t>(16);
  out.offset = raw.field<std::uint64_t>(24);
  out.size = raw.field<std::uint64_t>(32);
  out.link = raw.field<std::uint32_t>(40);
  out.info = raw.field<std::uint32_t>(44);
  out.alignment = raw.field<std::uint64_t>(48);
  out.entry_size = raw.field<std::uint64_t>(56);
  // Before the section of names is known (it is being read itself) every section is nameless.
  if (!section_names_.empty()) {
    const auto name_offset = raw.field<std::uint32_t>(0);
    const auto name = section_names_.c_string(name_offset);
    if (!name) return fail(errc::malformed, "section ", index, ": its name, at ", hex(name_offset), ", is no string");
    out.name = *name;
  }
  if (out.type == SectionType::null || out.type == SectionType::nobits) {
    out.data = ByteView({}, bytes_.order());
    return out;
  }
  const auto data = bytes_.slice(out.offset, out.size);
  if (!data)
    return fail(errc::malformed, section_label(index, out.name), ": data at ", hex(out.offset), ", ", hex(out.size),
                " bytes, reaches past the end of the file (", hex(bytes_.size()), " bytes)");
  out.data = *data;
  return out;
}

Result<std::optional<Section>> File::find_section(std::string_view name) const {
  for (std::uint32_t i = 1; i < section_count_; ++i) {
    EBPF_TRY(const Section& candidate, section(i));
    if (candidate.name == name) return candidate;
  }
  return std::nullopt;
}

Result<std::optional<Section>> File::find_section(SectionType type) const {
  for (std::uint32_t i = 1; i < section_count_; ++i) {
    EBPF_TRY(const Section& candidate, section(i));
    if (candidate.type == type) return candidate;
  }
  return std::nullopt;
}

Result<ByteView> File::table_entries(const Section& section, std::size_t entry_size) const {
  if (section.flags & kSectionCompressed)
    return fail(errc::unsupported_input, section_label(section.index, section.name), ": compressed");
  if (section.entry_size != entry_size || section.data.size() % entry_size != 0)
    return fail(errc::malformed, section_label(section.index, section.name), ": ", section.data.size(),
                " bytes in entries of ", section.entry_size, " (expected entries of ", entry_size, ")");
  return section.data;
}

Result<ByteView> File::wide_section_indices(std::uint32_t symtab_index) const {
  for (std::uint32_t i = 1; i < section_count_; ++i) {
    EBPF_TRY(const Section& candidate, section(i));
    if (candidate.type == SectionType::symtab_shndx && candidate.link == symtab_index) return candidate.data;
  }
  return ByteView();
}

Result<SymbolTable> File::symbols(const Section& section) const {
  if (section.type != SectionType::symtab && section.type != SectionType::dynsym)
    return fail(errc::invalid_argument, section_label(section.index, section.name), ": not a symbol table");
  EBPF_TRY(const ByteView& entries, table_entries(section, SymbolTable::kEntrySize));
  EBPF_TRY(const Section& names, this->section(section.link));
  if (names.type != SectionType::strtab)
    return fail(errc::malformed, section_label(section.index, section.name), ": its names are in ",
                section_label(names.index, names.name), ", which is no string table");
  EBPF_TRY(const ByteView& wide, wide_section_indices(section.index));
  return SymbolTable(entries, names.data, wide, section_count_);
}

Result<RelocationTable> File::relocations(const Section& section) const {
  const bool with_addend = section.type == SectionType::rela;
  if (!with_addend && section.type != SectionType::rel)
    return fail(errc::invalid_argument, section_label(section.index, section.name), ": not a relocation section");
  EBPF_TRY(const ByteView& entries, table_entries(section, with_addend ? 24 : 16));
  return RelocationTable(entries, with_addend);
}

Result<Segment> File::segment(std::uint32_t index) const {
  if (index >= segment_count_)
    return fail(errc::out_of_range, "program header ", index, ": the file has ", segment_count_);
  const ByteView raw = *segment_headers_.slice(std::uint64_t{index} * kSegmentHeaderSize, kSegmentHeaderSize);
  Segment out = {};
  out.type = static_cast<SegmentType>(raw.field<std::uint32_t>(0));
  out.flags = raw.field<std::uint32_t>(4);
  out.offset = raw.field<std::uint64_t>(8);
  out.virtual_address = raw.field<std::uint64_t>(16);
  out.file_size = raw.field<std::uint64_t>(32);
  out.memory_size = raw.field<std::uint64_t>(40);
  out.alignment = raw.field<std::uint64_t>(48);
  const auto data = bytes_.slice(out.offset, out.file_size);
  if (!data) return fail(errc::malformed, "program header ", index, ": its data reaches past the end of the file");
  out.data = *data;
  return out;
}

Result<Symbol> SymbolTable::at(std::size_t index) const {
  if (index >= size()) return fail(errc::out_of_range, "symbol ", index, ": the table has ", size());
  const ByteView raw = *entries_.slice(std::uint64_t{index} * kEntrySize, kEntrySize);
  const auto name = names_.c_string(raw.field<std::uint32_t>(0));
  if (!name) return fail(errc::malformed, "symbol ", index, ": its name is outside the string table");
  const auto info = raw.field<std::uint8_t>(4);
  Symbol out = {};
  out.name = *name;
  out.type = static_cast<SymbolType>(info & 15);
  out.binding = static_cast<Binding>(info >> 4);
  out.visibility = static_cast<Visibility>(raw.field<std::uint8_t>(5) & 3);
  out.value = raw.field<std::uint64_t>(8);
  out.size = raw.field<std::uint64_t>(16);
  EBPF_TRY_IN(out.section, section_index(index, raw.field<std::uint16_t>(6)), "symbol ", index, " (", quoted(*name),
              ")");
  return out;
}

Result<std::uint32_t> SymbolTable::section_index(std::size_t index, std::uint16_t raw) const {
  if (raw >= kReservedSections && raw != kSectionExtended) return 0xffff0000u | raw;
  std::uint32_t section = raw;
  if (raw == kSectionExtended) {
    const auto wide = wide_sections_.read<std::uint32_t>(std::uint64_t{index} * sizeof(std::uint32_t));
    if (!wide) return fail(errc::malformed, "its section index is said to be in SHT_SYMTAB_SHNDX, but is not there");
    section = *wide;
  }
  if (section >= section_count_)
    return fail(errc::malformed, "defined in section ", section, ", but the file has ", section_count_);
  return section;
}

Relocation RelocationTable::operator[](std::size_t index) const {
  const std::size_t at = index * entry_size();
  const auto info = entries_.field<std::uint64_t>(at + 8);
  Relocation out = {};
  out.offset = entries_.field<std::uint64_t>(at);
  out.type = static_cast<std::uint32_t>(info);
  out.symbol = static_cast<std::uint32_t>(info >> 32);
  if (with_addend_) out.addend = entries_.field<std::int64_t>(at + 16);
  return out;
}

Result<std::optional<Note>> NoteReader::next() {
  constexpr std::uint64_t kNoteHeader = 12;
  if (position_ >= data_.size()) return std::nullopt;
  const auto align = [this](std::uint64_t n) { return (n + alignment_ - 1) & ~(alignment_ - 1); };
  const auto header = data_.slice(position_, kNoteHeader);
  if (!header) return fail(errc::malformed, "note at ", hex(position_), ": truncated header");
  const std::uint64_t name_size = header->field<std::uint32_t>(0);
  const std::uint64_t description_size = header->field<std::uint32_t>(4);
  const std::uint64_t description_at = align(position_ + kNoteHeader + name_size);
  const auto name = data_.slice(position_ + kNoteHeader, name_size);
  const auto description = data_.slice(description_at, description_size);
  if (!name || !description)
    return fail(errc::malformed, "note at ", hex(position_), ": it reaches past the end of its section");
  Note out = {};
  out.type = header->field<std::uint32_t>(8);
  out.name = std::string_view(reinterpret_cast<const char*>(name->data()), name->size());
  if (out.name.ends_with('\0')) out.name.remove_suffix(1);
  out.description = *description;
  position_ = align(description_at + description_size);
  return out;
}

}  // namespace ebpf::elf
