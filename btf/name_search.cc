// The one pass over a table of types that answers all questions for names.
#include "ebpf/btf/name_search.h"

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
  const Names names(types);
  const ByteView records = types.type_section();
  std::size_t offset = 0;
  for (TypeId id = types.first_id(); id < types.type_count(); ++id) {
    const std::size_t at = offset;
    const auto info = records.field<std::uint32_t>(at + 4);
    offset += record_size(info);
    if (((kinds_ >> kind_of(info)) & 1) == 0) continue;
    const char* name = names.at(records.field<std::uint32_t>(at));
    if (name == nullptr) continue;
    // The second character of the shortest name is the NUL behind it.
    const std::uint32_t head = heads_[bucket(static_cast<unsigned char>(name[0]), static_cast<unsigned char>(name[1]))];
    if (head != kNone) [[unlikely]]
      compare(head, static_cast<Kind>(kind_of(info)), name, id);
    if (short_names_ != kNone) compare(short_names_, static_cast<Kind>(kind_of(info)), name, id);
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
