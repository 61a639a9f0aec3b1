// .BTF.ext: what the compiler says about single instructions. For each ELF section with code, three lists sorted by
// instruction: where functions begin (func-info), which source line an instruction comes from (line-info), and which
// instructions depend on the layout of the kernel's types (CO-RE relocations).
//
// Format: Documentation/bpf/btf.rst, "BTF.ext section"; struct bpf_func_info, bpf_line_info and bpf_core_relo of
// <linux/bpf.h>. In the file, instruction offsets count bytes; here, as in the kernel, they count 8-byte slots.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

struct FunctionInfo {
  std::uint32_t slot;
  TypeId type;  // a function

  bool operator==(const FunctionInfo&) const = default;
};

struct LineInfo {
  std::uint32_t slot;
  std::uint32_t file_name;  // offset into the strings of the BTF
  std::uint32_t text;       // offset into the strings of the BTF: the source line itself
  std::uint32_t line_column;

  std::uint32_t line() const { return line_column >> 10; }
  std::uint32_t column() const { return line_column & 0x3ff; }
  bool operator==(const LineInfo&) const = default;
};

// enum bpf_core_relo_kind.
enum class CoreKind : std::uint32_t {
  field_byte_offset = 0,
  field_byte_size = 1,
  field_exists = 2,
  field_signed = 3,
  field_lshift_u64 = 4,
  field_rshift_u64 = 5,
  type_id_local = 6,
  type_id_target = 7,
  type_exists = 8,
  type_size = 9,
  enumval_exists = 10,
  enumval_value = 11,
  type_matches = 12,
};
constexpr std::uint32_t kMaxCoreKind = 12;

struct CoreRelocation {
  std::uint32_t slot;
  TypeId type;
  std::uint32_t access;  // offset into the strings of the BTF: "0:1:2"
  CoreKind kind;

  bool operator==(const CoreRelocation&) const = default;
};

// The records of one ELF section. An empty list where the section has none.
class ExtInfo {
 public:
  ExtInfo() = default;
  // `types` is the .BTF of the same file: it has the strings. The bytes must outlive this object. Errors: malformed;
  // unsupported_input for records of another size than those this library knows.
  static Result<ExtInfo> parse(std::span<const std::byte> bytes, const Spec& types);

  // All records for the section of that name, with slots counted from the section's beginning, in the file's order.
  // Errors: malformed for an offset that is no multiple of 8.
  Result<std::vector<FunctionInfo>> functions(std::string_view section) const;
  Result<std::vector<LineInfo>> lines(std::string_view section) const;
  Result<std::vector<CoreRelocation>> core_relocations(std::string_view section) const;

 private:
  struct Block {
    std::string_view section;
    ByteView records;
    std::uint32_t record_size;
  };
  using Blocks = std::vector<Block>;

  static Result<Blocks> read_list(ByteView list, std::uint32_t min_record, const Spec& types);
  template <class Record, class Decode>
  static Result<std::vector<Record>> collect(const Blocks& blocks, std::string_view section, Decode decode);

  Blocks functions_;
  Blocks lines_;
  Blocks core_;
};

}  // namespace ebpf::btf
