// The numbers of bpf(2) besides the four enums of types.h: commands, and the flags of each command's fields. Internal.
//
// Values follow <linux/bpf.h> up to Linux 7.3. The distributions' copy of that header is often years older than the
// kernel that runs, which is why this library carries its own. The comment beside a constant is the kernel's name for
// it, and the first Linux that has it where that is not obvious from its command.
#pragma once

#include <cstdint>

namespace ebpf::sys {

// enum bpf_cmd: the first argument of bpf(2).
enum class Command : std::uint32_t {
  map_create = 0,                    // 3.18
  map_lookup_elem = 1,               // 3.18
  map_update_elem = 2,               // 3.18
  map_delete_elem = 3,               // 3.18
  map_get_next_key = 4,              // 3.18
  prog_load = 5,                     // 3.18
  obj_pin = 6,                       // 4.4
  obj_get = 7,                       // 4.4
  prog_attach = 8,                   // 4.10
  prog_detach = 9,                   // 4.10
  prog_test_run = 10,                // 4.12
  prog_get_next_id = 11,             // 4.13
  map_get_next_id = 12,              // 4.13
  prog_get_fd_by_id = 13,            // 4.13
  map_get_fd_by_id = 14,             // 4.13
  obj_get_info_by_fd = 15,           // 4.13
  prog_query = 16,                   // 4.15
  raw_tracepoint_open = 17,          // 4.17
  btf_load = 18,                     // 4.18
  btf_get_fd_by_id = 19,             // 4.18
  task_fd_query = 20,                // 4.18
  map_lookup_and_delete_elem = 21,   // 4.20
  map_freeze = 22,                   // 5.2
  btf_get_next_id = 23,              // 5.4
  map_lookup_batch = 24,             // 5.6
  map_lookup_and_delete_batch = 25,  // 5.6
  map_update_batch = 26,             // 5.6
  map_delete_batch = 27,             // 5.6
  link_create = 28,                  // 5.7
  link_update = 29,                  // 5.7
  link_get_fd_by_id = 30,            // 5.8
  link_get_next_id = 31,             // 5.8
  enable_stats = 32,                 // 5.8
  iter_create = 33,                  // 5.8
  link_detach = 34,                  // 5.9
  prog_bind_map = 35,                // 5.10
  token_create = 36,                 // 6.9
  prog_stream_read_by_fd = 37,       // 6.17
  prog_assoc_struct_ops = 38,        // by 7.3
};
inline constexpr std::uint32_t kCommandCount = 39;
// Added to a command that comes with a CommonAttr: BPF_COMMON_ATTRS, by 7.3.
inline constexpr std::uint32_t kWithCommonAttr = 1u << 16;

// An object's name (map_name, prog_name) with its NUL: BPF_OBJ_NAME_LEN.
inline constexpr std::uint32_t kObjectNameLength = 16;

// MapCreateAttr::map_flags. Those that restrict access are also ObjPinAttr::file_flags of OBJ_GET and
// GetIdAttr::open_flags; kMapPathFd is for ObjPinAttr::file_flags alone.
inline constexpr std::uint32_t kMapNoPrealloc = 1u << 0;         // BPF_F_NO_PREALLOC, 4.6
inline constexpr std::uint32_t kMapNoCommonLru = 1u << 1;        // BPF_F_NO_COMMON_LRU, 4.10
inline constexpr std::uint32_t kMapNumaNode = 1u << 2;           // BPF_F_NUMA_NODE, 4.14
inline constexpr std::uint32_t kMapReadOnly = 1u << 3;           // BPF_F_RDONLY, 4.15: for system calls
inline constexpr std::uint32_t kMapWriteOnly = 1u << 4;          // BPF_F_WRONLY, 4.15: for system calls
inline constexpr std::uint32_t kMapStackBuildId = 1u << 5;       // BPF_F_STACK_BUILD_ID, 4.17
inline constexpr std::uint32_t kMapZeroSeed = 1u << 6;           // BPF_F_ZERO_SEED, 5.0
inline constexpr std::uint32_t kMapReadOnlyProg = 1u << 7;       // BPF_F_RDONLY_PROG, 5.2: for programs
inline constexpr std::uint32_t kMapWriteOnlyProg = 1u << 8;      // BPF_F_WRONLY_PROG, 5.2: for programs
inline constexpr std::uint32_t kMapClone = 1u << 9;              // BPF_F_CLONE, 5.4
inline constexpr std::uint32_t kMapMmapable = 1u << 10;          // BPF_F_MMAPABLE, 5.5
inline constexpr std::uint32_t kMapPreserveElems = 1u << 11;     // BPF_F_PRESERVE_ELEMS, 5.10
inline constexpr std::uint32_t kMapInnerMap = 1u << 12;          // BPF_F_INNER_MAP, 5.10
inline constexpr std::uint32_t kMapLink = 1u << 13;              // BPF_F_LINK, 6.4: a struct_ops map attached by a link
inline constexpr std::uint32_t kMapPathFd = 1u << 14;            // BPF_F_PATH_FD, 6.5
inline constexpr std::uint32_t kMapVtypeBtfObjFd = 1u << 15;     // BPF_F_VTYPE_BTF_OBJ_FD, 6.9
inline constexpr std::uint32_t kMapTokenFd = 1u << 16;           // BPF_F_TOKEN_FD, 6.9: also prog_flags and btf_flags
inline constexpr std::uint32_t kMapSegvOnFault = 1u << 17;       // BPF_F_SEGV_ON_FAULT, 6.9: arena
inline constexpr std::uint32_t kMapNoUserConv = 1u << 18;        // BPF_F_NO_USER_CONV, 6.9: arena
inline constexpr std::uint32_t kMapRingbufOverwrite = 1u << 19;  // BPF_F_RB_OVERWRITE, by 7.3

// The flags of map_update_elem and of the other element operations; the batch commands' elem_flags.
inline constexpr std::uint64_t kElemAny = 0;         // BPF_ANY: create or replace
inline constexpr std::uint64_t kElemNoExist = 1;     // BPF_NOEXIST: create only, EEXIST otherwise
inline constexpr std::uint64_t kElemExist = 2;       // BPF_EXIST: replace only, ENOENT otherwise
inline constexpr std::uint64_t kElemLock = 1u << 2;  // BPF_F_LOCK, 5.1: under the value's bpf_spin_lock
inline constexpr std::uint64_t kElemCpu = 1u << 3;   // BPF_F_CPU, by 7.3: one CPU's value, its number in the high half
inline constexpr std::uint64_t kElemAllCpus = 1u << 4;  // BPF_F_ALL_CPUS, by 7.3: one value for every CPU

// ProgLoadAttr::prog_flags.
inline constexpr std::uint32_t kProgStrictAlignment = 1u << 0;    // BPF_F_STRICT_ALIGNMENT, 4.12
inline constexpr std::uint32_t kProgAnyAlignment = 1u << 1;       // BPF_F_ANY_ALIGNMENT, 5.0
inline constexpr std::uint32_t kProgTestRndHi32 = 1u << 2;        // BPF_F_TEST_RND_HI32, 5.3
inline constexpr std::uint32_t kProgTestStateFreq = 1u << 3;      // BPF_F_TEST_STATE_FREQ, 5.4
inline constexpr std::uint32_t kProgSleepable = 1u << 4;          // BPF_F_SLEEPABLE, 5.10
inline constexpr std::uint32_t kProgXdpHasFrags = 1u << 5;        // BPF_F_XDP_HAS_FRAGS, 5.18
inline constexpr std::uint32_t kProgXdpDevBoundOnly = 1u << 6;    // BPF_F_XDP_DEV_BOUND_ONLY, 6.3
inline constexpr std::uint32_t kProgTestRegInvariants = 1u << 7;  // BPF_F_TEST_REG_INVARIANTS, 6.8

// ProgLoadAttr::log_level and BtfLoadAttr::btf_log_level.
inline constexpr std::uint32_t kLogBranches = 1u << 0;      // the path that was refused, with state at branches
inline constexpr std::uint32_t kLogInstructions = 1u << 1;  // the state at every instruction
inline constexpr std::uint32_t kLogStatistics = 1u << 2;    // the summary alone, 5.2

// ProgAttachAttr::attach_flags, and LinkCreateAttr::flags of tcx, netkit and cgroup (the last four).
inline constexpr std::uint32_t kAttachAllowOverride = 1u << 0;  // BPF_F_ALLOW_OVERRIDE
inline constexpr std::uint32_t kAttachAllowMulti = 1u << 1;     // BPF_F_ALLOW_MULTI, 4.15
inline constexpr std::uint32_t kAttachReplace = 1u << 2;        // BPF_F_REPLACE, 5.6; also LinkUpdateAttr::flags
inline constexpr std::uint32_t kAttachBefore = 1u << 3;         // BPF_F_BEFORE, 6.6
inline constexpr std::uint32_t kAttachAfter = 1u << 4;          // BPF_F_AFTER, 6.6
inline constexpr std::uint32_t kAttachId = 1u << 5;             // BPF_F_ID, 6.6: relative_id rather than relative_fd
inline constexpr std::uint32_t kAttachLink = 1u << 13;          // BPF_F_LINK, 6.6: the relative is a link

// ProgQueryAttr::query_flags.
inline constexpr std::uint32_t kQueryEffective = 1u << 0;  // BPF_F_QUERY_EFFECTIVE

// TestRunAttr::flags.
inline constexpr std::uint32_t kTestRunOnCpu = 1u << 0;                // BPF_F_TEST_RUN_ON_CPU, 5.10
inline constexpr std::uint32_t kTestRunXdpLiveFrames = 1u << 1;        // BPF_F_TEST_XDP_LIVE_FRAMES, 5.18
inline constexpr std::uint32_t kTestRunSkbChecksumComplete = 1u << 2;  // BPF_F_TEST_SKB_CHECKSUM_COMPLETE, 6.11

// LinkCreateAttr::kprobe_multi.flags and ::uprobe_multi.flags.
inline constexpr std::uint32_t kKprobeMultiReturn = 1u << 0;  // BPF_F_KPROBE_MULTI_RETURN
inline constexpr std::uint32_t kUprobeMultiReturn = 1u << 0;  // BPF_F_UPROBE_MULTI_RETURN
inline constexpr std::uint32_t kUprobeMultiPathFd = 1u << 1;  // BPF_F_UPROBE_MULTI_PATH_FD, by 7.3

// The first word of a ring buffer record, and the record header's length.
inline constexpr std::uint32_t kRingbufBusyBit = 1u << 31;     // BPF_RINGBUF_BUSY_BIT: reserved, not yet submitted
inline constexpr std::uint32_t kRingbufDiscardBit = 1u << 30;  // BPF_RINGBUF_DISCARD_BIT
inline constexpr std::uint32_t kRingbufHeaderSize = 8;         // BPF_RINGBUF_HDR_SZ

// EnableStatsAttr::type: enum bpf_stats_type.
enum class StatsType : std::uint32_t { run_time = 0 };

// TaskFdQueryAttr::fd_type: enum bpf_task_fd_type.
enum class TaskFdType : std::uint32_t {
  raw_tracepoint = 0,
  tracepoint = 1,
  kprobe = 2,
  kretprobe = 3,
  uprobe = 4,
  uretprobe = 5,
};

// LinkInfo::perf_event.type: enum bpf_perf_event_type, 6.6.
enum class PerfEventType : std::uint32_t {
  unspec = 0,
  uprobe = 1,
  uretprobe = 2,
  kprobe = 3,
  kretprobe = 4,
  tracepoint = 5,
  event = 6,
};

// IterTarget::cgroup.order: enum bpf_cgroup_iter_order, 6.1.
enum class CgroupIterOrder : std::uint32_t {
  unspec = 0,
  self_only = 1,
  descendants_pre = 2,
  descendants_post = 3,
  ancestors_up = 4,
  children = 5,  // by 7.3
};

}  // namespace ebpf::sys
