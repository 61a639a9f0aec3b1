// Variable: the checks before a view is given, and access through the map where there is no view.
#include "ebpf/variable.h"

#include <algorithm>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {

Result<void> Variable::check(const HostType& host) const {
  if (type_ != 0) {
    if (auto ok = check_host_type(host, types_, type_); !ok)
      return std::unexpected(std::move(ok).error().in(cat("variable ", quoted(name))));
    return {};
  }
  if (host.size != size_)
    return fail(errc::type_mismatch,
                cat("variable ", quoted(name), ": it has ", size_, " bytes, which is no ", describe(host)));
  return {};
}

Result<std::byte*> Variable::view(const HostType& host, std::size_t alignment, bool to_write) const {
  EBPF_CHECK(check(host));
  if (to_write && is_constant_)
    return fail(
        errc::read_only,
        cat("variable ", quoted(name), ": it is a constant (", section_,
            "), which nobody can change once the program is loaded; ask for a const type, or set it in the spec"));
  if (!memory_)
    return fail(errc::not_supported, cat("variable ", quoted(name),
                                         ": its map is not mapped into memory (Linux before 5.5, or a map "
                                         "without BPF_F_MMAPABLE); get() and set() work, but not atomically"));
  auto place = memory_.place(offset_, host.size, alignment, to_write);
  if (!place) return std::unexpected(std::move(place).error().in(cat("variable ", quoted(name))));
  return place;
}

Result<void> Variable::read_section(std::span<std::byte> section) const {
  const std::uint32_t key = 0;
  const int result = sys::map_lookup_elem(map_.get(), &key, section.data(), 0);
  if (result == 0) return {};
  return std::unexpected(errno_error(-result, cat("variable ", quoted(name), ": read section ", quoted(section_))));
}

Result<void> Variable::read(std::span<std::byte> out) const {
  if (out.size() != size_)
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", size_, " bytes, not ", out.size()));
  if (memory_) return memory_.read(offset_, out);
  std::vector<std::byte> section(section_size_);
  EBPF_CHECK(read_section(section));
  std::copy_n(section.begin() + offset_, size_, out.begin());
  return {};
}

Result<void> Variable::write(std::span<const std::byte> bytes) const {
  if (is_constant_)
    return fail(errc::read_only,
                cat("variable ", quoted(name), ": it is a constant (", section_, "); set it in the spec"));
  if (bytes.size() != size_)
    return fail(errc::type_mismatch, cat("variable ", quoted(name), ": it has ", size_, " bytes, not ", bytes.size()));
  if (memory_) return memory_.write(offset_, bytes);
  std::vector<std::byte> section(section_size_);
  EBPF_CHECK(read_section(section));
  std::copy(bytes.begin(), bytes.end(), section.begin() + offset_);
  const std::uint32_t key = 0;
  const int result = sys::map_update_elem(map_.get(), &key, section.data(), sys::kElemAny);
  if (result == 0) return {};
  return std::unexpected(errno_error(-result, cat("variable ", quoted(name), ": write section ", quoted(section_))));
}

}  // namespace ebpf
