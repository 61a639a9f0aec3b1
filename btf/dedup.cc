// deduplicate(): the steps, each over the whole table, in the order in which they build on each other.
#include "ebpf/btf/dedup.h"

#include <algorithm>

#include "ebpf/base/hash_table.h"
#include "ebpf/base/sort.h"
#include "ebpf/btf/dedup_graph.h"

namespace ebpf::btf {
namespace {

// Types whose records are equal word for word.
class EqualRecords {
 public:
  EqualRecords(const TypeGraph& graph, std::size_t expected) : graph_(graph), places_(kFirst) {
    while (places_.size() < expected * 2) places_.resize(places_.size() * 2);
  }

  // The first type that was put in with this record, which may be `id` itself.
  TypeId put(TypeId id) {
    if (used_ * 2 >= places_.size()) grow();
    const auto record = graph_.record(id);
    std::uint64_t hash = 0;
    for (const std::uint32_t word : record) hash = mix(hash, word);
    const auto low = static_cast<std::uint32_t>(hash);
    for (std::size_t i = low & (places_.size() - 1);; i = (i + 1) & (places_.size() - 1)) {
      Place& place = places_[i];
      if (place.id == 0) {
        place = {low, id};
        ++used_;
        return id;
      }
      if (place.hash == low && std::ranges::equal(graph_.record(place.id), record)) return place.id;
    }
  }

 private:
  struct Place {
    std::uint32_t hash;
    TypeId id;  // 0: free
  };
  static constexpr std::size_t kFirst = 64;

  void grow() {
    std::vector<Place> old(places_.size() * 2);
    old.swap(places_);
    for (const Place& place : old) {
      if (place.id == 0) continue;
      std::size_t i = place.hash & (places_.size() - 1);
      while (places_[i].id != 0) i = (i + 1) & (places_.size() - 1);
      places_[i] = place;
    }
  }

  const TypeGraph& graph_;
  std::vector<Place> places_;
  std::size_t used_ = 0;
};

constexpr bool is_enumeration(Kind kind) { return kind == Kind::enumeration || kind == Kind::enumeration64; }

// Kinds without references: equal when their records are.
constexpr bool is_primitive(Kind kind) {
  return kind == Kind::integer || kind == Kind::floating || kind == Kind::forward || is_enumeration(kind);
}

// Kinds that are equal when their records are, once what they refer to was joined.
constexpr bool is_referring(Kind kind) {
  switch (kind) {
    case Kind::pointer:
    case Kind::array:
    case Kind::type_definition:
    case Kind::volatile_qualifier:
    case Kind::const_qualifier:
    case Kind::restrict_qualifier:
    case Kind::function:
    case Kind::function_prototype:
    case Kind::decl_tag:
    case Kind::type_tag:
      return true;
    default:
      return false;
  }
}

class Deduplicator {
 public:
  explicit Deduplicator(TypeGraph graph) : graph_(std::move(graph)) {}

  void run() {
    join_primitives();
    join_declared_enumerations();
    join_composites();
    resolve_declarations();
    join_referring();
  }

  bool is_complete() const { return is_complete_; }

  // Writes what stands for itself, in its order, and returns the new number of each type.
  std::vector<TypeId> write(Builder& out) {
    std::vector<TypeId> ids(graph_.end());
    TypeId next = graph_.first_own();
    for (TypeId id = 0; id < graph_.end(); ++id)
      if (!graph_.is_own(id))
        ids[id] = id;
      else if (graph_.find(id) == id)
        ids[id] = next++;
    for (TypeId id = graph_.first_own(); id < graph_.end(); ++id) ids[id] = ids[graph_.find(id)];
    for (TypeId id = graph_.first_own(); id < graph_.end(); ++id) {
      if (graph_.find(id) != id) continue;
      for_each_reference(graph_.edit_own(id), [&](std::uint32_t& to) { to = ids[to]; });
      out.add_record(graph_.record(id));
    }
    return ids;
  }

 private:
  void join_primitives() {
    EqualRecords seen(graph_, graph_.end() / 8);
    for (TypeId id = 1; id < graph_.end(); ++id)
      if (is_primitive(graph_.kind(id))) graph_.join(seen.put(id), id);
  }

  // `enum foo;` is the first enumeration of that name, if there is one.
  void join_declared_enumerations() {
    const auto is_declared = [&](TypeId id) { return vlen_of(graph_.record(id)[kInfoWord]) == 0; };
    HashTable<std::uint64_t> defined;  // by name, as below
    HashTable<std::uint64_t> declared;
    const auto for_each_named = [&](auto visit) {
      for (TypeId id = 1; id < graph_.end(); ++id)
        if (is_enumeration(graph_.kind(id)) && graph_.record(id)[kNameWord] != 0)
          visit(id, graph_.record(id)[kNameWord]);
    };
    for_each_named([&](TypeId id, std::uint32_t name) {
      if (graph_.find(id) == id) (is_declared(id) ? declared : defined).put(name, id);
    });
    for_each_named([&](TypeId id, std::uint32_t name) {
      if (!is_declared(id) || !graph_.is_own(id)) return;
      const std::size_t* first = defined.find(name);
      if (first == nullptr) first = declared.find(name);
      if (first != nullptr) graph_.join(static_cast<TypeId>(*first), id);
    });
  }

  void join_composites() {
    Comparer comparer(graph_);
    std::vector<std::pair<std::uint64_t, TypeId>> by_signature;
    for (TypeId id = 1; id < graph_.end(); ++id)
      if (is_composite(graph_.kind(id))) by_signature.emplace_back(comparer.signature(id), id);
    stable_sort(by_signature);
    std::vector<TypeId> alike;  // different ones of the same signature
    for (std::size_t i = 0; i < by_signature.size() && comparer.is_complete(); ++i) {
      const auto [signature, id] = by_signature[i];
      if (i == 0 || by_signature[i - 1].first != signature) alike.clear();
      if (graph_.find(id) != id) continue;
      const auto is_joined = [&](TypeId other) { return comparer.join_if_same(graph_.find(other), id); };
      if (!graph_.is_own(id) || std::ranges::none_of(alike, is_joined)) alike.push_back(id);
    }
    is_complete_ = comparer.is_complete();
  }

  // What is only declared is the structure or union of that name, where there is one and no other.
  void resolve_declarations() {
    constexpr TypeId kSeveral = 0;
    const auto key = [](std::uint32_t name, bool is_union) { return std::uint64_t{name} << 1 | (is_union ? 1 : 0); };
    HashTable<std::uint64_t> by_name;
    for (TypeId id = 1; id < graph_.end(); ++id) {
      const Kind kind = graph_.kind(id);
      const std::uint32_t name = graph_.record(id)[kNameWord];
      if (!is_composite(kind) || name == 0 || graph_.find(id) != id) continue;
      const auto put = by_name.put(key(name, kind == Kind::union_type), id);
      if (!put.is_new) put.value = kSeveral;
    }
    for (TypeId id = graph_.first_own(); id < graph_.end(); ++id) {
      if (graph_.kind(id) != Kind::forward || graph_.find(id) != id) continue;
      const auto record = graph_.record(id);
      const std::size_t* const found = by_name.find(key(record[kNameWord], (record[kInfoWord] & kKindFlag) != 0));
      if (found != nullptr && *found != kSeveral) graph_.join(static_cast<TypeId>(*found), id);
    }
  }

  // What is referred to comes first. A circle of such types, which no compiler writes, is entered somewhere and then
  // compared as far as it was joined.
  void join_referring() {
    EqualRecords seen(graph_, graph_.end());
    std::vector<bool> is_entered(graph_.end());
    std::vector<TypeId> open;
    for (TypeId id = 1; id < graph_.end(); ++id) {
      if (is_entered[id] || !is_referring(graph_.kind(id))) continue;
      open.push_back(id);
      while (!open.empty()) {
        const TypeId top = open.back();
        if (!is_entered[top]) {
          is_entered[top] = true;
          for_each_reference(graph_.record(top), [&](std::uint32_t to) {
            to = graph_.find(to);
            if (to != 0 && !is_entered[to] && is_referring(graph_.kind(to))) open.push_back(to);
          });
          continue;
        }
        open.pop_back();
        close(top, seen);
      }
    }
  }

  void close(TypeId id, EqualRecords& seen) {
    if (graph_.find(id) != id) return;  // a second time: two types in the queue referred to it
    if (graph_.is_own(id)) for_each_reference(graph_.edit_own(id), [&](std::uint32_t& to) { to = graph_.find(to); });
    graph_.join(seen.put(id), id);
  }

  TypeGraph graph_;
  bool is_complete_ = true;
};

// Old offset and new one of every string.
std::vector<std::pair<std::uint32_t, std::uint32_t>> move_all_strings(const Spec& types, Builder& out) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> strings;
  const ByteView section = types.string_section();
  for (std::uint64_t at = 0; at < section.size();) {
    const auto text = section.c_string(at);
    if (!text) break;
    strings.emplace_back(types.first_string() + static_cast<std::uint32_t>(at), out.add_string(*text));
    at += text->size() + 1;
  }
  return strings;
}

}  // namespace

std::uint32_t Deduplicated::new_string(std::uint32_t offset) const {
  auto place = std::ranges::upper_bound(strings, offset, {}, [](const auto& pair) { return pair.first; });
  if (place == strings.begin()) return 0;
  --place;
  return place->second + (offset - place->first);
}

Result<Deduplicated> deduplicate(const Spec& types, const DedupOptions& options) {
  Builder out = types.base() ? Builder::split(types.base()) : Builder();
  EBPF_TRY(TypeGraph graph, TypeGraph::read(types, out));
  Deduplicator work(std::move(graph));
  work.run();
  Deduplicated result;
  result.ids = work.write(out);
  result.is_complete = work.is_complete();
  if (options.keep_all_strings) result.strings = move_all_strings(types, out);
  EBPF_TRY(result.types, out.spec(types.byte_order()));
  return result;
}

}  // namespace ebpf::btf
