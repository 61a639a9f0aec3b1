// Sizes of maps that depend on the machine, and the pass that fills them in.
//
// An object does not know how many CPUs or how large pages there are, so for some types it may leave a size out, or say
// one that is only nearly right: the conventions are libbpf's.
#include <unistd.h>

#include <bit>

#include "ebpf/base/text.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf::loader {
namespace {

constexpr std::uint32_t kDescriptorSize = 4;

// What programs put into these maps is no value to the kernel. A definition may name its type all the same, for whoever
// reads the buffer: MapSpec keeps it.
void forget_value(MapAttributes& map) {
  if (map.value_type == 0) return;
  map.value_size = 0;
  map.value_type = 0;
}

// Keys and values are an index and a descriptor where the definition leaves them out.
void default_to_descriptors(MapAttributes& map) {
  if (map.key_size == 0) map.key_size = sizeof(std::uint32_t);
  if (map.value_size == 0) map.value_size = kDescriptorSize;
}

// One element per CPU.
Result<void> size_perf_event_array(MapAttributes& map) {
  forget_value(map);
  default_to_descriptors(map);
  if (map.max_entries != 0) return {};
  EBPF_TRY(map.max_entries, sys::possible_cpus());
  return {};
}

// The kernel wants a power of two of whole pages; the next larger one is taken.
Result<void> size_ring_buffer(MapAttributes& map) {
  forget_value(map);
  const auto page = static_cast<std::uint32_t>(::getpagesize());
  constexpr std::uint32_t kLargest = 1u << 31;
  if (map.max_entries > kLargest)
    return fail(errc::out_of_range, "a ring buffer of ", map.max_entries, " bytes is too large");
  if (map.max_entries != 0) map.max_entries = std::bit_ceil(std::max(map.max_entries, page));
  return {};
}

Result<void> place_variables(MapPlan& map) {
  constexpr std::uint32_t kSegvOnFault = 1u << 17;  // BPF_F_SEGV_ON_FAULT
  if (map.spec->type != MapType::arena || map.spec->data.empty()) return {};
  if (map.attributes.flags & kSegvOnFault)
    return fail(errc::unsupported_input,
                "it has variables, which could not be written: BPF_F_SEGV_ON_FAULT lets only programs add pages");
  EBPF_TRY(map.data_offset, arena_data_offset(*map.spec, map.attributes.max_entries));
  return {};
}

}  // namespace

Result<void> adjust_sizes(MapAttributes& map) {
  switch (map.type) {
    case MapType::perf_event_array:
      return size_perf_event_array(map);
    case MapType::ringbuf:
    case MapType::user_ringbuf:
      return size_ring_buffer(map);
    case MapType::prog_array:
    case MapType::cgroup_array:
    case MapType::array_of_maps:
      default_to_descriptors(map);
      return {};
    case MapType::arena:
      forget_value(map);
      return {};
    case MapType::hash_of_maps:
      map.value_size = kDescriptorSize;
      return {};
    default:
      return {};
  }
}

Result<void> size_maps(LoadPlan& plan) {
  for (MapPlan& map : plan.maps) {
    auto ok = adjust_sizes(map.attributes);
    if (ok) ok = place_variables(map);
    if (!ok) return fail_in(std::move(ok), "map ", quoted(map.spec->name));
  }
  return {};
}

}  // namespace ebpf::loader
