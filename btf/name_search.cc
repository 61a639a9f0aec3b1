// The one pass over a table of types that answers all questions for names.
#include "ebpf/btf/name_search.h"

#include <algorithm>
#include <cstring>

#include "ebpf/btf/record.h"

namespace ebpf::btf {
namespace {

// Where the names of a table's types are: those below `split` in the base's strings.
class Names {
 public:
  explicit Names(const Spec& types)
      : own_(types.string_section()),
        base_(types.base() ? types.base()->string_section() : ByteView()),
        split_(types.first_string()),
        base_first_(types.base() ? types.base()->first_string() : 0) {}

  // The name, which ends with a NUL; null for one that is outside the strings or empty. String sections end with a NUL
  // (Spec checks it), so what begins inside ends inside.
  const char* at(std::uint32_t offset) const {
    if (offset >= split_) [[likely]]
      return in(own_, offset - split_);
    // A base that itself has a base is possible in the format and made by nobody.
    return offset < base_first_ ? nullptr : in(base_, offset - base_first_);
  }

 private:
  static const char* in(ByteView strings, std::uint32_t offset) {
    if (offset >= strings.size()) return nullptr;
    const char* name = reinterpret_cast<const char*>(strings.data()) + offset;
    return *name == '\0' ? nullptr : name;
  }

  ByteView own_;
  ByteView base_;
  std::uint32_t split_;
  std::uint32_t base_first_;
};

}  // namespace

std::string_view essential_name(std::string_view name) {
  constexpr std::string_view kSeparator = "___";
  // The separator has another character on either side.
  for (std::size_t at = name.size() < 5 ? 0 : name.size() - 4; at > 0; --at)
    if (name.substr(at, kSeparator.size()) == kSeparator && name[at - 1] != '_' && name[at + 3] != '_')
      return name.substr(0, at);
  return name;
}

std::size_t NameSearch::add(const NameQuery& query) {
  const auto index = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({std::string(query.name), query.kinds, query.any_flavour, kNone, {}});
  if (query.name.empty()) return index;
  const bool is_short = query.name.size() == 1;
  const auto first = static_cast<unsigned char>(query.name[0]);
  std::uint32_t& head = is_short ? short_names_ : heads_[bucket(first, static_cast<unsigned char>(query.name[1]))];
  entries_[index].next = head;
  head = index;
  kinds_ |= query.kinds;
  return index;
}

void NameSearch::run(const Spec& types) {
  for (Entry& entry : entries_) entry.matches.clear();
  if (types.byte_order() == ByteOrder::little)
    walk<ByteOrder::little>(types);
  else
    walk<ByteOrder::big>(types);
}

// From checkpoint to checkpoint, past those without a wanted kind: two thirds of a kernel's types are functions and
// their prototypes, and stand together.
template <ByteOrder kOrder>
void NameSearch::walk(const Spec& types) {
  const Names names(types);
  const std::byte* const records = types.type_section().data();
  TypeId first = types.first_id();
  for (const Checkpoint& block : types.checkpoints()) {
    const TypeId end = std::min(first + types.stride(), types.type_count());
    if ((block.kinds & kinds_) != 0) walk_block<kOrder>(names, records + block.offset, first, end);
    first = end;
  }
}

// The table has been indexed: its records are whole, of known kinds, and as many as it says.
template <ByteOrder kOrder, class Names>
void NameSearch::walk_block(const Names& names, const std::byte* at, TypeId first, TypeId end) {
  const KindSet kinds = kinds_;
  for (TypeId id = first; id < end; ++id) {
    const std::uint32_t info = record_word<kOrder>(at + 4);
    const std::byte* const record = at;
    at += record_size(info);
    if (((kinds >> kind_of(info)) & 1) == 0) continue;
    const char* name = names.at(record_word<kOrder>(record));
    if (name == nullptr) continue;
    // The second character of the shortest name is the NUL behind it.
    const std::uint32_t head = heads_[bucket(static_cast<unsigned char>(name[0]), static_cast<unsigned char>(name[1]))];
    if (head != kNone) [[unlikely]]
      compare(head, static_cast<Kind>(kind_of(info)), name, id);
    if (short_names_ != kNone) [[unlikely]]
      compare(short_names_, static_cast<Kind>(kind_of(info)), name, id);
  }
}

void NameSearch::compare(std::uint32_t entry, Kind kind, const char* name, TypeId id) {
  for (; entry != kNone; entry = entries_[entry].next) {
    Entry& wanted = entries_[entry];
    if ((wanted.kinds & kind_bit(kind)) == 0) continue;
    if (std::strncmp(name, wanted.name.c_str(), wanted.name.size()) != 0) continue;
    const char* rest = name + wanted.name.size();
    const bool same = *rest == '\0' || (wanted.any_flavour && *rest == '_' && essential_name(name) == wanted.name);
    if (same) wanted.matches.push_back(id);
  }
}

}  // namespace ebpf::btf
