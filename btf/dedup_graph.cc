// TypeGraph and Comparer.
#include "ebpf/btf/dedup_graph.h"

#include <numeric>
#include <utility>

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kNoParent = UINT32_MAX;
constexpr int kSignatureRounds = 4;
constexpr std::uint64_t kStepsPerWord = 16;
constexpr std::uint64_t kLeastSteps = 1u << 16;
constexpr std::size_t kMostPairsPerType = 4;  // of one comparison: without tangles it is one

constexpr std::uint64_t pair_key(TypeId known, TypeId other) { return std::uint64_t{known} << 32 | other; }

// struct or union, for a type of that kind and for a declaration of it.
bool is_union(Kind kind, std::uint32_t info) {
  return kind == Kind::forward ? (info & kKindFlag) != 0 : kind == Kind::union_type;
}

}  // namespace

// ---- TypeGraph ----

Result<TypeGraph> TypeGraph::read(const Spec& types, Builder& names) {
  TypeGraph out;
  out.first_own_ = types.first_id();
  out.same_as_.resize(types.type_count());
  std::iota(out.same_as_.begin(), out.same_as_.end(), 0);
  for (const Spec* layer = &types; layer != nullptr; layer = layer->base().get()) {
    EBPF_TRY(Records records, Records::read(*layer));
    out.layers_.push_back(std::move(records));
  }
  // By old offset; a name is looked up once, however many members have it.
  std::vector<std::uint32_t> offsets(types.first_string() + types.string_section().size());
  for (Records& layer : out.layers_)
    for (TypeId id = layer.first_id(); id < layer.end_id(); ++id)
      for_each_name(layer.edit(id), [&](std::uint32_t& name) {
        std::uint32_t& offset = offsets[name];
        if (offset == 0 && name != 0) offset = names.add_string(types.string(name));
        name = offset;
      });
  return out;
}

// ---- Comparer: signatures ----

Comparer::Comparer(TypeGraph& graph)
    : graph_(graph), assumed_(graph.end()), definitions_(graph.end()), budget_(kLeastSteps) {
  for (TypeId id = 1; id < graph.end(); ++id) budget_ += kStepsPerWord * graph.record(id).size();
  calculate_signatures();
}

// A structure that others refer to goes in by its name and kind alone, since it may only be declared there; one without
// a name cannot be declared, so its members' names and places do. Types that refer are told apart by what is within a
// few steps of them.
void Comparer::calculate_signatures() {
  const TypeId end = graph_.end();
  std::vector<std::uint64_t> now(end);
  std::vector<std::uint64_t> next(end);
  for (int round = 0; round < kSignatureRounds; ++round) {
    for (TypeId id = 1; id < end; ++id) next[id] = reference_signature(id, now);
    now.swap(next);
  }
  for (TypeId id = 1; id < end; ++id) next[id] = is_composite(graph_.kind(id)) ? composite_signature(id, now) : 0;
  signatures_ = std::move(next);
}

std::uint64_t Comparer::reference_signature(TypeId id, std::span<const std::uint64_t> of_others) const {
  const auto record = graph_.record(id);
  const std::uint32_t info = record[kInfoWord];
  const Kind kind = record_kind(info);
  const std::uint32_t name = record[kNameWord];
  switch (kind) {
    case Kind::structure:
    case Kind::union_type:
      if (name == 0) {
        std::uint64_t hash = mix(mix(info, record[kTypeWord]), 1);
        for (std::size_t at = kRecordHead; at < record.size(); at += 3)
          hash = mix(mix(hash, record[at]), record[at + 2]);
        return hash;
      }
      [[fallthrough]];
    case Kind::forward:
      return mix(name, is_union(kind, info) ? 2 : 3);
    case Kind::enumeration:
    case Kind::enumeration64:
      return name != 0 ? mix(name, 4) : mix(info, 5);
    case Kind::integer:
    case Kind::floating:
      return mix(mix(name, record[kTypeWord]), 6);
    default:
      break;
  }
  std::uint64_t hash = mix(name, info);
  for_each_reference(record, [&](std::uint32_t to) { hash = mix(hash, of_others[to]); });
  if (kind == Kind::array) hash = mix(hash, record[kRecordHead + 2]);
  return hash;
}

std::uint64_t Comparer::composite_signature(TypeId id, std::span<const std::uint64_t> of_others) const {
  const auto record = graph_.record(id);
  std::uint64_t hash = mix(mix(record[kNameWord], record[kInfoWord]), record[kTypeWord]);
  for (std::size_t at = kRecordHead; at < record.size(); at += 3)
    hash = mix(mix(mix(hash, record[at]), of_others[record[at + 1]]), record[at + 2]);
  return hash;
}

// ---- Comparer: comparison ----

bool Comparer::join_if_same(TypeId known, TypeId other) {
  const bool is_same = compare(known, other) == Verdict::same;
  if (is_same) join_pairs();
  forget();
  return is_same;
}

Comparer::Verdict Comparer::compare(TypeId known, TypeId other) {
  if (const Verdict first = add(known, other, kNoParent); first != Verdict::same) return first;
  for (std::uint32_t i = 0; i < pairs_.size(); ++i) {
    const Verdict verdict = expand(i);
    if (verdict == Verdict::different) remember_difference(i);
    if (verdict != Verdict::same) return verdict;
  }
  return Verdict::same;
}

// Assumes that two types are the same, unless it is plain to see that they are not.
Comparer::Verdict Comparer::add(TypeId known, TypeId other, std::uint32_t parent) {
  known = graph_.find(known);
  other = graph_.find(other);
  if (known == other) return Verdict::same;
  if (known == 0 || other == 0) return Verdict::different;
  if (budget_ == 0) return Verdict::undecided;
  --budget_;
  const auto left = graph_.record(known);
  const auto right = graph_.record(other);
  if (left[kNameWord] != right[kNameWord]) return Verdict::different;
  const Kind left_kind = record_kind(left[kInfoWord]);
  const Kind right_kind = record_kind(right[kInfoWord]);
  if (left_kind != right_kind) {
    const bool is_declared = (left_kind == Kind::forward && is_composite(right_kind)) ||
                             (right_kind == Kind::forward && is_composite(left_kind));
    if (!is_declared || is_union(left_kind, left[kInfoWord]) != is_union(right_kind, right[kInfoWord]))
      return Verdict::different;
    return left_kind == Kind::forward ? assume_definition(known, other, parent)
                                      : assume_definition(other, known, parent);
  }
  if (left.size() != right.size() || left[kInfoWord] != right[kInfoWord]) return Verdict::different;
  if (signatures_[known] != signatures_[other] || different_.contains(pair_key(known, other)))
    return Verdict::different;
  if (assumed_[known] == other) return Verdict::same;
  if (pairs_.size() >= kMostPairsPerType * graph_.end()) return Verdict::undecided;
  if (assumed_[known] == 0)
    assumed_[known] = other;
  else if (!more_assumed_.put(pair_key(known, other)).is_new)
    return Verdict::same;
  pairs_.push_back({known, other, parent});
  return Verdict::same;
}

// Two definitions that one declaration would stand for must be the same. A declaration in the base stays one: its users
// are not ours to change.
Comparer::Verdict Comparer::assume_definition(TypeId declaration, TypeId definition, std::uint32_t parent) {
  if (!graph_.is_own(declaration)) return Verdict::undecided;
  if (definitions_[declaration] != 0)
    return add(definitions_[declaration], definition, parent) == Verdict::same ? Verdict::same : Verdict::undecided;
  definitions_[declaration] = definition;
  declarations_.push_back(declaration);
  return Verdict::same;
}

// Compares what the two types say by themselves, and adds what they refer to.
Comparer::Verdict Comparer::expand(std::uint32_t pair) {
  const auto left = graph_.record(pairs_[pair].known);
  const auto right = graph_.record(pairs_[pair].other);
  switch (record_kind(left[kInfoWord])) {
    case Kind::structure:
    case Kind::union_type:
      if (left[kTypeWord] != right[kTypeWord]) return Verdict::different;
      return add_entries(pair, 3, 1);
    case Kind::function_prototype:
      if (const Verdict result = add(left[kTypeWord], right[kTypeWord], pair); result != Verdict::same) return result;
      return add_entries(pair, 2, 1);
    case Kind::array:
      if (left[kRecordHead + 2] != right[kRecordHead + 2]) return Verdict::different;
      if (const Verdict element = add(left[kRecordHead], right[kRecordHead], pair); element != Verdict::same)
        return element;
      return add(left[kRecordHead + 1], right[kRecordHead + 1], pair);
    case Kind::pointer:
    case Kind::type_definition:
    case Kind::volatile_qualifier:
    case Kind::const_qualifier:
    case Kind::restrict_qualifier:
    case Kind::function:
    case Kind::type_tag:
      return add(left[kTypeWord], right[kTypeWord], pair);
    default:
      // Numbers, enumerations and declarations were joined before: two that are left are different.
      return Verdict::different;
  }
}

// `reference` is the word of an entry that is a type; the others are to be equal.
Comparer::Verdict Comparer::add_entries(std::uint32_t pair, std::size_t step, std::size_t reference) {
  const auto left = graph_.record(pairs_[pair].known);
  const auto right = graph_.record(pairs_[pair].other);
  for (std::size_t at = kRecordHead; at < left.size(); at += step) {
    for (std::size_t word = 0; word < step; ++word)
      if (word != reference && left[at + word] != right[at + word]) return Verdict::different;
    if (const Verdict result = add(left[at + reference], right[at + reference], pair); result != Verdict::same)
      return result;
  }
  return Verdict::same;
}

// What led to the difference is different, too.
void Comparer::remember_difference(std::uint32_t pair) {
  for (; pair != kNoParent && different_.size() < graph_.end(); pair = pairs_[pair].parent)
    different_.put(pair_key(pairs_[pair].known, pairs_[pair].other));
}

void Comparer::join_pairs() {
  for (const Pair& pair : pairs_)
    if (is_composite(graph_.kind(pair.known))) graph_.join(pair.known, pair.other);
  for (const TypeId declaration : declarations_) graph_.join(definitions_[declaration], declaration);
}

void Comparer::forget() {
  for (const Pair& pair : pairs_) assumed_[pair.known] = 0;
  for (const TypeId declaration : declarations_) definitions_[declaration] = 0;
  pairs_.clear();
  declarations_.clear();
  more_assumed_.clear();
}

}  // namespace ebpf::btf
