// Map: a BPF map in the kernel.
//
//     ebpf::MapSpec spec = {.name = "hits", .type = ebpf::MapType::hash};
//     spec.key_size = 4, spec.value_size = 8, spec.max_entries = 100;
//     auto hits = ebpf::Map::create(spec);
//     hits->update(443u, std::uint64_t{1});
//     auto count = hits->lookup<std::uint64_t>(443u);  // Result<std::optional<std::uint64_t>>
//
// Keys and values are trivially copyable C++ objects of the map's sizes, or spans of bytes. A key is compared byte by
// byte, so a key type must have no padding. An absent key is no error. All operations are one system call, allocate
// nothing where they succeed, and are safe from several threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/load/struct_ops_value.h"
#include "ebpf/memory.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/types.h"

namespace ebpf {

namespace loader {
struct MapAttributes;
}

// The second argument of bpf_map_update_elem: BPF_ANY, BPF_NOEXIST, BPF_EXIST.
enum class UpdateMode : std::uint64_t { any = 0, only_new = 1, only_existing = 2 };

// Whether a value is read or written under the bpf_spin_lock that is in it (BPF_F_LOCK, Linux 5.1): as a whole, as
// programs see it that take the lock. The lock itself is neither read nor written. Errors of a map whose values have
// none: invalid_argument.
enum class Locking : std::uint64_t { none = 0, value = 4 };

// What the kernel says about a map. Fields that a kernel does not know stay 0.
struct MapDetails {
  std::uint32_t id;
  std::string name;  // at most 15 characters
  MapType type;
  std::uint32_t key_size;
  std::uint32_t value_size;
  std::uint32_t max_entries;
  std::uint32_t flags;
  std::uint64_t map_extra;
  std::uint32_t btf_id;
  std::uint32_t key_type;  // in that BTF
  std::uint32_t value_type;
};

template <class K>
concept MapKey = std::is_trivially_copyable_v<K> && std::has_unique_object_representations_v<K>;
template <class V>
concept MapValue = std::is_trivially_copyable_v<V>;

class Map {
 public:
  // Creates a map that belongs to no object; types and static contents of the spec are left out. Linux 3.18, later for
  // most types and flags; needs CAP_BPF (CAP_SYS_ADMIN before 5.8). Errors: denied, invalid_argument, system.
  static Result<Map> create(const MapSpec& spec);
  // A map that is pinned on a bpf file system. Linux 4.4. Errors: not_found, denied.
  static Result<Map> open_pinned(const std::string& path);
  // A map by its number. Linux 4.13; needs CAP_SYS_ADMIN. Errors: not_found, denied.
  static Result<Map> from_id(std::uint32_t id);
  // The smallest id above `id`, to go through all that there are; nothing at the end. A map may be gone by the time
  // that it is asked for. Linux 4.13; needs CAP_SYS_ADMIN. Errors: denied.
  static Result<std::optional<std::uint32_t>> next_id(std::uint32_t id);
  // Takes over a descriptor. Asks the kernel what it is. Errors: invalid_argument where it is no map.
  static Result<Map> from_fd(Fd fd);

  std::string name;

  const Fd& fd() const { return fd_; }
  MapType type() const { return type_; }
  // In bytes.
  std::uint32_t key_size() const { return key_size_; }
  // In bytes, of one CPU's value for a per-CPU map.
  std::uint32_t value_size() const { return value_size_; }
  std::uint32_t max_entries() const { return max_entries_; }
  std::uint32_t flags() const { return flags_; }
  // Whether each CPU has a value of its own.
  bool is_per_cpu() const;
  // What bpf(2) reads and writes as one value: for a per-CPU map, each CPU's value rounded up to 8 bytes, times the
  // possible CPUs. Errors: io, where /sys is not there to say how many these are.
  Result<std::size_t> value_bytes() const;

  // ---- one element ----

  // The value of a key; nullopt where it has none. Errors: type_mismatch where sizes differ, denied, system.
  template <MapValue V, MapKey K>
  Result<std::optional<V>> lookup(const K& key, Locking locking = Locking::none) const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, lookup_bytes(as_byte_span(key), value, locking));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }
  // All CPUs' values of a key in a per-CPU map.
  template <MapValue V, MapKey K>
  Result<std::optional<std::vector<V>>> lookup_per_cpu(const K& key) const {
    std::vector<std::byte> bytes;
    EBPF_TRY(const bool found, lookup_cpus(as_byte_span(key), sizeof(V), bytes));
    if (!found) return std::nullopt;
    const std::size_t stride = (sizeof(V) + 7) / 8 * 8;
    std::vector<V> values(bytes.size() / stride);
    for (std::size_t cpu = 0; cpu < values.size(); ++cpu)
      std::memcpy(&values[cpu], bytes.data() + cpu * stride, sizeof(V));
    return values;
  }
  // Errors: already_exists (only_new), not_found (only_existing), read_only where it is frozen, and as lookup.
  template <MapKey K, MapValue V>
  Result<void> update(const K& key, const V& value, UpdateMode mode = UpdateMode::any,
                      Locking locking = Locking::none) const {
    return update_bytes(as_byte_span(key), as_byte_span(value), mode, locking);
  }
  // The value that one CPU has of a key in a per-CPU map, without the others' (BPF_F_CPU), and the same value for all
  // of them (BPF_F_ALL_CPUS). CPUs count from 0. By Linux 7.3. Errors: also not_supported for a kernel that does not
  // know this: there lookup_per_cpu and update_bytes take all values at once; out_of_range for a CPU that is not
  // possible.
  template <MapValue V, MapKey K>
  Result<std::optional<V>> lookup_on_cpu(const K& key, std::uint32_t cpu) const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, lookup_cpu_bytes(as_byte_span(key), value, cpu));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }
  template <MapKey K, MapValue V>
  Result<void> update_on_cpu(const K& key, const V& value, std::uint32_t cpu) const {
    return update_cpu_bytes(as_byte_span(key), as_byte_span(value), cpu);
  }
  template <MapKey K, MapValue V>
  Result<void> update_on_all_cpus(const K& key, const V& value) const {
    return update_cpu_bytes(as_byte_span(key), as_byte_span(value), std::nullopt);
  }
  // False where there was no such key. Errors: as lookup; an array's elements cannot be removed (invalid_argument).
  template <MapKey K>
  Result<bool> remove(const K& key) const {
    return remove_bytes(as_byte_span(key));
  }
  // The value, which is gone from the map afterwards. Queues and stacks 4.20, hash maps 5.14. Errors: not_supported for
  // other maps, and before.
  template <MapValue V, MapKey K>
  Result<std::optional<V>> lookup_and_remove(const K& key) const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, lookup_and_remove_bytes(as_byte_span(key), value));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }

  // Queues and stacks, which have no keys (4.20); push also for bloom filters (5.16). Errors: out_of_range
  // (E2BIG) where it is full.
  template <MapValue V>
  Result<void> push(const V& value) const {
    return update_bytes({}, as_byte_span(value), UpdateMode::any);
  }
  template <MapValue V>
  Result<std::optional<V>> pop() const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, lookup_and_remove_bytes({}, value));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }
  template <MapValue V>
  Result<std::optional<V>> peek() const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, lookup_bytes({}, value));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }

  // The same for bytes; an empty key for maps without keys. lookup_* return whether there was such a key.
  Result<bool> lookup_bytes(std::span<const std::byte> key, std::span<std::byte> value,
                            Locking locking = Locking::none) const;
  Result<void> update_bytes(std::span<const std::byte> key, std::span<const std::byte> value,
                            UpdateMode mode = UpdateMode::any, Locking locking = Locking::none) const;
  // Of one CPU; update also of all of them, where none is named.
  Result<bool> lookup_cpu_bytes(std::span<const std::byte> key, std::span<std::byte> value, std::uint32_t cpu) const;
  Result<void> update_cpu_bytes(std::span<const std::byte> key, std::span<const std::byte> value,
                                std::optional<std::uint32_t> cpu) const;
  Result<bool> remove_bytes(std::span<const std::byte> key) const;
  Result<bool> lookup_and_remove_bytes(std::span<const std::byte> key, std::span<std::byte> value) const;
  // Puts the key behind `key`, or the first one where `key` is empty, into `next`. False at the end.
  Result<bool> next_key_bytes(std::span<const std::byte> key, std::span<std::byte> next) const;

  // ---- all elements ----

  // Calls visit(key, value) for each element; stops early where it returns false. Elements that are added or removed
  // while this runs may be seen or not. Errors: busy where so many are removed behind its back that it does not come to
  // an end.
  template <MapKey K, MapValue V, class Visit>
  Result<void> for_each(Visit visit) const {
    struct Typed {
      Visit& visit;
      static bool call(void* self, std::span<const std::byte> key_bytes, std::span<const std::byte> value_bytes) {
        K key;
        V value;
        std::memcpy(&key, key_bytes.data(), sizeof key);
        std::memcpy(&value, value_bytes.data(), sizeof value);
        auto& typed = *static_cast<Typed*>(self);
        if constexpr (std::is_void_v<decltype(typed.visit(key, value))>) {
          typed.visit(key, value);
          return true;
        } else {
          return typed.visit(key, value);
        }
      }
    };
    Typed typed{visit};
    return walk(sizeof(K), sizeof(V), &Typed::call, &typed);
  }

  // ---- the map itself ----

  // No system call can write to it from here on; programs still can, and existing mappings (which make this fail with
  // busy). Linux 5.2.
  Result<void> freeze() const;
  // A name on a bpf file system that keeps the map alive. Linux 4.4. Errors: already_exists, denied, invalid_argument.
  Result<void> pin(const std::string& path) const;
  // Linux 4.13.
  Result<MapDetails> info() const;
  // Its values as memory: all elements of an array made with BPF_F_MMAPABLE, each rounded up to 8 bytes. Read-only
  // where it is frozen, and where `to_write` is false: such a mapping does not stand in the way of freeze(). Mapped
  // anew at each call. Linux 5.5. Of an arena (6.9) its pages, which touching allocates; always the same mapping.
  // Errors: not_supported for other maps.
  Result<Memory> memory(bool to_write = true) const;

  // Of a struct_ops map that was loaded with its programs: what it is registered with (ebpf/link/struct_ops.h). Empty
  // for other maps, and for one from elsewhere.
  std::span<const std::byte> struct_ops_value() const { return struct_ops_.bytes; }
  // The callback of it that was refused when the rest was loaded (LoadOptions::keep_going); empty where all are there.
  const std::string& struct_ops_missing() const { return struct_ops_.missing; }
  // As its MapSpec says; true for maps from elsewhere.
  bool autoattach() const { return autoattach_; }

 private:
  friend class Collection;
  friend class SkeletonLoader;
  using Visitor = bool (*)(void* self, std::span<const std::byte> key, std::span<const std::byte> value);

  Map() = default;
  static Result<Map> create_alone(const MapSpec& spec);
  Map(std::string map_name, const loader::MapAttributes& attributes, Fd fd, sys::Mapping arena);
  Result<bool> lookup_cpus(std::span<const std::byte> key, std::size_t value_size, std::vector<std::byte>& out) const;
  Result<void> walk(std::size_t key_size, std::size_t value_size, Visitor visit, void* self) const;
  Result<void> check_sizes(std::size_t key_size, std::size_t value_size) const;
  Result<void> check_one_cpu(std::size_t key_size, std::size_t value_size) const;
  Failure cpu_error(int os_error, std::string_view what, std::optional<std::uint32_t> cpu) const;
  Failure error(int os_error, std::string_view what) const;
  Failure write_error(int os_error, std::string_view what) const;

  Fd fd_;
  MapType type_ = MapType::unspec;
  std::uint32_t key_size_ = 0;
  std::uint32_t value_size_ = 0;
  std::uint32_t max_entries_ = 0;
  std::uint32_t flags_ = 0;
  bool autoattach_ = true;
  loader::StructOpsValue struct_ops_;
  Memory arena_;  // of an arena, which stays mapped as long as the map is used
};

}  // namespace ebpf
