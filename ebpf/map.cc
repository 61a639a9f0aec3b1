// Map: element operations over bytes; creating, opening and asking about maps.
#include "ebpf/map.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ebpf/base/text.h"
#include "ebpf/load/map_create.h"
#include "ebpf/map_walk.h"
#include "ebpf/pin.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf {
namespace {

constexpr std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

static_assert(static_cast<std::uint64_t>(Locking::value) == sys::kElemLock);

constexpr std::string_view kLockedLookup = "lookup under the value's lock";
constexpr std::string_view kLockedUpdate = "update under the value's lock";

const void* key_pointer(std::span<const std::byte> key) { return key.empty() ? nullptr : key.data(); }

}  // namespace

Result<Map> Map::create_alone(const MapSpec& spec) {
  loader::MapAttributes attributes = loader::attributes_of(spec);
  EBPF_CHECK(loader::check_extra(spec));
  if (!spec.exclusive_program.empty())
    return fail(errc::invalid_argument,
                "it is to be exclusive to a program, whose hash only Collection::load can tell");
  EBPF_CHECK(loader::adjust_sizes(attributes));
  loader::Token token;
  EBPF_TRY(Fd fd, loader::create_map(attributes, spec.inner, /*btf_fd=*/-1, token));
  sys::Mapping arena;
  if (spec.type == MapType::arena) {
    EBPF_TRY(arena, loader::map_arena(attributes, fd));
  }
  return Map(spec.name, attributes, std::move(fd), std::move(arena));
}

Result<Map> Map::create(const MapSpec& spec) {
  EBPF_TRY_IN(Map map, create_alone(spec), "map ", quoted(spec.name));
  return map;
}

Map::Map(std::string map_name, const loader::MapAttributes& attributes, Fd fd, sys::Mapping arena)
    : name(std::move(map_name)),
      fd_(std::move(fd)),
      type_(attributes.type),
      key_size_(attributes.key_size),
      value_size_(attributes.value_size),
      max_entries_(attributes.max_entries),
      flags_(attributes.flags) {
  if (arena.data() != nullptr) arena_ = Memory(std::move(arena));
}

Result<Map> Map::open_pinned(const std::string& path) {
  EBPF_TRY(Fd fd, open_pinned_object(path));
  return from_fd(std::move(fd));
}

Result<Map> Map::from_id(std::uint32_t id) {
  sys::GetIdAttr attr;
  attr.map_id = id;
  EBPF_TRY_IN(Fd fd, sys::map_get_fd_by_id(attr), "map number ", id);
  return from_fd(std::move(fd));
}

Result<std::optional<std::uint32_t>> Map::next_id(std::uint32_t id) {
  auto next = sys::map_get_next_id(id);
  if (next) return std::optional(*next);
  if (next.error().code() == errc::not_found) return std::nullopt;
  return fail_in(std::move(next));
}

Result<Map> Map::from_fd(Fd fd) {
  EBPF_CHECK(require_object(fd, "bpf-map"));
  Map map;
  map.fd_ = std::move(fd);
  EBPF_TRY(MapDetails details, map.info());
  map.name = std::move(details.name);
  map.type_ = details.type;
  map.key_size_ = details.key_size;
  map.value_size_ = details.value_size;
  map.max_entries_ = details.max_entries;
  map.flags_ = details.flags;
  return map;
}

bool Map::is_per_cpu() const {
  return type_ == MapType::percpu_hash || type_ == MapType::percpu_array || type_ == MapType::lru_percpu_hash ||
         type_ == MapType::percpu_cgroup_storage;
}

Result<std::size_t> Map::value_bytes() const {
  if (!is_per_cpu()) return value_size_;
  EBPF_TRY(const unsigned cpus, sys::possible_cpus());
  return round_up(value_size_, 8) * cpus;
}

Failure Map::error(int os_error, std::string_view what) const {
  return fail_errno(os_error, "map ", quoted(name), ": ", what);
}

// The kernel says EPERM of a map that it does not let user space write to. Where the process may ask about the map at
// all, it is not the process that lacks a right.
Failure Map::write_error(int os_error, std::string_view what) const {
  Error plain = error(os_error, what);
  if (os_error != EPERM || !info()) return fail_in(std::move(plain));
  return fail(errc::read_only, os_error, plain.message(), ": it is frozen, or read-only for user space");
}

// The kernel copies as many bytes as the map says, whatever the caller's buffers hold: this check is what keeps it in
// them.
Result<void> Map::check_sizes(std::size_t key_size, std::size_t value_size) const {
  if (key_size == key_size_ && !is_per_cpu() && value_size == value_size_) return {};
  EBPF_TRY(const std::size_t whole, value_bytes());
  if (key_size == key_size_ && value_size == whole) return {};
  if (key_size != key_size_)
    return fail(errc::type_mismatch, "map ", quoted(name), ": its keys have ", key_size_, " bytes, not ", key_size);
  return fail(errc::type_mismatch, "map ", quoted(name), ": its values have ", whole, " bytes, not ", value_size,
              is_per_cpu() ? " (it has a value for each CPU: see lookup_per_cpu)" : "");
}

Result<bool> Map::lookup_bytes(std::span<const std::byte> key, std::span<std::byte> value, Locking locking) const {
  EBPF_CHECK(check_sizes(key.size(), value.size()));
  const int result =
      sys::map_lookup_elem(fd_.get(), key_pointer(key), value.data(), static_cast<std::uint64_t>(locking));
  if (result == 0) return true;
  if (result == -ENOENT) return false;
  return error(-result, locking == Locking::none ? "lookup" : kLockedLookup);
}

Result<void> Map::update_bytes(std::span<const std::byte> key, std::span<const std::byte> value, UpdateMode mode,
                               Locking locking) const {
  EBPF_CHECK(check_sizes(key.size(), value.size()));
  const std::uint64_t flags = static_cast<std::uint64_t>(mode) | static_cast<std::uint64_t>(locking);
  const int result = sys::map_update_elem(fd_.get(), key_pointer(key), value.data(), flags);
  if (result == 0) return {};
  return write_error(-result, locking == Locking::none ? "update" : kLockedUpdate);
}

Result<void> Map::check_one_cpu(std::size_t key_size, std::size_t value_size) const {
  if (!is_per_cpu()) return fail(errc::type_mismatch, "map ", quoted(name), ": it has one value for all CPUs");
  if (key_size != key_size_)
    return fail(errc::type_mismatch, "map ", quoted(name), ": its keys have ", key_size_, " bytes, not ", key_size);
  if (value_size == value_size_) return {};
  return fail(errc::type_mismatch, "map ", quoted(name), ": its values have ", value_size_, " bytes per CPU, not ",
              value_size);
}

// EINVAL is what a kernel says that does not know the flags; ERANGE, that there is no such CPU.
Failure Map::cpu_error(int os_error, std::string_view what, std::optional<std::uint32_t> cpu) const {
  const std::string which = cpu ? cat(what, " on CPU ", *cpu) : cat(what, " on all CPUs");
  if (os_error == EINVAL)
    return fail(errc::not_supported, EINVAL, "map ", quoted(name), ": ", which,
                ": EINVAL: this kernel reads and writes the values of all CPUs at once");
  return write_error(os_error, which);
}

Result<bool> Map::lookup_cpu_bytes(std::span<const std::byte> key, std::span<std::byte> value,
                                   std::uint32_t cpu) const {
  EBPF_CHECK(check_one_cpu(key.size(), value.size()));
  const std::uint64_t flags = std::uint64_t{cpu} << 32 | sys::kElemCpu;
  const int result = sys::map_lookup_elem(fd_.get(), key_pointer(key), value.data(), flags);
  if (result == 0) return true;
  if (result == -ENOENT) return false;
  return cpu_error(-result, "lookup", cpu);
}

Result<void> Map::update_cpu_bytes(std::span<const std::byte> key, std::span<const std::byte> value,
                                   std::optional<std::uint32_t> cpu) const {
  EBPF_CHECK(check_one_cpu(key.size(), value.size()));
  // With these the kernel passes BPF_EXIST and BPF_NOEXIST by, so that no UpdateMode can be asked for.
  const std::uint64_t flags = cpu ? std::uint64_t{*cpu} << 32 | sys::kElemCpu : sys::kElemAllCpus;
  const int result = sys::map_update_elem(fd_.get(), key_pointer(key), value.data(), flags);
  if (result == 0) return {};
  return cpu_error(-result, "update", cpu);
}

Result<bool> Map::remove_bytes(std::span<const std::byte> key) const {
  if (key.size() != key_size_)
    return fail(errc::type_mismatch, "map ", quoted(name), ": its keys have ", key_size_, " bytes, not ", key.size());
  const int result = sys::map_delete_elem(fd_.get(), key_pointer(key), 0);
  if (result == 0) return true;
  if (result == -ENOENT) return false;
  return write_error(-result, "remove");
}

Result<bool> Map::lookup_and_remove_bytes(std::span<const std::byte> key, std::span<std::byte> value) const {
  EBPF_CHECK(check_sizes(key.size(), value.size()));
  const int result = sys::map_lookup_and_delete_elem(fd_.get(), key_pointer(key), value.data(), 0);
  if (result == 0) return true;
  if (result == -ENOENT) return false;
  // EINVAL: a kernel that does not know the command. The sizes are right.
  if (result == -EINVAL || errno_code(-result) == errc::not_supported)
    return fail(errc::not_supported, -result, "map ", quoted(name), ": lookup and remove: ", errno_name(-result),
                ": this kernel cannot do both in one step with a ", ebpf::name(type_),
                " (queues and stacks since Linux 4.20, hashes since 5.14); look the element up, "
                "then remove it, where nobody else changes it in between");
  return write_error(-result, "lookup and remove");
}

Result<bool> Map::next_key_bytes(std::span<const std::byte> key, std::span<std::byte> next) const {
  if ((!key.empty() && key.size() != key_size_) || next.size() != key_size_)
    return fail(errc::type_mismatch, "map ", quoted(name), ": its keys have ", key_size_, " bytes, not ", next.size());
  const int result = sys::map_get_next_key(fd_.get(), key_pointer(key), next.data());
  if (result == 0) return true;
  if (result == -ENOENT) return false;
  return error(-result, "next key");
}

Result<bool> Map::lookup_cpus(std::span<const std::byte> key, std::size_t value_size,
                              std::vector<std::byte>& out) const {
  if (!is_per_cpu()) return fail(errc::type_mismatch, "map ", quoted(name), ": it has one value for all CPUs");
  if (value_size != value_size_)
    return fail(errc::type_mismatch, "map ", quoted(name), ": its values have ", value_size_, " bytes per CPU, not ",
                value_size);
  EBPF_TRY(const std::size_t whole, value_bytes());
  out.resize(whole);
  return lookup_bytes(key, out);
}

Result<void> Map::walk(std::size_t key_size, std::size_t value_size, Visitor visit, void* self) const {
  EBPF_CHECK(check_sizes(key_size, value_size));
  MapWalk walk(*this);
  for (;;) {
    EBPF_TRY(const bool more, walk.next());
    if (!more || !visit(self, walk.key(), walk.value())) return {};
  }
}

Result<void> Map::freeze() const {
  EBPF_CHECK_IN(sys::map_freeze(fd_.get()), "map ", quoted(name));
  return {};
}

Result<void> Map::pin(const std::string& path) const {
  EBPF_CHECK_IN(pin_object(fd_, path), "map ", quoted(name));
  return {};
}

Result<MapDetails> Map::info() const {
  sys::MapInfo info;
  EBPF_CHECK_IN(sys::obj_get_info(fd_.get(), info), "map ", quoted(name));
  return MapDetails{
      .id = info.id,
      .name = std::string(info.name, strnlen(info.name, sizeof info.name)),
      .type = info.type,
      .key_size = info.key_size,
      .value_size = info.value_size,
      .max_entries = info.max_entries,
      .flags = info.map_flags,
      .map_extra = info.map_extra,
      .btf_id = info.btf_id,
      .key_type = info.btf_key_type_id,
      .value_type = info.btf_value_type_id,
  };
}

Result<Memory> Map::memory(bool to_write) const {
  if (arena_) return arena_;
  if (type_ == MapType::arena)
    return fail(errc::not_supported, "map ", quoted(name),
                ": an arena from elsewhere can be mapped only at the address where it was mapped "
                "first; give it one, with MapSpec::map_extra, and load it with its object");
  if (type_ != MapType::array || (flags_ & sys::kMapMmapable) == 0)
    return fail(errc::not_supported, "map ", quoted(name),
                ": only an array made with BPF_F_MMAPABLE can be mapped into memory");
  const std::size_t length = round_up(value_size_, 8) * std::size_t{max_entries_};
  auto mapping = sys::map_shared(fd_.get(), length, to_write);
  // A map that is frozen, or that only programs may write, can be mapped for reading.
  const bool refused =
      to_write && !mapping && (mapping.error().os_error() == EPERM || mapping.error().os_error() == EACCES);
  if (refused) mapping = sys::map_shared(fd_.get(), length, /*writable=*/false);
  if (!mapping) return fail_in(std::move(mapping), "map ", quoted(name));
  return Memory(*std::move(mapping));
}

}  // namespace ebpf
