// Writing ELF64 relocatable objects: sections with their relocations, and symbols, given as plain values.
//
// The file has the given sections in the given order, then a SHT_REL section for each that has relocations, the symbol
// table, and one string table for all names. Format: System V ABI, chapter 4. elf.h reads what is written here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/elf/elf.h"

namespace ebpf::elf {

struct NewRelocation {
  std::uint64_t offset;  // in the section, in bytes
  std::uint32_t type;
  std::size_t symbol;  // an index into NewFile::symbols
};

struct NewSection {
  std::string name;
  SectionType type = SectionType::progbits;
  std::uint64_t flags = 0;
  std::uint64_t alignment = 1;
  std::vector<std::byte> data = {};
  std::uint64_t size = 0;  // of nobits, which has no data
  std::vector<NewRelocation> relocations = {};
};

struct NewSymbol {
  std::string name;
  SymbolType type = SymbolType::none;
  Binding binding = Binding::local;
  Visibility visibility = Visibility::normal;
  // One of NewFile::sections, counted from 1, as in the file; kSectionUndefined for what is defined elsewhere.
  std::uint32_t section = kSectionUndefined;
  std::uint64_t value = 0;
  std::uint64_t size = 0;
};

struct NewFile {
  ByteOrder byte_order = kHostByteOrder;
  std::uint16_t machine = kMachineBpf;
  std::vector<NewSection> sections = {};
  std::vector<NewSymbol> symbols = {};  // in any order: the file has local ones first
};

// The bytes of the file. Errors: invalid_argument for a section or symbol that does not exist, out_of_range for more
// sections than the header can count (0xff00).
Result<std::vector<std::byte>> write(const NewFile& file);

}  // namespace ebpf::elf
