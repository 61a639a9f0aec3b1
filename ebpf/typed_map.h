// Typed maps: a Map whose keys and values have C++ types. Each kind of map has the operations that its kernel side has
// and no others: an array has no remove(), a queue no keys.
//
//     auto ports = ebpf::HashMap<std::uint16_t, Stats>::open_pinned("/sys/fs/bpf/by_port");
//     auto found = ports->lookup(443);                 // Result<std::optional<Stats>>
//     for (auto [port, stats] : *ports) …              // in batches
//
// bpf2cpp writes which type each map of an object has. They can be made of any Map with from(), which compares kind and
// sizes; what the bytes mean is the caller's word.
//
// A typed map owns its Map. Move-only; const methods are one system call each and safe from several threads. Errors are
// those of the Map's methods of the same name (map.h). Keys are compared byte by byte: write padding explicitly, as
// bpf2cpp does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"
#include "ebpf/element_walk.h"
#include "ebpf/map.h"
#include "ebpf/program.h"
#include "ebpf/spec/host_type.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {
namespace typed_detail {

// How the values of a mapped array are seen.
template <class V>
struct SpanOfValues {
  using type = StructSpan<V>;
};
template <class V>
requires view_detail::is_word<V>
struct SpanOfValues<V> {
  using type = AtomicSpan<V>;
};
template <class V>
using SpanOf = typename SpanOfValues<V>::type;

// The inner map of the number that was looked up.
template <class Inner>
Result<std::optional<Inner>> open_inner(Result<std::optional<std::uint32_t>> id) {
  if (!id) return fail_in(std::move(id));
  if (!*id) return std::nullopt;
  EBPF_TRY(Map map, Map::from_id(**id));
  EBPF_TRY(Inner inner, Inner::from(std::move(map)));
  return std::optional<Inner>(std::move(inner));
}

}  // namespace typed_detail

// Internal: a map that is known to be of the right kind and sizes.
struct TrustedMap {
  Map map;
};

// What all typed maps have, and the operations over bytes that theirs are made of.
class TypedMap {
 public:
  const Map& map() const { return map_; }
  // A name on a bpf file system under which others open it. As Map::pin.
  Result<void> pin(const std::string& path) const { return map_.pin(path); }
  // Gives the Map up.
  Map release() && { return std::move(map_); }

 protected:
  explicit TypedMap(TrustedMap trusted) : map_(std::move(trusted.map)) {}

  // Errors: type_mismatch for a map of none of these kinds, or of other sizes.
  static Result<void> check(const Map& map, std::span<const MapType> kinds, std::size_t key_size,
                            std::size_t value_size);

  template <class V>
  Result<std::optional<V>> get(std::span<const std::byte> key) const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, map_.lookup_bytes(key, value));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }
  template <class V>
  Result<std::optional<V>> take(std::span<const std::byte> key) const {
    std::array<std::byte, sizeof(V)> value;
    EBPF_TRY(const bool found, map_.lookup_and_remove_bytes(key, value));
    return found ? std::optional<V>(object_of<V>(value)) : std::nullopt;
  }
  Result<bool> has(std::span<const std::byte> key) const;

  // The values of all CPUs, and a vector that has room for them.
  template <class V>
  Result<std::optional<std::vector<V>>> get_cpus(std::span<const std::byte> key) const {
    EBPF_TRY(std::optional<std::vector<std::byte>> bytes, cpu_bytes(key));
    if (!bytes) return std::nullopt;
    std::vector<V> values;
    typed_detail::append_cpus(*bytes, values);
    return values;
  }
  Result<std::optional<std::vector<std::byte>>> cpu_bytes(std::span<const std::byte> key) const;
  // `values` are those of all possible CPUs, without gaps. Errors: type_mismatch where they are not so many.
  Result<void> set_cpus(std::span<const std::byte> key, std::span<const std::byte> values, std::size_t value_size,
                        UpdateMode mode) const;

  Map map_;
};

// What a typed map is made by. Self says kKinds, kKeySize and kValueSize.
template <class Self>
class TypedMapOf : public TypedMap {
 public:
  // Internal.
  explicit TypedMapOf(TrustedMap trusted) : TypedMap(std::move(trusted)) {}

  // Errors: type_mismatch where the map is of another kind or has other sizes.
  static Result<Self> from(Map map) {
    EBPF_CHECK(matches(map));
    return Self(TrustedMap{std::move(map)});
  }
  // Of a map that is pinned on a bpf file system. Errors: not_found, denied, and as from().
  static Result<Self> open_pinned(const std::string& path) {
    EBPF_TRY(Map map, Map::open_pinned(path));
    return from(std::move(map));
  }
  // Whether from() would take it.
  static Result<void> matches(const Map& map) { return check(map, Self::kKinds, Self::kKeySize, Self::kValueSize); }
};

// One whose elements can be walked over.
template <class Self, class Decode>
class WalkedMap : public TypedMapOf<Self> {
 public:
  using TypedMapOf<Self>::TypedMapOf;
  using Walk = ElementWalk<Decode>;

  // For a loop over the map itself, where elements cannot be read only for reasons that are the caller's mistakes; see
  // walk() and for_each() where they may be others.
  typename Walk::Iterator begin() const { return Walk::strict(this->map()); }
  std::default_sentinel_t end() const { return {}; }
  // The map must outlive it.
  Walk walk() const { return Walk(this->map()); }
};

// ---- hash tables ----

// hash, lru_hash, rhash
template <class K, class V>
class HashMap : public WalkedMap<HashMap<K, V>, typed_detail::OneValue<K, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::hash, MapType::lru_hash, MapType::rhash};
  static constexpr std::size_t kKeySize = sizeof(K), kValueSize = sizeof(V);
  using HashMap::WalkedMap::WalkedMap;

  Result<std::optional<V>> lookup(const K& key) const { return this->template get<V>(as_byte_span(key)); }
  Result<bool> contains(const K& key) const { return this->has(as_byte_span(key)); }
  Result<void> update(const K& key, const V& value, UpdateMode mode = UpdateMode::any) const {
    return this->map_.update_bytes(as_byte_span(key), as_byte_span(value), mode);
  }
  // False where there was no such key.
  Result<bool> remove(const K& key) const { return this->map_.remove_bytes(as_byte_span(key)); }
  // The value, which is gone from the map afterwards. Linux 5.14.
  Result<std::optional<V>> lookup_and_remove(const K& key) const { return this->template take<V>(as_byte_span(key)); }
};

// percpu_hash, lru_percpu_hash: each CPU has a value of its own.
template <class K, class V>
class PerCpuHashMap : public WalkedMap<PerCpuHashMap<K, V>, typed_detail::ValuePerCpu<K, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::percpu_hash, MapType::lru_percpu_hash};
  static constexpr std::size_t kKeySize = sizeof(K), kValueSize = sizeof(V);
  using PerCpuHashMap::WalkedMap::WalkedMap;

  // One value for each possible CPU.
  Result<std::optional<std::vector<V>>> lookup(const K& key) const {
    return this->template get_cpus<V>(as_byte_span(key));
  }
  Result<bool> contains(const K& key) const { return this->has(as_byte_span(key)); }
  Result<void> update(const K& key, std::type_identity_t<std::span<const V>> values,
                      UpdateMode mode = UpdateMode::any) const {
    return this->set_cpus(as_byte_span(key), std::as_bytes(values), sizeof(V), mode);
  }
  Result<bool> remove(const K& key) const { return this->map_.remove_bytes(as_byte_span(key)); }
};

// lpm_trie: K begins with the length of the prefix in bits, 32 bits of the host's order; lookup() finds the longest
// prefix that K is in.
template <class K, class V>
class LpmTrie : public WalkedMap<LpmTrie<K, V>, typed_detail::OneValue<K, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::lpm_trie};
  static constexpr std::size_t kKeySize = sizeof(K), kValueSize = sizeof(V);
  using LpmTrie::WalkedMap::WalkedMap;

  Result<std::optional<V>> lookup(const K& key) const { return this->template get<V>(as_byte_span(key)); }
  // Whether any prefix has it.
  Result<bool> contains(const K& key) const { return this->has(as_byte_span(key)); }
  Result<void> update(const K& key, const V& value, UpdateMode mode = UpdateMode::any) const {
    return this->map_.update_bytes(as_byte_span(key), as_byte_span(value), mode);
  }
  // This prefix alone.
  Result<bool> remove(const K& key) const { return this->map_.remove_bytes(as_byte_span(key)); }
};

// ---- arrays: every index below size() has a value, always ----

// array
template <class V>
class ArrayMap : public WalkedMap<ArrayMap<V>, typed_detail::OneValue<std::uint32_t, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::array};
  static constexpr std::size_t kKeySize = 4, kValueSize = sizeof(V);
  using ArrayMap::WalkedMap::WalkedMap;

  std::uint32_t size() const { return this->map_.max_entries(); }
  // Nothing where index >= size().
  Result<std::optional<V>> lookup(std::uint32_t index) const { return this->template get<V>(as_byte_span(index)); }
  // Errors: out_of_range (E2BIG).
  Result<void> update(std::uint32_t index, const V& value) const {
    return this->map_.update_bytes(as_byte_span(index), as_byte_span(value));
  }
};

// array with BPF_F_MMAPABLE: its values can also be seen as memory.
template <class V>
class MappedArrayMap : public ArrayMap<V> {
 public:
  using ArrayMap<V>::ArrayMap;

  static Result<MappedArrayMap> from(Map map) {
    EBPF_CHECK(matches(map));
    return MappedArrayMap(TrustedMap{std::move(map)});
  }
  static Result<MappedArrayMap> open_pinned(const std::string& path) {
    EBPF_TRY(Map map, Map::open_pinned(path));
    return from(std::move(map));
  }
  static Result<void> matches(const Map& map) {
    EBPF_CHECK(ArrayMap<V>::matches(map));
    if ((map.flags() & sys::kMapMmapable) != 0) return {};
    return fail(errc::type_mismatch,
                "the map was not made with BPF_F_MMAPABLE, so its values cannot be seen as memory");
  }

  // All values, as atomics where they are words, otherwise as structures: AtomicSpan<V> or StructSpan<V>. Maps the
  // memory, anew at each call. Linux 5.5.
  auto span() const -> Result<typed_detail::SpanOf<V>> {
    EBPF_TRY(const Memory& memory, this->map_.memory());
    if constexpr (view_detail::is_word<V>)
      return memory.template as_span<V>(0, this->size(), typed_detail::kCpuStride<V>);
    else
      return memory.template as_struct_span<V>(0, this->size(), typed_detail::kCpuStride<V>);
  }
};

// percpu_array
template <class V>
class PerCpuArrayMap : public WalkedMap<PerCpuArrayMap<V>, typed_detail::ValuePerCpu<std::uint32_t, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::percpu_array};
  static constexpr std::size_t kKeySize = 4, kValueSize = sizeof(V);
  using PerCpuArrayMap::WalkedMap::WalkedMap;

  std::uint32_t size() const { return this->map_.max_entries(); }
  // One value for each possible CPU; nothing where index >= size().
  Result<std::optional<std::vector<V>>> lookup(std::uint32_t index) const {
    return this->template get_cpus<V>(as_byte_span(index));
  }
  Result<void> update(std::uint32_t index, std::type_identity_t<std::span<const V>> values) const {
    return this->set_cpus(as_byte_span(index), std::as_bytes(values), sizeof(V), UpdateMode::any);
  }
};

// ---- without keys ----

// queue: first in, first out. stack: last in, first out.
template <class V>
class QueueMap : public TypedMapOf<QueueMap<V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::queue, MapType::stack};
  static constexpr std::size_t kKeySize = 0, kValueSize = sizeof(V);
  using QueueMap::TypedMapOf::TypedMapOf;

  // Errors: out_of_range (E2BIG) where it is full.
  Result<void> push(const V& value) const { return this->map_.push(value); }
  // The next value, and takes it out; nothing where there is none.
  Result<std::optional<V>> pop() const { return this->template take<V>({}); }
  Result<std::optional<V>> peek() const { return this->template get<V>({}); }
};

// bloom_filter
template <class V>
class BloomFilter : public TypedMapOf<BloomFilter<V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::bloom_filter};
  static constexpr std::size_t kKeySize = 0, kValueSize = sizeof(V);
  using BloomFilter::TypedMapOf::TypedMapOf;

  Result<void> add(const V& value) const { return this->map_.push(value); }
  // False: it was never added. True: it probably was.
  Result<bool> may_contain(const V& value) const {
    std::array<std::byte, sizeof(V)> asked;
    std::memcpy(asked.data(), as_byte_span(value).data(), sizeof(V));
    return this->map_.lookup_bytes({}, asked);
  }
};

// ---- buffers: Record is what programs put into them ----

// ringbuf
template <class Record>
class RingBufferMap : public TypedMapOf<RingBufferMap<Record>> {
 public:
  static constexpr MapType kKinds[] = {MapType::ringbuf};
  static constexpr std::size_t kKeySize = 0, kValueSize = 0;
  using RingBufferMap::TypedMapOf::TypedMapOf;
  using record_type = Record;
};

// user_ringbuf
template <class Record>
class UserRingBufferMap : public TypedMapOf<UserRingBufferMap<Record>> {
 public:
  static constexpr MapType kKinds[] = {MapType::user_ringbuf};
  static constexpr std::size_t kKeySize = 0, kValueSize = 0;
  using UserRingBufferMap::TypedMapOf::TypedMapOf;
  using record_type = Record;
};

// perf_event_array
template <class Record>
class PerfEventArray : public TypedMapOf<PerfEventArray<Record>> {
 public:
  static constexpr MapType kKinds[] = {MapType::perf_event_array};
  static constexpr std::size_t kKeySize = 4, kValueSize = 4;
  using PerfEventArray::TypedMapOf::TypedMapOf;
  using record_type = Record;
};

// ---- of kernel objects ----

// prog_array: what bpf_tail_call() jumps to.
class ProgramArray : public TypedMapOf<ProgramArray> {
 public:
  static constexpr MapType kKinds[] = {MapType::prog_array};
  static constexpr std::size_t kKeySize = 4, kValueSize = 4;
  using TypedMapOf::TypedMapOf;

  std::uint32_t size() const { return map_.max_entries(); }
  // Errors: invalid_argument for a program of another type than those that are there, or that use the array.
  Result<void> update(std::uint32_t index, const Program& program) const;
  // False where there was none.
  Result<bool> remove(std::uint32_t index) const { return map_.remove_bytes(as_byte_span(index)); }
  // The number of the program at an index, for Program::from_id(). Linux 4.15.
  Result<std::optional<std::uint32_t>> lookup(std::uint32_t index) const {
    return get<std::uint32_t>(as_byte_span(index));
  }
};

// hash_of_maps: Inner is the typed map that its values are.
template <class K, class Inner>
class HashOfMaps : public TypedMapOf<HashOfMaps<K, Inner>> {
 public:
  static constexpr MapType kKinds[] = {MapType::hash_of_maps};
  static constexpr std::size_t kKeySize = sizeof(K), kValueSize = 4;
  using HashOfMaps::TypedMapOf::TypedMapOf;

  // Opens the inner map by its number. Linux 4.13; CAP_SYS_ADMIN.
  Result<std::optional<Inner>> lookup(const K& key) const {
    return typed_detail::open_inner<Inner>(this->template get<std::uint32_t>(as_byte_span(key)));
  }
  Result<bool> contains(const K& key) const { return this->has(as_byte_span(key)); }
  // Errors: invalid_argument for a map that differs from the template that this one was made with.
  Result<void> update(const K& key, const Inner& inner, UpdateMode mode = UpdateMode::any) const {
    return this->map_.update_bytes(as_byte_span(key), as_byte_span(inner.map().fd().get()), mode);
  }
  Result<bool> remove(const K& key) const { return this->map_.remove_bytes(as_byte_span(key)); }
};

// array_of_maps
template <class Inner>
class ArrayOfMaps : public TypedMapOf<ArrayOfMaps<Inner>> {
 public:
  static constexpr MapType kKinds[] = {MapType::array_of_maps};
  static constexpr std::size_t kKeySize = 4, kValueSize = 4;
  using ArrayOfMaps::TypedMapOf::TypedMapOf;

  std::uint32_t size() const { return this->map_.max_entries(); }
  // As HashOfMaps.
  Result<std::optional<Inner>> lookup(std::uint32_t index) const {
    return typed_detail::open_inner<Inner>(this->template get<std::uint32_t>(as_byte_span(index)));
  }
  Result<void> update(std::uint32_t index, const Inner& inner) const {
    return this->map_.update_bytes(as_byte_span(index), as_byte_span(inner.map().fd().get()));
  }
  // Takes the inner map out. False where there was none.
  Result<bool> remove(std::uint32_t index) const { return this->map_.remove_bytes(as_byte_span(index)); }
};

// sk_storage, inode_storage, task_storage, cgrp_storage: a value that hangs on a kernel object, which a descriptor
// names: a socket, a file, a pidfd, a cgroup's directory.
template <class V>
class LocalStorageMap : public TypedMapOf<LocalStorageMap<V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::sk_storage, MapType::inode_storage, MapType::task_storage,
                                       MapType::cgrp_storage};
  static constexpr std::size_t kKeySize = 4, kValueSize = sizeof(V);
  using LocalStorageMap::TypedMapOf::TypedMapOf;

  Result<std::optional<V>> lookup(int object_fd) const { return this->template get<V>(as_byte_span(object_fd)); }
  Result<void> update(int object_fd, const V& value, UpdateMode mode = UpdateMode::any) const {
    return this->map_.update_bytes(as_byte_span(object_fd), as_byte_span(value), mode);
  }
  Result<bool> remove(int object_fd) const { return this->map_.remove_bytes(as_byte_span(object_fd)); }
};

// devmap, devmap_hash, cpumap: where redirected packets go. V is the number of an interface or the size of a queue, or
// struct bpf_devmap_val, struct bpf_cpumap_val.
template <class V>
class RedirectMap : public WalkedMap<RedirectMap<V>, typed_detail::OneValue<std::uint32_t, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::devmap, MapType::devmap_hash, MapType::cpumap};
  static constexpr std::size_t kKeySize = 4, kValueSize = sizeof(V);
  using RedirectMap::WalkedMap::WalkedMap;

  Result<std::optional<V>> lookup(std::uint32_t key) const { return this->template get<V>(as_byte_span(key)); }
  Result<void> update(std::uint32_t key, const V& value, UpdateMode mode = UpdateMode::any) const {
    return this->map_.update_bytes(as_byte_span(key), as_byte_span(value), mode);
  }
  Result<bool> remove(std::uint32_t key) const { return this->map_.remove_bytes(as_byte_span(key)); }
};

// sockmap, sockhash, xskmap, reuseport_sockarray, cgroup_array: sockets, or cgroups, put in by their descriptors.
// kValueBytes is 4, or 8 where the map gives sockets' cookies.
template <class K, std::size_t kValueBytes>
class DescriptorMap : public TypedMapOf<DescriptorMap<K, kValueBytes>> {
 public:
  static constexpr MapType kKinds[] = {MapType::sockmap, MapType::sockhash, MapType::xskmap,
                                       MapType::reuseport_sockarray, MapType::cgroup_array};
  static constexpr std::size_t kKeySize = sizeof(K), kValueSize = kValueBytes;
  using DescriptorMap::TypedMapOf::TypedMapOf;

  Result<void> update(const K& key, int object_fd, UpdateMode mode = UpdateMode::any) const {
    std::array<std::byte, kValueBytes> value = {};
    const std::int64_t wide = object_fd;
    std::memcpy(value.data(), kValueBytes == 8 ? static_cast<const void*>(&wide) : &object_fd, kValueBytes);
    return this->map_.update_bytes(as_byte_span(key), value, mode);
  }
  Result<bool> remove(const K& key) const { return this->map_.remove_bytes(as_byte_span(key)); }
};

// stack_trace: by the numbers that bpf_get_stackid() gives. V is an array of addresses, 0 behind the last.
template <class V>
class StackTraceMap : public WalkedMap<StackTraceMap<V>, typed_detail::OneValue<std::uint32_t, V>> {
 public:
  static constexpr MapType kKinds[] = {MapType::stack_trace};
  static constexpr std::size_t kKeySize = 4, kValueSize = sizeof(V);
  using StackTraceMap::WalkedMap::WalkedMap;

  Result<std::optional<V>> lookup(std::uint32_t stack) const { return this->template get<V>(as_byte_span(stack)); }
  Result<bool> remove(std::uint32_t stack) const { return this->map_.remove_bytes(as_byte_span(stack)); }
};

// arena: pages that the program and this process share.
class ArenaMap : public TypedMapOf<ArenaMap> {
 public:
  static constexpr MapType kKinds[] = {MapType::arena};
  static constexpr std::size_t kKeySize = 0, kValueSize = 0;
  using TypedMapOf::TypedMapOf;

  // As Map::memory.
  Result<Memory> memory() const { return map_.memory(); }
};

// A map of any other kind, which has no operations here but those of its Map.
class OtherMap : public TypedMap {
 public:
  // Internal.
  explicit OtherMap(TrustedMap trusted) : TypedMap(std::move(trusted)) {}
  static Result<void> matches(const Map&) { return {}; }
};

}  // namespace ebpf
