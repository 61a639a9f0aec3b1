// MapWalk: all elements of a map, one after the other, read from the kernel in batches.
//
//     MapWalk walk(map);
//     for (;;) {
//       EBPF_TRY(const bool more, walk.next());
//       if (!more) break;
//       ... walk.key(), walk.value() ...
//     }
//
// BPF_MAP_LOOKUP_BATCH (Linux 5.6; more types of maps later) fetches many elements in one system call. Where a kernel
// refuses it, keys are asked for one after the other. Elements that are added or removed meanwhile may be seen or not;
// one that the caller removes while it is the current one does no harm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ebpf/base/error.h"

namespace ebpf {

class Map;

// For one thread. The map must outlive it.
class MapWalk {
 public:
  explicit MapWalk(const Map& map) : map_(&map) {}

  // Goes on to the next element, or to the first. False at the end. Errors: busy where elements are removed faster than
  // they can be read; denied; system.
  Result<bool> next();

  // Of the current element, until the next call. A per-CPU map's value has a slot of a multiple of 8 bytes per CPU.
  std::span<const std::byte> key() const { return std::span(keys_).subspan(index_ * key_size_, key_size_); }
  std::span<const std::byte> value() const { return std::span(values_).subspan(index_ * value_size_, value_size_); }

 private:
  enum class Way : std::uint8_t { unknown, batches, one_by_one };

  Result<void> begin();
  Result<void> fetch_batch();
  Result<bool> step();
  void make_room();
  bool is_fetched() const { return index_ + 1 < fetched_; }

  const Map* map_;
  Way way_ = Way::unknown;
  bool at_end_ = false;  // there is nothing behind what was fetched
  std::size_t key_size_ = 0;
  std::size_t value_size_ = 0;
  std::vector<std::byte> keys_;
  std::vector<std::byte> values_;
  std::size_t room_ = 0;     // elements
  std::size_t fetched_ = 0;  // elements
  std::size_t index_ = 0;
  std::vector<std::byte> cursor_;  // in batches: where to go on; one by one: the next key
  std::vector<std::byte> next_cursor_;
  std::uint64_t attempts_ = 0;  // of batches that were interrupted; one by one: of keys
};

}  // namespace ebpf
