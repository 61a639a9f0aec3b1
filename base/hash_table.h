// HashTable: the number that belongs to a key, where std::unordered_map would bring a node for every key, a table of
// prime numbers and two kilobytes of code. One row of places, each with a key or free; a key is at the first place
// that its hash means or at one of those behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace ebpf {

// Keys are std::uint64_t, or std::string_view, whose texts must outlive the table.
template <class Key>
class HashTable {
 public:
  // What belongs to a key, or null.
  const std::size_t* find(Key key) const {
    if (places_.empty()) return nullptr;
    const Place& place = places_[place_of(key)];
    return place.is_used ? &place.value : nullptr;
  }
  bool contains(Key key) const { return find(key) != nullptr; }

  struct Put {
    std::size_t& value;  // valid until the next call
    bool is_new;
  };
  // Puts a key in with its value; where it is there already, it keeps the one that it has.
  Put put(Key key, std::size_t value = 0) {
    if (used_ * 2 >= places_.size()) grow();
    Place& place = places_[place_of(key)];
    const bool is_new = !place.is_used;
    if (is_new) {
      place = {key, value, true};
      ++used_;
    }
    return {place.value, is_new};
  }

  // How many keys there are.
  std::size_t size() const { return used_; }
  // Takes time by what was put in since the last one.
  void clear() { *this = {}; }

 private:
  struct Place {
    Key key = {};
    std::size_t value = 0;
    bool is_used = false;
  };
  static constexpr std::size_t kFirstPlaces = 16;

  static std::size_t hash_of(std::string_view key) { return std::hash<std::string_view>()(key); }
  static std::size_t hash_of(std::uint64_t key) {
    key *= 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(key ^ key >> 32);
  }

  // Where the key is, or the free place where it belongs.
  std::size_t place_of(Key key) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = hash_of(key) & mask;
    while (places_[at].is_used && places_[at].key != key) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<Place> old(places_.empty() ? kFirstPlaces : places_.size() * 2);
    old.swap(places_);
    for (const Place& place : old)
      if (place.is_used) places_[place_of(place.key)] = place;
  }

  std::vector<Place> places_;  // a power of two of them, or none; no more than half are used
  std::size_t used_ = 0;
};

}  // namespace ebpf
