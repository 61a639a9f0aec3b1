// A whole file of assembler text: sections with code and data, symbols, and the relocations between them. What `ebpf
// asm` writes as an ELF object, here still as plain values.
//
//     .section socket                        # instructions make a section executable
//     .globl count                           # a global label in code is a function, and here a program
//     count:
//       r1 = packets ll                      # a relocation: packets is 8 bytes of .bss
//       r2 = 1
//       lock *(u64 *)(r1 + 0) += r2
//       call twice                           # a function of .text, which is linked to the program
//       exit
//     .text
//     twice: r0 = 2; exit                    # what is called is a function, too
//     .bss
//     packets: .zero 8
//     .section license
//       .asciz "GPL"
//
// The directives are those of llvm-mc that such a file needs (directives.cc has the list), with the same meaning. What
// they leave open is filled in: a section's flags by its name, a symbol's type by its section and use, and its size, up
// to the next symbol of its kind. Labels that are only jumped to, and those that begin with ".L", do not become
// symbols.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"

namespace ebpf::insn {

struct ObjectRelocation {
  // With the numbers of the relocation types (R_BPF_64_...).
  enum class Kind : std::uint8_t {
    load = 1,        // of the symbol's address by ld_imm64
    absolute64 = 2,  // the symbol's address in data
    absolute32 = 3,
    in_debug_info = 4,  // the same, in what describes code and data: .BTF and .BTF.ext (R_BPF_64_NODYLD32)
    call = 10,          // of the symbol by a call
  };
  std::uint64_t offset;  // in the section, in bytes
  Kind kind;
  std::size_t symbol;  // an index into Object::symbols
};

struct ObjectSection {
  std::string name;
  bool allocated = false;
  bool writable = false;
  bool executable = false;
  bool zeroes = false;  // takes no room in a file: `size` bytes of zeroes
  std::uint64_t alignment = 1;
  std::uint64_t size = 0;
  std::vector<std::byte> bytes = {};
  std::vector<ObjectRelocation> relocations = {};  // by offset
};

struct ObjectSymbol {
  enum class Binding : std::uint8_t { local, global, weak };
  enum class Type : std::uint8_t { none, object, function, section };
  std::string name;
  Binding binding = Binding::local;
  Type type = Type::none;
  bool hidden = false;
  std::optional<std::size_t> section = {};  // none: it is defined elsewhere
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct Object {
  std::vector<ObjectSection> sections;  // in the order in which they were begun; none that is empty
  std::vector<ObjectSymbol> symbols;    // local ones first
};

// Assembles a file for machines of that byte order. Errors: malformed; the sentence has line, column and what was
// expected.
Result<Object> assemble_object(std::string_view text, ByteOrder order = kHostByteOrder);

}  // namespace ebpf::insn
