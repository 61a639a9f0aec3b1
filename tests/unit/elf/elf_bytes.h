// ELF files for tests: real ones that are read from testdata, single fields of them overwritten, and small ones made
// byte by byte. What is written down here about the format comes from the System V ABI, not from the library.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ebpf/base/bytes.h"
#include "tests/support/runfiles.h"

namespace ebpf::test {

using Bytes = std::vector<std::byte>;

inline Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

inline Bytes testdata(const std::string& name) { return read_bytes(runfile(("testdata/" + name).c_str())); }

// The file names of all compiled objects among the runfiles, in alphabetical order.
inline std::vector<std::string> testdata_names() {
  const std::filesystem::path one = runfile("testdata/globals.bpf.o");
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(one.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".bpf.o")) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

template <class T>
T get(const Bytes& bytes, std::uint64_t at, ByteOrder order = ByteOrder::little) {
  T value;
  if (at > bytes.size() || bytes.size() - at < sizeof value) throw std::runtime_error("get() outside of the bytes");
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return to_host(value, order);
}

template <class T>
void put(Bytes& bytes, std::uint64_t at, std::type_identity_t<T> value, ByteOrder order = ByteOrder::little) {
  if (at > bytes.size() || bytes.size() - at < sizeof(T)) throw std::runtime_error("put() outside of the bytes");
  const T encoded = to_host<T>(value, order);
  std::memcpy(bytes.data() + at, &encoded, sizeof encoded);
}

template <class T>
void append(Bytes& bytes, std::type_identity_t<T> value, ByteOrder order = ByteOrder::little) {
  bytes.resize(bytes.size() + sizeof(T));
  put<T>(bytes, bytes.size() - sizeof(T), value, order);
}

inline void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

inline void append_text(Bytes& bytes, std::string_view text) {
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  bytes.push_back(std::byte{0});
}

// Where the fields are in a little-endian ELF64 file.
constexpr std::uint64_t kElfType = 16, kElfMachine = 18, kElfSectionTable = 40, kElfSectionEntrySize = 58,
                        kElfSectionCount = 60, kElfNamesIndex = 62;
constexpr std::uint64_t kSectionName = 0, kSectionType = 4, kSectionFlags = 8, kSectionOffset = 24, kSectionSize = 32,
                        kSectionLink = 40, kSectionInfo = 44, kSectionEntrySize = 56;
constexpr std::uint64_t kSymbolName = 0, kSymbolInfo = 4, kSymbolOther = 5, kSymbolSection = 6, kSymbolValue = 8,
                        kSymbolSize = 16;
constexpr std::uint64_t kRelocationOffset = 0, kRelocationType = 8, kRelocationSymbol = 12;

// A little-endian object of which single fields are to be overwritten.
struct Patchable {
  Bytes bytes;

  std::string text(std::uint64_t at) const { return reinterpret_cast<const char*>(bytes.data() + at); }

  // Where the header of a section is.
  std::uint64_t header(std::string_view name) const {
    const auto table = get<std::uint64_t>(bytes, kElfSectionTable);
    const auto count = get<std::uint16_t>(bytes, kElfSectionCount);
    const auto names_header = table + 64u * get<std::uint16_t>(bytes, kElfNamesIndex);
    const auto names = get<std::uint64_t>(bytes, names_header + kSectionOffset);
    for (std::uint16_t i = 0; i < count; ++i) {
      const std::uint64_t at = table + 64u * i;
      if (text(names + get<std::uint32_t>(bytes, at + kSectionName)) == name) return at;
    }
    throw std::runtime_error("no section " + std::string(name));
  }
  std::uint16_t index(std::string_view name) const {
    return static_cast<std::uint16_t>((header(name) - get<std::uint64_t>(bytes, kElfSectionTable)) / 64);
  }
  // Where a section's content is, and how long it is.
  std::uint64_t content(std::string_view name) const {
    return get<std::uint64_t>(bytes, header(name) + kSectionOffset);
  }
  std::uint64_t size(std::string_view name) const { return get<std::uint64_t>(bytes, header(name) + kSectionSize); }

  // Where a symbol's entry is.
  std::uint64_t symbol(std::string_view name) const { return content(".symtab") + 24 * symbol_index(name); }
  std::uint32_t symbol_index(std::string_view name) const {
    const auto strings = content(".strtab");
    for (std::uint32_t i = 0; i < size(".symtab") / 24; ++i)
      if (text(strings + get<std::uint32_t>(bytes, content(".symtab") + 24u * i)) == name) return i;
    throw std::runtime_error("no symbol " + std::string(name));
  }
  // Where the `number`-th relocation of a section is.
  std::uint64_t relocation(std::string_view section, std::uint64_t number) const {
    return content(section) + 16 * number;
  }

  template <class T>
  Patchable& set(std::uint64_t at, std::type_identity_t<T> value) {
    put<T>(bytes, at, value);
    return *this;
  }
};

struct NewSection {
  std::string name;
  std::uint32_t type = 1;  // SHT_PROGBITS
  std::uint64_t flags = 0;
  Bytes data = {};
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t entry_size = 0;
  std::uint64_t size = 0;  // of SHT_NOBITS
};

// Writes relocatable BPF objects. Section 1 is .symtab, 2 is .strtab, 3 is .symtab_shndx if asked for; those that are
// added come after them.
class ElfWriter {
 public:
  explicit ElfWriter(ByteOrder order = ByteOrder::little, bool wide = false) : order_(order), wide_(wide) {
    strings_.push_back(std::byte{0});
    sections_.push_back({.name = ""});
    sections_.push_back({.name = ".symtab", .type = 2, .link = 2, .info = 1, .entry_size = 24});
    sections_.push_back({.name = ".strtab", .type = 3});
    if (wide) sections_.push_back({.name = ".symtab_shndx", .type = 18, .link = 1, .entry_size = 4});
    symbol("", 0, 0, 0, 0);
  }

  std::uint32_t add(NewSection section) {
    sections_.push_back(std::move(section));
    return static_cast<std::uint32_t>(sections_.size() - 1);
  }
  NewSection& section(std::uint32_t index) { return sections_[index]; }

  // `info` is binding << 4 | type. Returns the symbol's index.
  std::uint32_t symbol(std::string_view name, std::uint8_t info, std::uint32_t section, std::uint64_t value,
                       std::uint64_t size) {
    return symbol_at(string(name), info, section, value, size);
  }
  std::uint32_t symbol_at(std::uint32_t name, std::uint8_t info, std::uint32_t section, std::uint64_t value,
                          std::uint64_t size) {
    append<std::uint32_t>(symbols_, name, order_);
    append<std::uint8_t>(symbols_, info, order_);
    append<std::uint8_t>(symbols_, 0, order_);
    const bool far = wide_ && section >= 0xff00;
    append<std::uint16_t>(symbols_, far ? std::uint16_t{0xffff} : static_cast<std::uint16_t>(section), order_);
    append<std::uint64_t>(symbols_, value, order_);
    append<std::uint64_t>(symbols_, size, order_);
    append<std::uint32_t>(wide_indices_, far ? section : 0, order_);
    return static_cast<std::uint32_t>(symbols_.size() / 24 - 1);
  }
  std::uint32_t string(std::string_view text) {
    if (text.empty()) return 0;
    const auto at = static_cast<std::uint32_t>(strings_.size());
    append_text(strings_, text);
    return at;
  }

  Bytes finish() {
    std::vector<std::uint32_t> names;
    for (const NewSection& s : sections_) names.push_back(string(s.name));
    sections_[1].data = symbols_;
    sections_[2].data = strings_;
    if (wide_) sections_[3].data = wide_indices_;
    Bytes out(64);
    std::vector<std::uint64_t> places;
    for (const NewSection& s : sections_) {
      out.resize((out.size() + 7) / 8 * 8);
      places.push_back(out.size());
      append(out, s.data);
    }
    out.resize((out.size() + 7) / 8 * 8);
    write_header(out, out.size());
    const std::size_t count = sections_.size();
    for (std::size_t i = 0; i < count; ++i) {
      const NewSection& s = sections_[i];
      const bool first_of_many = i == 0 && count >= 0xff00;
      append<std::uint32_t>(out, names[i], order_);
      append<std::uint32_t>(out, i == 0 ? 0 : s.type, order_);
      append<std::uint64_t>(out, s.flags, order_);
      append<std::uint64_t>(out, 0, order_);
      append<std::uint64_t>(out, i == 0 ? 0 : places[i], order_);
      append<std::uint64_t>(out, first_of_many ? count : (s.type == 8 ? s.size : s.data.size()), order_);
      append<std::uint32_t>(out, first_of_many ? 2 : s.link, order_);
      append<std::uint32_t>(out, s.info, order_);
      append<std::uint64_t>(out, 1, order_);
      append<std::uint64_t>(out, s.entry_size, order_);
    }
    return out;
  }

 private:
  void write_header(Bytes& out, std::uint64_t section_table) const {
    const bool many = sections_.size() >= 0xff00;
    put<std::uint32_t>(out, 0, 0x464c457f);
    put<std::uint8_t>(out, 4, 2);
    put<std::uint8_t>(out, 5, order_ == ByteOrder::little ? 1 : 2);
    put<std::uint8_t>(out, 6, 1);
    put<std::uint16_t>(out, 16, 1, order_);
    put<std::uint16_t>(out, 18, 247, order_);
    put<std::uint32_t>(out, 20, 1, order_);
    put<std::uint64_t>(out, 40, section_table, order_);
    put<std::uint16_t>(out, 52, 64, order_);
    put<std::uint16_t>(out, 58, 64, order_);
    put<std::uint16_t>(out, 60, many ? std::uint16_t{0} : static_cast<std::uint16_t>(sections_.size()), order_);
    put<std::uint16_t>(out, 62, many ? std::uint16_t{0xffff} : std::uint16_t{2}, order_);
  }

  ByteOrder order_;
  bool wide_;
  std::vector<NewSection> sections_;
  Bytes symbols_;
  Bytes wide_indices_;
  Bytes strings_;
};

}  // namespace ebpf::test
