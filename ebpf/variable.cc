// Variable: the checks before a view is given, and access through the map where there is no view.
#include "ebpf/variable.h"

#include <algorithm>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"
#include "ebpf/map.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {

namespace {

// A section with locks, lists, trees, timers or pointers to kernel objects in it: those are the kernel's alone, which
// says so by an errno that user space has no name for.
bool is_private(const Error& error) { return error.os_error() == kEnotsupp; }

}  // namespace

Result<Variable::Storage> Variable::storage_of(const Map& map, bool mapped, bool to_write) {
  Storage storage{.memory = {}, .map = {}, .size = map.value_size()};
  if (mapped && (map.flags() & sys::kMapMmapable) != 0) {
    auto memory = map.memory(to_write);
    if (!memory && !is_private(memory.error())) return fail_in(std::move(memory));
    if (memory) storage.memory = *std::move(memory);
  }
  if (!storage.memory) {
    EBPF_TRY(Fd duplicate, map.fd().duplicate());
    storage.map = std::make_shared<const Fd>(std::move(duplicate));
  }
  return storage;
}

Failure Variable::in_words(Error&& error) const { return fail_in(std::move(error), "variable ", quoted(name)); }

Result<void> Variable::check(const HostType& host) const {
  if (type_ != 0) {
    EBPF_CHECK_IN(check_host_type(host, types_, type_), "variable ", quoted(name));
    return {};
  }
  if (host.size != size_)
    return fail(errc::type_mismatch, "variable ", quoted(name), ": it has ", size_, " bytes, which is no ",
                describe(host));
  return {};
}

Result<void> Variable::check_view(const HostType& host, bool to_write) const {
  EBPF_CHECK(check(host));
  if (to_write && is_constant_)
    return fail(errc::read_only, "variable ", quoted(name), ": it is a constant (", section_,
                "), which nobody can change once the program is loaded; ask for a const type, or set it in the spec");
  if (!memory_)
    return fail(errc::not_supported, "variable ", quoted(name),
                ": its map is not mapped into memory (Linux before 5.5, a map without "
                "BPF_F_MMAPABLE, or LoadOptions::map_variables); get() and set() work, but "
                "not atomically");
  return {};
}

Result<Variable> Variable::field(std::string_view path) const {
  if (type_ == 0)
    return fail(errc::invalid_argument, "variable ", quoted(name),
                ": without types (BTF) there is nobody to say where ", quoted(path), " is");
  EBPF_TRY_IN(const btf::MemberPlace& place, types_.locate(type_, path), "variable ", quoted(name));
  const std::string whole_name = part_name(name, path);
  if (place.bitfield_size != 0)
    return fail(errc::unsupported_input, "variable ", quoted(whole_name), ": it is a bit-field of ",
                place.bitfield_size, " bits, which shares its word with others; use the structure that it is in");
  EBPF_TRY(const std::uint64_t part_size, types_.size_of(place.type));
  if (!in_bounds(place.offset, part_size, size_))
    return fail(errc::out_of_range, "variable ", quoted(whole_name), ": it is outside of ", quoted(name), " (", size_,
                " bytes)");
  Variable part = *this;
  part.name = whole_name;
  part.offset_ += static_cast<std::uint32_t>(place.offset);
  part.size_ = static_cast<std::uint32_t>(part_size);
  part.type_ = place.type;
  return part;
}

Result<void> Variable::read_section(std::span<std::byte> section) const {
  const std::uint32_t key = 0;
  const int result = sys::map_lookup_elem(map_->get(), &key, section.data(), 0);
  if (result == 0) return {};
  return fail_errno(-result, "variable ", quoted(name), ": read section ", quoted(section_));
}

Result<void> Variable::read(std::span<std::byte> out) const {
  if (out.size() != size_)
    return fail(errc::type_mismatch, "variable ", quoted(name), ": it has ", size_, " bytes, not ", out.size());
  if (memory_) return memory_.read(offset_, out);
  std::vector<std::byte> section(section_size_);
  EBPF_CHECK(read_section(section));
  std::copy_n(section.begin() + offset_, size_, out.begin());
  return {};
}

Result<void> Variable::write(std::span<const std::byte> bytes) const {
  if (is_constant_)
    return fail(errc::read_only, "variable ", quoted(name), ": it is a constant (", section_, "); set it in the spec");
  if (bytes.size() != size_)
    return fail(errc::type_mismatch, "variable ", quoted(name), ": it has ", size_, " bytes, not ", bytes.size());
  if (memory_) {
    EBPF_CHECK_IN(memory_.write(offset_, bytes), "variable ", quoted(name));
    return {};
  }
  std::vector<std::byte> section(section_size_);
  EBPF_CHECK(read_section(section));
  std::copy(bytes.begin(), bytes.end(), section.begin() + offset_);
  const std::uint32_t key = 0;
  const int result = sys::map_update_elem(map_->get(), &key, section.data(), sys::kElemAny);
  if (result == 0) return {};
  return fail_errno(-result, "variable ", quoted(name), ": write section ", quoted(section_));
}

}  // namespace ebpf
