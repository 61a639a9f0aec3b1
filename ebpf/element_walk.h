// ElementWalk: the elements of a typed map (typed_map.h) as a range, read in batches and decoded one by one.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/map.h"
#include "ebpf/map_walk.h"
#include "ebpf/spec/host_type.h"

namespace ebpf {

template <class K, class V>
struct Element {
  K key;
  V value;
};

namespace typed_detail {

template <class T>
T object_from(std::span<const std::byte> bytes) {
  std::array<std::byte, sizeof(T)> copy;
  std::memcpy(copy.data(), bytes.data(), sizeof(T));
  return object_of<T>(copy);
}

// How the kernel lays out the values of one key in a per-CPU map: each CPU's begins at a multiple of 8 bytes.
template <class V>
inline constexpr std::size_t kCpuStride = (sizeof(V) + 7) / 8 * 8;

template <class V>
void append_cpus(std::span<const std::byte> bytes, std::vector<V>& out) {
  for (std::size_t at = 0; at + kCpuStride<V> <= bytes.size(); at += kCpuStride<V>)
    out.push_back(object_from<V>(bytes.subspan(at)));
}

// What a walk over a map gives for each element.
template <class K, class V>
struct OneValue {
  using type = Element<K, V>;
  type operator()(const MapWalk& walk) { return {object_from<K>(walk.key()), object_from<V>(walk.value())}; }
};
template <class K, class V>
struct ValuePerCpu {
  using type = Element<K, std::span<const V>>;
  type operator()(const MapWalk& walk) {
    values.clear();
    append_cpus(walk.value(), values);
    return {object_from<K>(walk.key()), values};
  }
  std::vector<V> values;  // of the current element
};

[[noreturn]] void stop(const Error& error);

}  // namespace typed_detail

// All elements of a map, once, for one thread. outcome() says afterwards whether it came to the end:
//
//     auto walk = map.walk();
//     for (auto [key, value] : walk) …
//     if (!walk.outcome()) return report(walk.outcome().error());
template <class Decode>
class ElementWalk {
 public:
  class Iterator {
   public:
    using value_type = typename Decode::type;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    const value_type& operator*() const { return *walk_->current_; }
    const value_type* operator->() const { return &*walk_->current_; }
    Iterator& operator++() {
      walk_->go_on();
      return *this;
    }
    void operator++(int) { walk_->go_on(); }
    bool operator==(std::default_sentinel_t) const { return !walk_->current_; }

   private:
    friend class ElementWalk;
    explicit Iterator(ElementWalk& walk) : walk_(&walk) {}
    explicit Iterator(std::unique_ptr<ElementWalk> owned) : owned_(std::move(owned)), walk_(owned_.get()) {}

    std::unique_ptr<ElementWalk> owned_;
    ElementWalk* walk_;
  };

  explicit ElementWalk(const Map& map) : walk_(map) {}

  Iterator begin() {
    if (!current_) go_on();
    return Iterator(*this);
  }
  std::default_sentinel_t end() const { return {}; }
  const Result<void>& outcome() const { return outcome_; }

  // Internal: a walk that belongs to its iterator, for a loop over the map itself. Nobody could ask for its outcome, so
  // that a failure prints the sentence and stops the process, as using a Found<T> does that found nothing.
  static Iterator strict(const Map& map) {
    auto walk = std::make_unique<ElementWalk>(map);
    walk->is_strict_ = true;
    walk->go_on();
    return Iterator(std::move(walk));
  }

 private:
  void go_on() {
    current_.reset();
    auto more = walk_.next();
    if (more && *more) {
      current_.emplace(decode_(walk_));
    } else if (!more) {
      if (is_strict_) typed_detail::stop(more.error());
      outcome_ = fail_in(std::move(more));
    }
  }

  MapWalk walk_;
  Decode decode_;
  std::optional<typename Decode::type> current_;
  Result<void> outcome_;
  bool is_strict_ = false;
};

}  // namespace ebpf
