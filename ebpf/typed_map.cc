// The parts of typed maps that do not depend on the types.
#include "ebpf/typed_map.h"

#include <algorithm>
#include <cstdlib>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"

namespace ebpf {

void typed_detail::stop(const Error& error) { found_detail::stop(error); }

Result<void> TypedMap::check(const Map& map, std::span<const MapType> kinds, std::size_t key_size,
                             std::size_t value_size) {
  if (std::find(kinds.begin(), kinds.end(), map.type()) == kinds.end()) {
    std::string wanted(ebpf::name(kinds.front()));
    for (const MapType kind : kinds.subspan(1)) wanted += cat(" or ", ebpf::name(kind));
    return fail(errc::type_mismatch, "map ", quoted(map.name), ": it is of type ", ebpf::name(map.type()), ", not ",
                wanted);
  }
  if (map.key_size() != key_size)
    return fail(errc::type_mismatch, "map ", quoted(map.name), ": its keys have ", map.key_size(), " bytes, not ",
                key_size);
  if (map.value_size() != value_size)
    return fail(errc::type_mismatch, "map ", quoted(map.name), ": its values have ", map.value_size(), " bytes, not ",
                value_size);
  return {};
}

// There is no system call that asks for a key alone.
Result<bool> TypedMap::has(std::span<const std::byte> key) const {
  EBPF_TRY(const std::size_t size, map_.value_bytes());
  std::vector<std::byte> unused(size);
  return map_.lookup_bytes(key, unused);
}

Result<std::optional<std::vector<std::byte>>> TypedMap::cpu_bytes(std::span<const std::byte> key) const {
  EBPF_TRY(const std::size_t size, map_.value_bytes());
  std::vector<std::byte> bytes(size);
  EBPF_TRY(const bool found, map_.lookup_bytes(key, bytes));
  if (!found) return std::nullopt;
  return bytes;
}

Result<void> TypedMap::set_cpus(std::span<const std::byte> key, std::span<const std::byte> values,
                                std::size_t value_size, UpdateMode mode) const {
  EBPF_TRY(const std::size_t size, map_.value_bytes());
  const std::size_t stride = (value_size + 7) / 8 * 8;
  if (values.size() / value_size != size / stride)
    return fail(errc::type_mismatch, "map ", quoted(map_.name), ": it has values for ", size / stride,
                " CPUs, not for ", values.size() / value_size);
  std::vector<std::byte> laid_out(size);
  for (std::size_t cpu = 0; cpu < size / stride; ++cpu)
    std::copy_n(values.data() + cpu * value_size, value_size, laid_out.data() + cpu * stride);
  return map_.update_bytes(key, laid_out, mode);
}

Result<void> ProgramArray::update(std::uint32_t index, const Program& program) const {
  return map_.update_bytes(as_byte_span(index), as_byte_span(program.fd().get()));
}

}  // namespace ebpf
