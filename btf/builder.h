// Writing BTF: a Builder takes types one after another, numbers them, and encodes them.
//
//     btf::Builder types;
//     const auto u32 = types.add_integer({.name = "unsigned int", .size = 4});
//     const auto next = types.add_pointer(0);  // to what is not there yet
//     const auto node = types.add_structure(
//         {.name = "node", .size = 16, .members = {{"value", u32, 0, 0}, {"next", next, 64, 0}}});
//     types.set_referenced(next, node);
//     EBPF_TRY(auto bytes, types.encode());
//
// Adding does not fail: what is wrong with a type (a name with NUL in it, too many members, a bit-field too far away)
// is remembered, and encode() says the first of it. Types may refer to types that are added later; encode() checks that
// they were. Each string is stored once.
//
// An Importer copies types of other tables, with everything that they reach.
//
// Format: Documentation/bpf/btf.rst; <linux/btf.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/records.h"
#include "ebpf/btf/string_table.h"

namespace ebpf::btf {

struct NewInteger {
  std::string_view name = {};
  std::uint32_t size = 4;  // in bytes
  bool is_signed = false;
  bool is_char = false;
  bool is_bool = false;
  std::uint8_t bits = 0;  // 0: all of them
  std::uint8_t bit_offset = 0;
};

// Structure or union. Offsets are in bits; a member with a bitfield_size makes it a type whose member offsets are
// limited to 24 bits.
struct NewComposite {
  std::string_view name = {};
  std::uint32_t size = 0;  // in bytes
  std::vector<Member> members = {};
};

struct NewEnumeration {
  std::string_view name = {};
  std::uint32_t size = 4;  // in bytes
  bool is_signed = false;
  std::vector<Enumerator> enumerators = {};
};

struct NewPrototype {
  TypeId returns = 0;
  std::vector<Parameter> parameters = {};  // the last one {"", 0} for "..."
};

struct NewSection {
  std::string_view name = {};
  std::uint32_t size = 0;  // in bytes
  std::vector<SectionVariable> variables = {};
};

struct NewTag {
  std::string_view text = {};
  TypeId type = 0;
  std::int32_t component = -1;  // of a decl tag: the member or parameter it is on, or -1 for the whole
  bool is_attribute = false;    // __attribute__((text)) rather than a tag; Linux 6.15
};

// Not synchronised. Copyable.
class Builder {
 public:
  // An empty table.
  Builder() = default;
  // A split table: its types and strings continue those of `base`, which its types may refer to by their numbers.
  static Builder split(std::shared_ptr<const Spec> base);
  // An empty table that begins with the strings of another one, at the same offsets, so that what refers to those by
  // offset (.BTF.ext) goes on to hold. Split where `types` is.
  static Builder with_strings_of(const Spec& types);
  // As with_strings_of(), and with its types, with the same numbers: more can be added.
  static Result<Builder> continuing(const Spec& types);

  // The number that the next type gets.
  TypeId next_id() const { return first_id_ + static_cast<TypeId>(starts_.size()); }

  TypeId add_integer(const NewInteger& type);
  TypeId add_floating(std::string_view name, std::uint32_t size);  // Linux 5.13
  TypeId add_pointer(TypeId to);
  TypeId add_array(const ArrayInfo& type);
  TypeId add_structure(const NewComposite& type);
  TypeId add_union(const NewComposite& type);
  TypeId add_forward(std::string_view name, bool is_union = false);
  // Values that fit 32 bits, signed or not. Signed since Linux 6.0.
  TypeId add_enumeration(const NewEnumeration& type);
  // Values of 64 bits. Linux 6.0.
  TypeId add_enumeration64(const NewEnumeration& type);
  TypeId add_typedef(std::string_view name, TypeId type);
  TypeId add_const(TypeId type);
  TypeId add_volatile(TypeId type);
  TypeId add_restrict(TypeId type);
  TypeId add_prototype(const NewPrototype& type);  // Linux 5.0
  // Linux 5.0; other than static since 5.6.
  TypeId add_function(std::string_view name, TypeId prototype, Linkage linkage = Linkage::static_linkage);
  TypeId add_variable(std::string_view name, TypeId type, Linkage linkage = Linkage::global);  // Linux 5.2
  TypeId add_data_section(const NewSection& section);                                          // Linux 5.2
  TypeId add_decl_tag(const NewTag& tag);                                                      // Linux 5.16
  TypeId add_type_tag(const NewTag& tag);                                                      // Linux 5.17

  // A whole record as it is stored, in words of the host's order, with references to types and offsets of strings of
  // this builder: for code that copies types of all kinds. A wrong shape is a mistake as any other.
  TypeId add_record(std::span<const std::uint32_t> record);

  // The offset of a string, which is added where it is not there yet.
  std::uint32_t add_string(std::string_view text);
  // Says what a type of a kind that has Type::referenced() refers to.
  void set_referenced(TypeId type, TypeId to);

  // Errors: invalid_argument and out_of_range for what was added, malformed for what was copied; the first mistake. A
  // reference to a type that does not exist is one, and so is a byte order that is not that of the base.
  Result<std::vector<std::byte>> encode(ByteOrder order = kHostByteOrder) const;
  // The same as a table to ask.
  Result<Spec> spec(ByteOrder order = kHostByteOrder) const;

 private:
  TypeId begin(Kind kind, std::string_view name, std::size_t entries, std::uint32_t size_or_type,
               bool kind_flag = false);
  TypeId add_composite(Kind kind, const NewComposite& type);
  void push(std::uint32_t word) { words_.push_back(word); }
  void mistake(errc code, std::string_view what);
  Result<void> check_references() const;

  friend class Importer;

  std::shared_ptr<const Spec> base_;
  TypeId first_id_ = 1;
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> starts_;
  StringTable strings_;
  std::optional<Error> first_mistake_;
};

// Copies types from another table into a builder, each once. The types of a base are copied as they are reached, except
// where the builder continues the same base: there they are left where they are. Not synchronised; the builder must
// outlive it.
class Importer {
 public:
  // Errors: malformed.
  static Result<Importer> between(const Spec& from, Builder& to);

  // The type, and everything that it refers to. Returns its new number. Errors: not_found.
  Result<TypeId> add(TypeId id);
  // All types of the table itself, in their order. A type that was imported before is not imported again.
  void add_all();
  // The new number of a type, or nothing where it was not imported. `void` stays 0.
  std::optional<TypeId> find(TypeId id) const;

 private:
  Importer(const Spec& from, Builder& to) : from_(from), to_(&to), new_ids_(from.type_count()) {}
  TypeId number(TypeId id);
  std::span<const std::uint32_t> record(TypeId id) const;
  void copy_pending();

  Spec from_;
  std::vector<Records> layers_;  // the table itself, its base, the base of that
  TypeId first_copied_ = 1;      // what is below is in the builder's base
  Builder* to_;
  std::vector<TypeId> new_ids_;        // by old one; 0: not imported
  std::vector<TypeId> pending_;        // numbered, in the order of their new numbers
  std::size_t copied_ = 0;             // how many of those were copied
  std::vector<std::uint32_t> record_;  // the one that is being copied
};

}  // namespace ebpf::btf
