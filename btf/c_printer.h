// Types as C: the text of a header that, compiled, has the sizes, offsets and values of the types that it was made of.
//
//     EBPF_TRY(auto types, btf::Spec::parse(bytes));
//     btf::CPrinter printer(types);
//     std::string text;
//     EBPF_CHECK(printer.print(*types.find("task_struct", btf::Kind::structure), text));
//
// prints the structure and before it, once, each type that it needs. Structures that are only pointed to are left
// incomplete, as C allows. `print_c_header` prints a whole table, the `vmlinux.h` of a kernel.
//
// Where two types have one name, which C does not allow, the later ones are called NAME___2, NAME___3, …: CO-RE takes
// what follows three underscores for no part of the name. Names that are no C identifiers (those of other languages)
// get underscores for what C does not know. Bit-fields, packed and padded structures are printed so that clang and gcc
// lay them out as recorded; a layout that C cannot express (members that overlap) becomes an array of bytes. Data
// sections, functions and declaration tags are not printed. Pointers have 8 bytes, as they have for the BPF target.
//
// Bytes may be hostile: a type that contains itself is an error, as is a text out of all proportion to the types.
// Printers are for one thread at a time; several may work on one Spec.
//
// Rules: C17 with the GNU extensions that clang and gcc share (zero-length arrays, empty structures, wide
// enumerations); System V ABI for bit-fields, which the BPF target follows.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// Where a long text goes, piece by piece.
class TextSink {
 public:
  virtual Result<void> write(std::string_view piece) = 0;

 protected:
  ~TextSink() = default;
};

class CPrinter {
 public:
  // `types` must outlive the printer, unchanged.
  explicit CPrinter(const Spec& types);
  ~CPrinter();
  CPrinter(CPrinter&&) noexcept;
  CPrinter& operator=(CPrinter&&) noexcept;

  // Appends the definition of a type, unless this printer has printed it before, and in front of it what it needs. Of a
  // pointer, array, qualified type, prototype, function or variable: what a declaration of it needs. Errors: not_found,
  // malformed. After an error the text is incomplete and the printer of no more use.
  Result<void> print(TypeId id, std::string& out);

  // Appends every type with a name and every enumerator; of a table that continues another one, its own and of the
  // other one's what they need. Errors: malformed.
  Result<void> print_all(std::string& out);
  // The same in pieces of some 64 KiB.
  Result<void> print_all(TextSink& sink);

  // A declaration of `name` with that type, without a semicolon: "int (*name)[3]". What it needs is to be printed
  // beforehand. Errors: not_found, malformed.
  Result<std::string> declaration(TypeId id, std::string_view name);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The whole table as a header: include guard, and the pragma that lets clang record every access to a structure for
// CO-RE (unless BPF_NO_PRESERVE_ACCESS_INDEX is defined), as users know it from bpftool. Errors: malformed, and those
// of the sink.
Result<void> print_c_header(const Spec& types, TextSink& sink, std::string_view guard = "__VMLINUX_H__");

}  // namespace ebpf::btf
