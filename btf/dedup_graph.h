// What deduplication works on: the types of a table and of its base as words with shared names, and which of them
// turned out to be the same. Internal.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/hash_table.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/builder.h"
#include "ebpf/btf/records.h"

namespace ebpf::btf {

constexpr bool is_composite(Kind kind) { return kind == Kind::structure || kind == Kind::union_type; }

// Good enough to tell records apart: each word is multiplied in, and the high bits come down again.
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

// Types by number, and for each the one that stands for all that are the same ("representative"). A type of the base
// always stands for itself.
class TypeGraph {
 public:
  // `names` gives each name its new offset, the same for the same text. Errors: malformed.
  static Result<TypeGraph> read(const Spec& types, Builder& names);

  TypeId first_own() const { return first_own_; }
  TypeId end() const { return static_cast<TypeId>(same_as_.size()); }
  bool is_own(TypeId id) const { return id >= first_own_; }

  // Precondition: 0 < id < end().
  std::span<const std::uint32_t> record(TypeId id) const {
    if (is_own(id)) return layers_.front()[id];
    for (const Records& layer : layers_)
      if (layer.has(id)) return layer[id];
    return {};
  }
  std::span<std::uint32_t> edit_own(TypeId id) { return layers_.front().edit(id); }
  Kind kind(TypeId id) const { return id == 0 ? Kind::none : record_kind(record(id)[kInfoWord]); }

  TypeId find(TypeId id) {
    while (same_as_[id] != id) {
      same_as_[id] = same_as_[same_as_[id]];  // halves the way for the next one
      id = same_as_[id];
    }
    return id;
  }
  // From now on `other` stands for itself no longer; where it is the base's, `id` does not.
  void join(TypeId id, TypeId other) {
    id = find(id);
    other = find(other);
    if (id == other) return;
    if (is_own(other))
      same_as_[other] = id;
    else if (is_own(id))
      same_as_[id] = other;
  }

 private:
  TypeId first_own_ = 1;
  std::vector<Records> layers_;  // the table itself, its base, the base of that
  std::vector<TypeId> same_as_;
};

// Finds structures and unions that are the same, by assuming so and following everything that they refer to until a
// difference shows or nothing is left. A declaration is the same as a definition of its name, as long as it is always
// the same one.
class Comparer {
 public:
  explicit Comparer(TypeGraph& graph);

  // A hash that is the same for all types that could be found to be the same.
  std::uint64_t signature(TypeId composite) const { return signatures_[composite]; }

  // Joins the two, and all that stood in the same places within them, where they are the same. Preconditions: both are
  // structures or unions that stand for themselves.
  bool join_if_same(TypeId known, TypeId other);
  // Whether all comparisons came to their end.
  bool is_complete() const { return budget_ > 0; }

 private:
  struct Pair {
    TypeId known;
    TypeId other;
    std::uint32_t parent;  // the pair that led here
  };
  enum class Verdict : std::uint8_t { same, different, undecided };

  void calculate_signatures();
  std::uint64_t reference_signature(TypeId id, std::span<const std::uint64_t> of_others) const;
  std::uint64_t composite_signature(TypeId id, std::span<const std::uint64_t> of_others) const;
  Verdict compare(TypeId known, TypeId other);
  Verdict expand(std::uint32_t pair);
  Verdict add(TypeId known, TypeId other, std::uint32_t parent);
  Verdict add_entries(std::uint32_t pair, std::size_t step, std::size_t reference);
  Verdict assume_definition(TypeId declaration, TypeId definition, std::uint32_t parent);
  void remember_difference(std::uint32_t pair);
  void join_pairs();
  void forget();

  TypeGraph& graph_;
  std::vector<std::uint64_t> signatures_;
  std::vector<Pair> pairs_;                // assumed to be the same, in the order of discovery
  std::vector<TypeId> assumed_;            // by `known` of a pair: its first `other`
  HashTable<std::uint64_t> more_assumed_;  // pairs whose `known` has another in assumed_
  std::vector<TypeId> definitions_;        // by declaration: what it is assumed to be
  std::vector<TypeId> declarations_;       // those that have one
  HashTable<std::uint64_t> different_;     // pairs that are known not to be the same
  std::uint64_t budget_;
};

}  // namespace ebpf::btf
