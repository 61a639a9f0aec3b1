// Records: a table of types as plain 32-bit words, which is what all BTF records consist of. Internal: for the parts
// that write or compare types by the hundred thousand, where a view of each would be in the way.
//
// A record is three words (name, info, size or type), then words that its kind fixes, then so many words for each of
// its entries (record.h). Which of them are references to types and which are names is the table of roles; whatever
// renumbers types or moves strings goes by it. Format: Documentation/bpf/btf.rst; <linux/btf.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/record.h"

namespace ebpf::btf {

constexpr std::uint32_t kWord = sizeof(std::uint32_t);
constexpr std::uint32_t kTableHeader = 24;                  // bytes, without what versions to come may add
constexpr std::uint32_t kRecordHead = kTypeHeader / kWord;  // words
constexpr std::uint32_t kNameWord = 0;
constexpr std::uint32_t kInfoWord = 1;
constexpr std::uint32_t kTypeWord = 2;  // or the size
constexpr std::uint32_t kKindFlag = 1u << 31;

// <linux/btf.h>: BTF_MAX_VLEN, BTF_MAX_TYPE, BTF_MAX_NAME_OFFSET.
constexpr std::uint32_t kMaxEntries = 0xffff;
constexpr std::uint32_t kMaxTypes = 0xfffff;
constexpr std::uint32_t kMaxNameOffset = 0xffffff;

struct WordRoles {
  bool refers;              // the third word is a type, not a size
  std::uint8_t fixed_refs;  // how many of the fixed words, from the first, are types
  std::int8_t entry_name;   // which word of an entry is a name, or -1
  std::int8_t entry_ref;    // which word of an entry is a type, or -1
};

//   refers, fixed_refs, entry_name, entry_ref
constexpr WordRoles kRoles[kMaxKind + 1] = {
    {false, 0, -1, -1},  // void: never stored
    {false, 0, -1, -1},  // INT: encoding, offset, bits
    {true, 0, -1, -1},   // PTR
    {false, 2, -1, -1},  // ARRAY: element, index, count
    {false, 0, 0, 1},    // STRUCT: name, type, offset
    {false, 0, 0, 1},    // UNION
    {false, 0, 0, -1},   // ENUM: name, value
    {false, 0, -1, -1},  // FWD
    {true, 0, -1, -1},   // TYPEDEF
    {true, 0, -1, -1},   // VOLATILE
    {true, 0, -1, -1},   // CONST
    {true, 0, -1, -1},   // RESTRICT
    {true, 0, -1, -1},   // FUNC
    {true, 0, 0, 1},     // FUNC_PROTO: name, type
    {true, 0, -1, -1},   // VAR: linkage
    {false, 0, -1, 0},   // DATASEC: variable, offset, size
    {false, 0, -1, -1},  // FLOAT
    {true, 0, -1, -1},   // DECL_TAG: which member or parameter
    {true, 0, -1, -1},   // TYPE_TAG
    {false, 0, 0, -1},   // ENUM64: name, low half, high half
};

constexpr const WordRoles& roles_of(std::uint32_t info) { return kRoles[kind_of(info)]; }
constexpr Kind record_kind(std::uint32_t info) { return static_cast<Kind>(kind_of(info)); }
constexpr std::uint32_t vlen_of(std::uint32_t info) { return info & 0xffff; }
constexpr std::uint32_t make_info(Kind kind, std::uint32_t vlen, bool kind_flag = false) {
  return (kind_flag ? kKindFlag : 0) | static_cast<std::uint32_t>(kind) << 24 | vlen;
}
constexpr std::size_t first_entry(std::uint32_t info) { return kShapes[kind_of(info)].start / kWord; }
constexpr std::size_t entry_words(std::uint32_t info) { return kShapes[kind_of(info)].entry / kWord; }

// Calls visit(word) for each word of a record that is the number of a type. Word is std::uint32_t or const of it.
template <class Word, class Visit>
void for_each_reference(std::span<Word> record, Visit visit) {
  const std::uint32_t info = record[kInfoWord];
  const WordRoles& roles = roles_of(info);
  if (roles.refers) visit(record[kTypeWord]);
  for (std::size_t i = 0; i < roles.fixed_refs; ++i) visit(record[kRecordHead + i]);
  if (roles.entry_ref < 0) return;
  for (std::size_t at = first_entry(info); at < record.size(); at += entry_words(info))
    visit(record[at + static_cast<std::size_t>(roles.entry_ref)]);
}

// The same for the words that are offsets of names.
template <class Word, class Visit>
void for_each_name(std::span<Word> record, Visit visit) {
  const std::uint32_t info = record[kInfoWord];
  const WordRoles& roles = roles_of(info);
  visit(record[kNameWord]);
  if (roles.entry_name < 0) return;
  for (std::size_t at = first_entry(info); at < record.size(); at += entry_words(info))
    visit(record[at + static_cast<std::size_t>(roles.entry_name)]);
}

// The own types of a table, in the order of the host. Names and references were checked: they are inside.
class Records {
 public:
  // Takes as much memory as the types, and 4 bytes for each. Errors: malformed; unsupported_input for a kind that is
  // not known.
  static Result<Records> read(const Spec& types);

  TypeId first_id() const { return first_id_; }
  TypeId end_id() const { return first_id_ + static_cast<TypeId>(starts_.size()) - 1; }
  bool has(TypeId id) const { return id >= first_id_ && id < end_id(); }

  // Precondition: has(id).
  std::span<const std::uint32_t> operator[](TypeId id) const {
    const std::uint32_t begin = starts_[id - first_id_];
    return std::span(words_).subspan(begin, starts_[id - first_id_ + 1] - begin);
  }
  std::span<std::uint32_t> edit(TypeId id) {
    const std::uint32_t begin = starts_[id - first_id_];
    return std::span(words_).subspan(begin, starts_[id - first_id_ + 1] - begin);
  }
  Kind kind(TypeId id) const { return record_kind(words_[starts_[id - first_id_] + kInfoWord]); }

 private:
  TypeId first_id_ = 1;
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> starts_;  // and the end
};

// The encoded form: header, types, strings.
std::vector<std::byte> encode_table(std::span<const std::uint32_t> words, std::span<const char> strings,
                                    ByteOrder order);

}  // namespace ebpf::btf
