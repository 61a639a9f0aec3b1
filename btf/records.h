// Records: a table of types as plain 32-bit words, which is what all BTF records consist of. Internal: for the parts
// that write or compare types by the hundred thousand, where a view of each would be in the way.
//
// A record is three words (name, info, size or type), then words that its kind fixes, then so many words for each of
// its entries. Which of them are references to types and which are names is the table of shapes; whatever renumbers
// types or moves strings goes by it. Format: Documentation/bpf/btf.rst; <linux/btf.h>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

constexpr std::uint32_t kHeaderBytes = 24;  // of the table, without what versions to come may add
constexpr std::uint32_t kRecordHead = 3;    // words
constexpr std::uint32_t kNameWord = 0;
constexpr std::uint32_t kInfoWord = 1;
constexpr std::uint32_t kTypeWord = 2;  // or the size
constexpr std::uint32_t kKindFlag = 1u << 31;

// <linux/btf.h>: BTF_MAX_VLEN, BTF_MAX_TYPE, BTF_MAX_NAME_OFFSET.
constexpr std::uint32_t kMaxEntries = 0xffff;
constexpr std::uint32_t kMaxTypes = 0xfffff;
constexpr std::uint32_t kMaxNameOffset = 0xffffff;

struct RecordShape {
  std::uint8_t fixed;       // words behind the head
  std::uint8_t entry;       // words of each entry
  bool refers;              // the third word is a type, not a size
  std::uint8_t fixed_refs;  // how many of the fixed words, from the first, are types
  std::int8_t entry_name;   // which word of an entry is a name, or -1
  std::int8_t entry_ref;    // which word of an entry is a type, or -1
};

// By kind; what is above kMaxKind is not to be asked for.
const RecordShape& record_shape(Kind kind);

constexpr Kind kind_of(std::uint32_t info) { return static_cast<Kind>((info >> 24) & 0x1f); }
constexpr std::uint32_t vlen_of(std::uint32_t info) { return info & 0xffff; }
constexpr std::uint32_t make_info(Kind kind, std::uint32_t vlen, bool kind_flag = false) {
  return (kind_flag ? kKindFlag : 0) | static_cast<std::uint32_t>(kind) << 24 | vlen;
}

// How many words the record has that begins with this info word.
inline std::uint64_t record_words(std::uint32_t info) {
  const RecordShape& shape = record_shape(kind_of(info));
  return kRecordHead + shape.fixed + std::uint64_t{shape.entry} * vlen_of(info);
}

// Calls visit(word) for each word of a record that is the number of a type. Word is std::uint32_t or const of it.
template <class Word, class Visit>
void for_each_reference(std::span<Word> record, Visit visit) {
  const RecordShape& shape = record_shape(kind_of(record[kInfoWord]));
  if (shape.refers) visit(record[kTypeWord]);
  for (std::size_t i = 0; i < shape.fixed_refs; ++i) visit(record[kRecordHead + i]);
  if (shape.entry_ref < 0) return;
  for (std::size_t at = kRecordHead + shape.fixed; at < record.size(); at += shape.entry)
    visit(record[at + static_cast<std::size_t>(shape.entry_ref)]);
}

// The same for the words that are offsets of names.
template <class Word, class Visit>
void for_each_name(std::span<Word> record, Visit visit) {
  const RecordShape& shape = record_shape(kind_of(record[kInfoWord]));
  visit(record[kNameWord]);
  if (shape.entry_name < 0) return;
  for (std::size_t at = kRecordHead + shape.fixed; at < record.size(); at += shape.entry)
    visit(record[at + static_cast<std::size_t>(shape.entry_name)]);
}

// Where types and strings lie in the encoded form of a table.
struct Sections {
  ByteView types;
  ByteView strings;
  bool has_more;  // the header says more than this library reads: the layout of kinds
};
Result<Sections> sections_of(const Spec& types);

// The table that a split one continues, or null.
const Spec* base_of(const Spec& types);
// The number of the first type of a table itself: 1, or for a split one the number behind its base's last.
TypeId first_own_id(const Spec& types);
// The offset of the first string of a table itself: 0, or for a split one that behind its base's last.
std::uint32_t first_own_string(const Spec& types);

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
  Kind kind(TypeId id) const { return kind_of(words_[starts_[id - first_id_] + kInfoWord]); }

 private:
  TypeId first_id_ = 1;
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> starts_;  // and the end
};

// The encoded form: header, types, strings.
std::vector<std::byte> encode_table(std::span<const std::uint32_t> words, std::span<const char> strings,
                                    ByteOrder order);

}  // namespace ebpf::btf
