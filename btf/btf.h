// BTF, the type information of BPF objects and of the kernel, decoded on demand.
//
// A Spec is a table of types, numbered from 1; number 0 is `void`. A Type is a small view of one of them: its kind, its
// name, and what its kind adds (members, parameters, enumerators, …). Types refer to each other by number, so a
// question about a type that it refers to goes through the Spec again:
//
//     EBPF_TRY(auto types, btf::Spec::parse(bytes));
//     for (btf::Type type : types) ... type.name() ...
//     if (auto id = types.find("task_struct", btf::Kind::structure)) {
//       EBPF_TRY(auto task, types.type(*id));
//       for (std::uint32_t i = 0; i < task.vlen(); ++i) ... task.member(i).name ...
//       EBPF_TRY(auto place, types.locate(*id, "se.exec_start"));
//
// Nothing is decoded ahead of time but the places of the types. Of a program's types all places are kept; of a table as
// large as a kernel's only every sixteenth, and the types between are found by walking from there. Bytes may be
// hostile: references may dangle or run in circles, so everything that follows references is bounded and returns a
// Result.
//
// A table may continue another one, its base, as a kernel module's continues the kernel's ("split BTF"): its ids and
// string offsets begin where those of the base end, and it answers for the types of the base, too.
//
// A Spec is a value. Copies share the bytes; what changes them (`lay_out_section`, `set_function_linkage`) first makes
// a copy of its own. Const access is safe from several threads.
//
// Format: Documentation/bpf/btf.rst in the kernel's tree; <linux/btf.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"

namespace ebpf::btf {

using TypeId = std::uint32_t;

// BTF_KIND_*, with the names of C where those are no keywords.
enum class Kind : std::uint8_t {
  none = 0,  // void
  integer = 1,
  pointer = 2,
  array = 3,
  structure = 4,
  union_type = 5,
  enumeration = 6,
  forward = 7,
  type_definition = 8,
  volatile_qualifier = 9,
  const_qualifier = 10,
  restrict_qualifier = 11,
  function = 12,
  function_prototype = 13,
  variable = 14,
  data_section = 15,
  floating = 16,
  decl_tag = 17,
  type_tag = 18,
  enumeration64 = 19,
};
constexpr std::uint32_t kMaxKind = 19;

// The kind as the BTF documentation calls it: "INT", "STRUCT", "DATASEC".
std::string_view kind_name(Kind kind);

// How many references are followed (typedef of const of array of …) before a chain counts as endless.
constexpr int kMaxDepth = 32;

enum class Linkage : std::uint8_t { static_linkage = 0, global = 1, external = 2 };

struct Member {
  std::string_view name;
  TypeId type;
  std::uint32_t bit_offset;
  std::uint32_t bitfield_size;  // in bits; 0 for a member that is no bit-field
};

struct ArrayInfo {
  TypeId element;
  TypeId index;
  std::uint32_t count;
};

struct IntInfo {
  std::uint8_t bits;
  std::uint8_t bit_offset;
  bool is_signed;
  bool is_char;
  bool is_bool;
};

struct Enumerator {
  std::string_view name;
  std::int64_t value;  // of an unsigned enumeration: the same bits
};

struct Parameter {
  std::string_view name;
  TypeId type;  // 0 with an empty name for the "..." at the end
};

struct SectionVariable {
  TypeId type;  // a variable, or in .ksyms also a function
  std::uint32_t offset;
  std::uint32_t size;
};

class Spec;

// A view of one type. Valid as long as its Spec, and what that Spec views, is alive and unchanged. Asking for what the
// kind does not have gives zeroes; an index must be below vlen().
class Type {
 public:
  TypeId id() const { return id_; }
  Kind kind() const { return static_cast<Kind>((info() >> 24) & 0x1f); }
  std::string_view name() const;
  // How many members, enumerators, parameters or section variables it has.
  std::uint32_t vlen() const { return info() & 0xffff; }
  // structure, union: the members' offsets carry bit-field sizes. enumeration: signed. forward: of a union.
  bool kind_flag() const { return (info() >> 31) != 0; }
  bool is(Kind wanted) const { return kind() == wanted; }
  bool is_composite() const { return is(Kind::structure) || is(Kind::union_type); }
  bool is_enumeration() const { return is(Kind::enumeration) || is(Kind::enumeration64); }
  // const, volatile, restrict, type tag.
  bool is_qualifier() const;

  // In bytes, for the kinds that carry a size of their own (integer, structure, union, enumerations, floating,
  // section).
  std::uint32_t size() const;
  // The type that it refers to: pointee, aliased or qualified type, return type, prototype of a function, type of a
  // variable, target of a tag.
  TypeId referenced() const;

  IntInfo integer() const;
  // Whether it is an integer of fewer bits than it has room for: the bit-fields of BTF before Linux 5.0, whose
  // structures had no place for their sizes.
  bool is_partial() const;
  ArrayInfo array() const;
  Member member(std::uint32_t index) const;
  Enumerator enumerator(std::uint32_t index) const;
  Parameter parameter(std::uint32_t index) const;
  SectionVariable section_variable(std::uint32_t index) const;
  Linkage linkage() const;               // function, variable
  std::int32_t component_index() const;  // decl_tag: the member or parameter it is on, -1 for the whole

 private:
  friend class Spec;
  Type(const Spec& spec, TypeId id, std::uint32_t offset) : spec_(&spec), id_(id), offset_(offset) {}
  // The word that begins so many bytes into its record.
  std::uint32_t word(std::size_t at) const;
  std::uint32_t info() const { return word(4); }
  std::uint32_t size_or_type() const { return word(8); }

  // Two words, so that it is passed in registers.
  const Spec* spec_;
  TypeId id_;
  std::uint32_t offset_;  // of its record in the table; of `void`, which has none, nothing
};

// Where a member is, counted from the beginning of the type in which it was looked for.
struct MemberPlace {
  TypeId type;                  // of the member, as it is declared
  std::uint64_t offset;         // in bytes; of a bit-field: of the byte in which it begins
  std::uint32_t bit_offset;     // of a bit-field, within that byte; 0 for other members
  std::uint32_t bitfield_size;  // in bits; 0 for a member that is no bit-field
};

// A place in the table, every so many types.
struct Checkpoint {
  std::uint32_t offset;  // of a type's record
  std::uint32_t kinds;   // a bit for each kind among the types from here to the next checkpoint
};

class Spec {
 public:
  // No types but `void`.
  Spec() = default;

  // Takes the content of a .BTF section (or /sys/kernel/btf/*) of either byte order and checks all of it: every record,
  // every name, every reference. Errors: malformed, unsupported_input (a kind or version not known here).
  static Result<Spec> parse(std::vector<std::byte> bytes, std::shared_ptr<const Spec> base = nullptr);

  // The same over bytes that somebody else holds, unchanged for as long as `keep_alive` exists; nothing is copied. Of
  // the records only kind and length are checked, which for a kernel's 100,000 types takes a fraction of a millisecond;
  // names and references are checked when they are followed. Errors: as parse().
  static Result<Spec> view(std::span<const std::byte> bytes, std::shared_ptr<const void> keep_alive,
                           std::shared_ptr<const Spec> base = nullptr);

  // The number of types, `void` and those of the base included: ids are 0 ≤ id < type_count().
  std::uint32_t type_count() const { return type_count_; }
  // The first id of the table itself: 1, or where its base ends.
  TypeId first_id() const { return first_id_; }
  // Null for a table that stands alone.
  const std::shared_ptr<const Spec>& base() const { return base_; }
  bool empty() const { return type_count_ <= 1; }
  ByteOrder byte_order() const { return types_.order(); }
  // The encoded form, as it was read, and in it the records and the strings.
  std::span<const std::byte> bytes() const { return bytes_; }
  ByteView type_section() const { return types_; }
  ByteView string_section() const { return strings_; }
  // Where walks over all types may begin or leap to: first_id() + n * stride() is at the n-th.
  std::span<const Checkpoint> checkpoints() const;
  std::uint32_t stride() const { return stride_; }
  // The offset at which the strings of the table itself begin: 0, or where those of its base end.
  std::uint32_t first_string() const { return first_string_; }

  // Errors: not_found for an id that is not in the table.
  Result<Type> type(TypeId id) const;
  // The types of the table itself, `void` and those of the base left out, by id, ascending. Faster than asking for each
  // id.
  class Iterator;
  Iterator begin() const;
  Iterator end() const;

  // The first type of that name and kind. A walk over all types; for more than one name see name_search.h.
  std::optional<TypeId> find(std::string_view name, Kind kind) const;
  // The string at an offset of the string section; empty for an offset outside it.
  std::string_view string(std::uint32_t offset) const;

  // The type behind typedefs, qualifiers and type tags. Errors: malformed for a chain longer than kMaxDepth.
  Result<Type> strip(TypeId id) const;
  // As strip(), but stops at a typedef.
  Result<Type> strip_qualifiers(TypeId id) const;
  // In bytes; pointers have 8, or 4 where the table's `long` has. Errors: invalid_argument for a type without a size
  // (void, function, forward).
  Result<std::uint64_t> size_of(TypeId id) const;
  // In bytes, by the rules of C for the BPF target; of a packed structure 1.
  Result<std::uint32_t> align_of(TypeId id) const;
  // The member that a path in C's words leads to: "rx.packets", "ports[3].name", "[2]" in an array. Members of
  // anonymous structures and unions are found as in C; typedefs and qualifiers are looked through, and of a variable
  // its type is meant. Errors: not_found, which names the part of the path; out_of_range for an index; invalid_argument
  // for a path that is none.
  Result<MemberPlace> locate(TypeId id, std::string_view path) const;
  // The type in C's words, for people: "const volatile __u32", "struct stats[4]", "int (*)(void *)".
  std::string describe(TypeId id) const;

  // Writes the size of a data section and the offsets of its variables, in the order in which they are listed: a
  // compiler leaves them at zero, the linker's symbols have them. Re-orders the variables by offset, as the kernel
  // demands. Errors: invalid_argument for another kind or count.
  Result<void> lay_out_section(TypeId section, std::uint32_t size, std::span<const std::uint32_t> offsets);
  // Errors: invalid_argument for a type that is no function.
  Result<void> set_function_linkage(TypeId function, Linkage linkage);

 private:
  friend class Type;
  static constexpr std::uint32_t kStride = 16;
  static constexpr std::size_t kDenseLimit = 1u << 20;  // bytes of types

  Result<void> index(std::shared_ptr<const Spec> base);
  Result<void> read_header();
  Result<void> index_types();
  std::uint32_t find_pointer_size() const;
  template <ByteOrder kOrder>
  Result<void> index_as(std::vector<Checkpoint>& checkpoints);
  Result<void> check_references() const;
  Result<void> check_type(Type type) const;
  std::size_t make_own(Type type);
  void put(std::size_t at, std::uint32_t value);
  Failure bad_record(TypeId id, std::uint64_t offset) const;
  std::uint64_t string_bytes() const { return first_string_ + strings_.size(); }
  Result<std::uint32_t> align_at(TypeId id, int depth, std::uint32_t& budget) const;
  Result<std::uint32_t> align_of_composite(Type type, int depth, std::uint32_t& budget) const;
  void describe_to(std::string& out, TypeId id, int depth) const;
  void describe_qualified(std::string& out, Type qualified, int depth) const;
  void describe_pointer(std::string& out, Type pointer, int depth) const;
  void describe_array(std::string& out, Type array, int depth) const;
  void describe_prototype(std::string& out, Type prototype, int depth) const;

  std::shared_ptr<std::vector<std::byte>> storage_;  // null where somebody else holds the bytes
  std::shared_ptr<const void> keep_alive_;
  std::shared_ptr<const Spec> base_;
  std::span<const std::byte> bytes_;
  ByteView types_;
  ByteView strings_;
  TypeId first_id_ = 1;
  std::uint32_t first_string_ = 0;
  std::uint32_t type_count_ = 1;
  std::uint32_t stride_ = 1;
  std::uint32_t pointer_size_ = 8;
  // The places of the types first_id, first_id + stride, first_id + 2 stride, …
  std::shared_ptr<const std::vector<Checkpoint>> checkpoints_;
};

class Spec::Iterator {
 public:
  using value_type = Type;
  using difference_type = std::ptrdiff_t;

  Iterator() = default;
  Type operator*() const { return Type(*spec_, id_, offset_); }
  Iterator& operator++();
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.id_ == b.id_; }

 private:
  friend class Spec;
  Iterator(const Spec& spec, TypeId id) : spec_(&spec), id_(id) {}

  const Spec* spec_ = nullptr;
  TypeId id_ = 0;
  std::uint32_t offset_ = 0;  // of the type's record
};

inline Spec::Iterator Spec::begin() const { return {*this, first_id_}; }
inline Spec::Iterator Spec::end() const { return {*this, type_count_}; }

}  // namespace ebpf::btf
