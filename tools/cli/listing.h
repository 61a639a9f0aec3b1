// Listing: the instructions of a function or program, slot by slot, with everything that is known about them by name.
// What `ebpf disasm` prints.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/instruction.h"
#include "ebpf/base/error.h"
#include "ebpf/load/options.h"
#include "ebpf/spec/spec.h"

namespace ebpf::cli {

struct ListedSlot {
  std::array<std::byte, insn::kSlotSize> bytes;  // as in the file; for the kernel, as in its memory
  std::optional<insn::Instruction> instruction;  // none for the second slot of ld_imm64, and for what is none
  std::string text;                              // llvm-objdump's; empty for the second slot of ld_imm64
  std::string symbol;                            // what is called, loaded or pointed to; empty where nothing has a name
  std::optional<std::uint32_t> target;           // of a jump: a slot
  std::optional<btf::LineInfo> line;             // the source line that it comes from
  bool starts_line = false;                      // and is the first slot of
  std::string core;                              // "field_byte_offset struct task_struct 0:1", a CO-RE relocation
  std::string_view function;                     // the name of the function that begins here
};

struct Listing {
  const FunctionSpec* function;
  bool is_program;
  std::vector<ListedSlot> slots;
};

// The functions and variables of an object, to be found by name and by place. Refers to the spec.
class Symbols {
 public:
  explicit Symbols(const CollectionSpec& spec);
  const CollectionSpec& spec() const { return spec_; }
  // An index for function(), or nothing.
  std::optional<std::size_t> find_function(std::string_view name) const;
  const FunctionSpec& function(std::size_t index) const { return *functions_[index]; }
  std::size_t function_count() const { return functions_.size(); }
  // What is `offset` bytes into a data section: "packets", "stats+0x8", or ".data+0x8" where no variable is.
  std::string place_in_data(std::string_view section, std::uint32_t offset) const;

 private:
  const CollectionSpec& spec_;
  std::vector<const FunctionSpec*> functions_;  // by name
  std::vector<const VariableSpec*> variables_;  // by section and offset
};

// As compiled. The listing refers to the spec.
Listing list_compiled(const Symbols& symbols, const FunctionSpec& function, bool is_program);

// As it would be handed to the kernel: with its subprograms, every relocation applied, and 0 for each descriptor. Makes
// nothing in the kernel. Errors: those of loading.
Result<Listing> list_for_kernel(const Symbols& symbols, const ProgramSpec& program, const LoadOptions& options);

}  // namespace ebpf::cli
