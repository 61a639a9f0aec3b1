// The file is put together from its beginning to its end; only the header's place of the section table is filled in
// last.
#include "ebpf/elf/writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "ebpf/base/text.h"

namespace ebpf::elf {
namespace {

constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kSectionHeaderSize = 64;
constexpr std::size_t kRelocationSize = 16;
constexpr std::uint64_t kMostSections = 0xff00;
constexpr std::uint64_t kInfoLink = 0x40;  // SHF_INFO_LINK: sh_info is a section's index

// What a section header says, but for the names of its type.
struct SectionHeader {
  std::uint32_t name = 0;
  SectionType type = SectionType::null;
  std::uint64_t flags = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t alignment = 0;
  std::uint64_t entry_size = 0;
};

class Writer {
 public:
  explicit Writer(const NewFile& file) : file_(file) {}

  Result<std::vector<std::byte>> write() {
    EBPF_CHECK(check());
    order_symbols();
    put_header();
    headers_.emplace_back();
    for (const NewSection& section : file_.sections) add_section(section);
    for (std::size_t i = 0; i < file_.sections.size(); ++i)
      if (!file_.sections[i].relocations.empty()) add_relocations(i);
    add_symbols();
    add_strings();
    put_section_headers();
    return std::move(bytes_);
  }

 private:
  Result<void> check() const;
  void order_symbols();
  void put_header();
  void add_section(const NewSection& section);
  void add_relocations(std::size_t index);
  void add_symbols();
  void add_strings();
  void put_section_headers();

  template <class T>
  void put(T value) {
    const T encoded = to_host(value, file_.byte_order);
    const auto* begin = reinterpret_cast<const std::byte*>(&encoded);
    bytes_.insert(bytes_.end(), begin, begin + sizeof encoded);
  }

  std::uint64_t align(std::uint64_t alignment) {
    while (bytes_.size() % alignment != 0) bytes_.push_back({});
    return bytes_.size();
  }

  // The place of a name in the string table.
  std::uint32_t string(std::string_view text) {
    if (text.empty()) return 0;
    const auto place = static_cast<std::uint32_t>(strings_.size());
    strings_ += text;
    strings_ += '\0';
    return place;
  }

  // Sections: the null one, those of the file, one for each list of relocations, symbols and strings.
  std::size_t relocation_sections() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(file_.sections, [](const NewSection& section) { return !section.relocations.empty(); }));
  }
  std::uint32_t symbols_index() const {
    return static_cast<std::uint32_t>(1 + file_.sections.size() + relocation_sections());
  }

  const NewFile& file_;
  std::vector<std::byte> bytes_;
  std::vector<SectionHeader> headers_;
  std::string strings_ = std::string(1, '\0');
  std::vector<std::size_t> order_;           // of the symbols in the file
  std::vector<std::uint32_t> symbol_index_;  // in the file, of each of file_.symbols
  std::uint32_t local_symbols_ = 0;
};

Result<void> Writer::check() const {
  if (symbols_index() + 2 >= kMostSections)
    return fail(errc::out_of_range, "more sections than an ELF header can count");
  for (const NewSymbol& symbol : file_.symbols)
    if (symbol.section > file_.sections.size())
      return fail(errc::invalid_argument, "symbol ", quoted(symbol.name), " is in section ", symbol.section,
                  ", but there are ", file_.sections.size());
  for (const NewSection& section : file_.sections) {
    if (section.alignment == 0 || (section.alignment & (section.alignment - 1)) != 0)
      return fail(errc::invalid_argument, "section ", quoted(section.name), ": alignment ", section.alignment,
                  " is no power of two");
    for (const NewRelocation& relocation : section.relocations)
      if (relocation.symbol >= file_.symbols.size())
        return fail(errc::invalid_argument, "section ", quoted(section.name), ": a relocation is for symbol ",
                    relocation.symbol, ", but there are ", file_.symbols.size());
  }
  return {};
}

void Writer::order_symbols() {
  const auto append = [&](bool local) {
    for (std::size_t i = 0; i < file_.symbols.size(); ++i)
      if ((file_.symbols[i].binding == Binding::local) == local) order_.push_back(i);
  };
  append(true);
  local_symbols_ = static_cast<std::uint32_t>(order_.size());
  append(false);
  symbol_index_.resize(order_.size());
  for (std::size_t i = 0; i < order_.size(); ++i) symbol_index_[order_[i]] = static_cast<std::uint32_t>(i + 1);
}

void Writer::put_header() {
  const auto order = file_.byte_order == ByteOrder::little ? std::byte{1} : std::byte{2};
  const std::array<std::byte, 16> identification = {std::byte{0x7f}, std::byte{'E'}, std::byte{'L'}, std::byte{'F'},
                                                    std::byte{2},    order,          std::byte{1}};
  bytes_.assign(identification.begin(), identification.end());
  put(static_cast<std::uint16_t>(FileType::relocatable));
  put(file_.machine);
  put(std::uint32_t{1});  // version
  put(std::uint64_t{0});  // entry
  put(std::uint64_t{0});  // segments
  put(std::uint64_t{0});  // sections: see put_section_headers()
  put(std::uint32_t{0});  // flags
  put(static_cast<std::uint16_t>(kHeaderSize));
  put(std::uint16_t{0});  // size and number of segments
  put(std::uint16_t{0});
  put(static_cast<std::uint16_t>(kSectionHeaderSize));
  put(static_cast<std::uint16_t>(symbols_index() + 2));
  put(static_cast<std::uint16_t>(symbols_index() + 1));  // the section with the names of sections
}

void Writer::add_section(const NewSection& section) {
  const bool in_file = section.type != SectionType::nobits;
  SectionHeader header{.name = string(section.name), .type = section.type, .flags = section.flags};
  header.offset = align(section.alignment);
  header.size = in_file ? section.data.size() : section.size;
  header.alignment = section.alignment;
  if (in_file) bytes_.insert(bytes_.end(), section.data.begin(), section.data.end());
  headers_.push_back(header);
}

void Writer::add_relocations(std::size_t index) {
  const NewSection& section = file_.sections[index];
  SectionHeader header{.name = string(cat(".rel", section.name)), .type = SectionType::rel, .flags = kInfoLink};
  header.offset = align(8);
  header.size = section.relocations.size() * kRelocationSize;
  header.link = symbols_index();
  header.info = static_cast<std::uint32_t>(index + 1);
  header.alignment = 8;
  header.entry_size = kRelocationSize;
  for (const NewRelocation& relocation : section.relocations) {
    put(relocation.offset);
    put(std::uint64_t{symbol_index_[relocation.symbol]} << 32 | relocation.type);
  }
  headers_.push_back(header);
}

void Writer::add_symbols() {
  SectionHeader header{.name = string(".symtab"), .type = SectionType::symtab};
  header.offset = align(8);
  header.link = symbols_index() + 1;
  header.info = 1 + local_symbols_;
  header.alignment = 8;
  header.entry_size = SymbolTable::kEntrySize;
  bytes_.resize(bytes_.size() + SymbolTable::kEntrySize);  // the null symbol
  for (const std::size_t i : order_) {
    const NewSymbol& symbol = file_.symbols[i];
    put(string(symbol.name));
    put(static_cast<std::uint8_t>(static_cast<unsigned>(symbol.binding) << 4 | static_cast<unsigned>(symbol.type)));
    put(static_cast<std::uint8_t>(symbol.visibility));
    put(static_cast<std::uint16_t>(symbol.section));
    put(symbol.value);
    put(symbol.size);
  }
  header.size = bytes_.size() - header.offset;
  headers_.push_back(header);
}

void Writer::add_strings() {
  SectionHeader header{.name = string(".strtab"), .type = SectionType::strtab};
  header.offset = bytes_.size();
  header.size = strings_.size();
  header.alignment = 1;
  const auto content = std::as_bytes(std::span(strings_));
  bytes_.insert(bytes_.end(), content.begin(), content.end());
  headers_.push_back(header);
}

void Writer::put_section_headers() {
  constexpr std::size_t kPlace = 40;  // of e_shoff in the header
  const std::uint64_t table = to_host(align(8), file_.byte_order);
  std::memcpy(bytes_.data() + kPlace, &table, sizeof table);
  for (const SectionHeader& header : headers_) {
    put(header.name);
    put(static_cast<std::uint32_t>(header.type));
    put(header.flags);
    put(std::uint64_t{0});  // address
    put(header.offset);
    put(header.size);
    put(header.link);
    put(header.info);
    put(header.alignment);
    put(header.entry_size);
  }
}

}  // namespace

Result<std::vector<std::byte>> write(const NewFile& file) { return Writer(file).write(); }

}  // namespace ebpf::elf
