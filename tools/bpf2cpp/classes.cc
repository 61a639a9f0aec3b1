// Which class of the library a map and a program have: the tables.
#include <iterator>
#include <optional>

#include "ebpf/spec/section_rules.h"
#include "tools/bpf2cpp/build_model.h"

namespace ebpf::bpf2cpp {
namespace {

constexpr std::uint32_t kMappable = 1u << 10;  // BPF_F_MMAPABLE

struct MapClass {
  MapType type;
  std::string_view name;
  std::uint32_t key_size = 0;  // what the class takes for granted; 0: any
};

constexpr MapClass kMapClasses[] = {
    {MapType::hash, "HashMap<{key}, {value}>"},
    {MapType::lru_hash, "HashMap<{key}, {value}>"},
    {MapType::rhash, "HashMap<{key}, {value}>"},
    {MapType::percpu_hash, "PerCpuHashMap<{key}, {value}>"},
    {MapType::lru_percpu_hash, "PerCpuHashMap<{key}, {value}>"},
    {MapType::lpm_trie, "LpmTrie<{key}, {value}>"},
    {MapType::array, "ArrayMap<{value}>", 4},
    {MapType::percpu_array, "PerCpuArrayMap<{value}>", 4},
    {MapType::queue, "QueueMap<{value}>"},
    {MapType::stack, "QueueMap<{value}>"},
    {MapType::bloom_filter, "BloomFilter<{value}>"},
    {MapType::ringbuf, "RingBufferMap<{record}>"},
    {MapType::user_ringbuf, "UserRingBufferMap<{record}>"},
    {MapType::perf_event_array, "PerfEventArray<{record}>"},
    {MapType::prog_array, "ProgramArray", 4},
    {MapType::hash_of_maps, "HashOfMaps<{key}, {inner}>"},
    {MapType::array_of_maps, "ArrayOfMaps<{inner}>", 4},
    {MapType::sk_storage, "LocalStorageMap<{value}>", 4},
    {MapType::inode_storage, "LocalStorageMap<{value}>", 4},
    {MapType::task_storage, "LocalStorageMap<{value}>", 4},
    {MapType::cgrp_storage, "LocalStorageMap<{value}>", 4},
    {MapType::devmap, "RedirectMap<{value}>", 4},
    {MapType::devmap_hash, "RedirectMap<{value}>", 4},
    {MapType::cpumap, "RedirectMap<{value}>", 4},
    {MapType::sockmap, "DescriptorMap<{key}, {value_size}>", 4},
    {MapType::sockhash, "DescriptorMap<{key}, {value_size}>"},
    {MapType::xskmap, "DescriptorMap<{key}, {value_size}>", 4},
    {MapType::reuseport_sockarray, "DescriptorMap<{key}, {value_size}>", 4},
    {MapType::cgroup_array, "DescriptorMap<{key}, {value_size}>", 4},
    {MapType::stack_trace, "StackTraceMap<{value}>", 4},
    {MapType::arena, "ArenaMap"},
    {MapType::struct_ops, "StructOpsMap"},
};

struct ProgramRow {
  ProgramType type;
  std::optional<AttachType> attach_type;  // nothing: whatever is not in a row above
  ProgramClass result;
  std::string_view section = {};  // what its section begins with, where that matters
};

constexpr ProgramClass kNamed = {"NamedProgram", true};
constexpr ProgramClass kCgroup = {"CgroupProgram", false};
constexpr ProgramClass kPlain = {"TypedProgram", false};

constexpr ProgramRow kProgramClasses[] = {
    {ProgramType::tracepoint, {}, kNamed},
    {ProgramType::kprobe, AttachType::trace_kprobe_multi, {"KprobeMultiProgram", true}},
    {ProgramType::kprobe, AttachType::trace_kprobe_session, {"KprobeMultiProgram", true}},
    {ProgramType::kprobe, AttachType::trace_uprobe_multi, {"UprobeMultiProgram", true}},
    {ProgramType::kprobe, AttachType::trace_uprobe_session, {"UprobeMultiProgram", true}},
    {ProgramType::kprobe, {}, {"KprobeProgram", true}, "k"},
    {ProgramType::kprobe, {}, {"UprobeProgram", true}, "up"},
    {ProgramType::kprobe, {}, {"UprobeProgram", true}, "ur"},
    {ProgramType::perf_event, {}, {"PerfEventProgram", false}},
    {ProgramType::raw_tracepoint, {}, kNamed},
    {ProgramType::raw_tracepoint_writable, {}, kNamed},
    // Attaching an iterator has no effect until it is read.
    {ProgramType::tracing, AttachType::trace_iter, {"IteratorProgram", false}},
    {ProgramType::tracing, {}, kNamed},
    {ProgramType::lsm, AttachType::lsm_cgroup, kCgroup},
    {ProgramType::lsm, {}, kNamed},
    {ProgramType::ext, {}, kNamed},
    // Those of maps are attached by being put into one.
    {ProgramType::xdp, AttachType::xdp_devmap, kPlain},
    {ProgramType::xdp, AttachType::xdp_cpumap, kPlain},
    {ProgramType::xdp, {}, {"XdpProgram", false}},
    {ProgramType::sched_cls, AttachType::tcx_ingress, {"TcxProgram<ebpf::TcxDirection::ingress>", false}},
    {ProgramType::sched_cls, AttachType::tcx_egress, {"TcxProgram<ebpf::TcxDirection::egress>", false}},
    {ProgramType::sched_cls, AttachType::netkit_primary, kPlain},
    {ProgramType::sched_cls, AttachType::netkit_peer, kPlain},
    {ProgramType::sched_cls, {}, {"TcProgram", false}},
    {ProgramType::cgroup_skb, {}, kCgroup},
    {ProgramType::cgroup_sock, {}, kCgroup},
    {ProgramType::cgroup_sock_addr, {}, kCgroup},
    {ProgramType::cgroup_sockopt, {}, kCgroup},
    {ProgramType::cgroup_sysctl, {}, kCgroup},
    {ProgramType::cgroup_device, {}, kCgroup},
    {ProgramType::sock_ops, {}, kCgroup},
    {ProgramType::sk_lookup, {}, {"NetnsProgram", false}},
    {ProgramType::flow_dissector, {}, {"NetnsProgram", false}},
    {ProgramType::netfilter, {}, {"NetfilterProgram", false}},
};

}  // namespace

std::string_view map_class(const MapSpec& map) {
  for (const MapClass& row : kMapClasses) {
    if (row.type != map.type) continue;
    if (row.key_size != 0 && map.key_size != 0 && row.key_size != map.key_size) return {};
    if (map.type == MapType::array && (map.flags & kMappable) != 0) return "MappedArrayMap<{value}>";
    return row.name;
  }
  return {};
}

ProgramClass program_class(const ProgramSpec& program) {
  const std::string_view section = split_autoload_mark(program.section).name;
  for (const ProgramRow& row : kProgramClasses)
    if (row.type == program.program_type && (!row.attach_type || row.attach_type == program.attach_type) &&
        section.starts_with(row.section)) {
      ProgramClass out = row.result;
      out.attaches_by_name = out.attaches_by_name && !program.attach_to.empty();
      return out;
    }
  return kPlain;
}

}  // namespace ebpf::bpf2cpp
