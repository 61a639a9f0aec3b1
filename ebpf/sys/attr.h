// What each command of bpf(2) takes: one struct per command in place of the kernel's one union bpf_attr. Internal.
//
// A struct here is the union's member of <linux/bpf.h> (up to Linux 7.3) with the kernel's field names, and its size is
// what is passed to the system call. The kernel refuses with E2BIG a byte that is not zero in a part that it does not
// know, so everything starts as zero, and what would be padding is a member, `pad` or `tail`, for which the same holds:
// no byte that nobody wrote reaches the kernel. Addresses are 64-bit numbers; make them with to_u64().
//
// Where a field arrived later than its command, the first Linux that has it stands beside it. Fields that the kernel
// writes say so; the functions of bpf.h take such a struct by non-const reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "ebpf/sys/types.h"
#include "ebpf/sys/uapi.h"

namespace ebpf::sys {

inline std::uint64_t to_u64(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// What goes with any command that has kWithCommonAttr, as the fourth argument of bpf(2); by 7.3.
struct CommonAttr {
  std::uint64_t log_buf = 0;
  std::uint32_t log_size = 0;
  std::uint32_t log_level = 0;
  std::uint32_t log_true_size = 0;  // written by the kernel
  std::uint32_t tail = 0;
};

// BPF_MAP_CREATE
struct MapCreateAttr {
  MapType map_type = MapType::unspec;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t map_flags = 0;                  // 4.6
  std::uint32_t inner_map_fd = 0;               // 4.12
  std::uint32_t numa_node = 0;                  // 4.14, with kMapNumaNode
  char map_name[kObjectNameLength] = {};        // 4.15
  std::uint32_t map_ifindex = 0;                // 4.16
  std::uint32_t btf_fd = 0;                     // 4.18
  std::uint32_t btf_key_type_id = 0;            // 4.18
  std::uint32_t btf_value_type_id = 0;          // 4.18
  std::uint32_t btf_vmlinux_value_type_id = 0;  // 5.6
  std::uint64_t map_extra = 0;                  // 5.16
  std::int32_t value_type_btf_obj_fd = 0;       // 6.9, with kMapVtypeBtfObjFd
  std::int32_t map_token_fd = 0;                // 6.9, with kMapTokenFd
  std::uint64_t excl_prog_hash = 0;             // 6.18
  std::uint32_t excl_prog_hash_size = 0;        // 6.18
  std::uint32_t tail = 0;
};

// BPF_MAP_LOOKUP_ELEM, _UPDATE_, _DELETE_, _LOOKUP_AND_DELETE_, BPF_MAP_GET_NEXT_KEY, and (with the descriptor alone)
// BPF_MAP_FREEZE
struct MapElemAttr {
  std::uint32_t map_fd = 0;
  std::uint32_t pad = 0;
  std::uint64_t key = 0;
  union {
    std::uint64_t value = 0;
    std::uint64_t next_key;
  };
  std::uint64_t flags = 0;
};

// BPF_MAP_LOOKUP_BATCH, _LOOKUP_AND_DELETE_, _UPDATE_, _DELETE_
struct MapBatchAttr {
  std::uint64_t in_batch = 0;   // where to go on, or 0 to start
  std::uint64_t out_batch = 0;  // written through: where to go on next time
  std::uint64_t keys = 0;
  std::uint64_t values = 0;
  std::uint32_t count = 0;  // elements: room on the way in; written: those that were done, also on most errors
  std::uint32_t map_fd = 0;
  std::uint64_t elem_flags = 0;
  std::uint64_t flags = 0;
};

// BPF_PROG_LOAD
struct ProgLoadAttr {
  ProgramType prog_type = ProgramType::unspec;
  std::uint32_t insn_cnt = 0;
  std::uint64_t insns = 0;
  std::uint64_t license = 0;
  std::uint32_t log_level = 0;
  std::uint32_t log_size = 0;
  std::uint64_t log_buf = 0;
  std::uint32_t kern_version = 0;          // 4.1; looked at before 5.0 and for kprobes only
  std::uint32_t prog_flags = 0;            // 4.12
  char prog_name[kObjectNameLength] = {};  // 4.15
  std::uint32_t prog_ifindex = 0;          // 4.15
  AttachType expected_attach_type{};       // 4.17
  std::uint32_t prog_btf_fd = 0;           // 5.0
  std::uint32_t func_info_rec_size = 0;    // 5.0
  std::uint64_t func_info = 0;             // 5.0
  std::uint32_t func_info_cnt = 0;         // 5.0
  std::uint32_t line_info_rec_size = 0;    // 5.0
  std::uint64_t line_info = 0;             // 5.0
  std::uint32_t line_info_cnt = 0;         // 5.0
  std::uint32_t attach_btf_id = 0;         // 5.5
  union {
    std::uint32_t attach_prog_fd = 0;  // 5.5
    std::uint32_t attach_btf_obj_fd;   // 5.11
  };
  std::uint32_t core_relo_cnt = 0;       // 5.17
  std::uint64_t fd_array = 0;            // 5.14
  std::uint64_t core_relos = 0;          // 5.17
  std::uint32_t core_relo_rec_size = 0;  // 5.17
  std::uint32_t log_true_size = 0;       // 6.4; written: the bytes that the whole log takes
  std::int32_t prog_token_fd = 0;        // 6.9, with kMapTokenFd
  std::uint32_t fd_array_cnt = 0;        // 6.14
  std::uint64_t signature = 0;           // 6.18
  std::uint32_t signature_size = 0;      // 6.18
  std::int32_t keyring_id = 0;           // 6.18
};

// BPF_OBJ_PIN, BPF_OBJ_GET
struct ObjPinAttr {
  std::uint64_t pathname = 0;
  std::uint32_t bpf_fd = 0;
  std::uint32_t file_flags = 0;  // 4.15
  std::int32_t path_fd = 0;      // 6.5, with kMapPathFd
  std::uint32_t tail = 0;
};

// BPF_PROG_ATTACH, BPF_PROG_DETACH
struct ProgAttachAttr {
  union {
    std::uint32_t target_fd = 0;
    std::uint32_t target_ifindex;  // 6.6
  };
  std::uint32_t attach_bpf_fd = 0;
  AttachType attach_type{};
  std::uint32_t attach_flags = 0;
  std::uint32_t replace_bpf_fd = 0;  // 5.6, with kAttachReplace
  union {
    std::uint32_t relative_fd = 0;  // 6.6
    std::uint32_t relative_id;      // 6.6, with kAttachId
  };
  std::uint64_t expected_revision = 0;  // 6.6
};

// BPF_PROG_TEST_RUN
struct TestRunAttr {
  std::uint32_t prog_fd = 0;
  std::uint32_t retval = 0;  // written
  std::uint32_t data_size_in = 0;
  std::uint32_t data_size_out = 0;  // room on the way in; written: the bytes that there were, even where more than room
  std::uint64_t data_in = 0;
  std::uint64_t data_out = 0;
  std::uint32_t repeat = 0;
  std::uint32_t duration = 0;      // written: nanoseconds of one run, on average
  std::uint32_t ctx_size_in = 0;   // 5.2
  std::uint32_t ctx_size_out = 0;  // 5.2; as data_size_out
  std::uint64_t ctx_in = 0;        // 5.2
  std::uint64_t ctx_out = 0;       // 5.2
  std::uint32_t flags = 0;         // 5.10
  std::uint32_t cpu = 0;           // 5.10, with kTestRunOnCpu
  std::uint32_t batch_size = 0;    // 5.18, with kTestRunXdpLiveFrames
  std::uint32_t tail = 0;
};

// BPF_*_GET_NEXT_ID, BPF_*_GET_FD_BY_ID
struct GetIdAttr {
  union {
    std::uint32_t start_id = 0;
    std::uint32_t prog_id;
    std::uint32_t map_id;
    std::uint32_t btf_id;
    std::uint32_t link_id;
  };
  std::uint32_t next_id = 0;           // written
  std::uint32_t open_flags = 0;        // 4.15: kMapReadOnly, kMapWriteOnly
  std::int32_t fd_by_id_token_fd = 0;  // 6.15, with kMapTokenFd
};

// BPF_OBJ_GET_INFO_BY_FD
struct InfoAttr {
  std::uint32_t bpf_fd = 0;
  std::uint32_t info_len = 0;  // room on the way in; written: the bytes that the kernel filled
  std::uint64_t info = 0;
};

// BPF_PROG_QUERY
struct ProgQueryAttr {
  union {
    std::uint32_t target_fd = 0;
    std::uint32_t target_ifindex;  // 6.6
  };
  AttachType attach_type{};
  std::uint32_t query_flags = 0;
  std::uint32_t attach_flags = 0;  // written
  std::uint64_t prog_ids = 0;
  union {
    std::uint32_t prog_cnt = 0;  // room on the way in; written: the programs that there are
    std::uint32_t count;
  };
  std::uint32_t pad = 0;
  std::uint64_t prog_attach_flags = 0;  // 6.0
  std::uint64_t link_ids = 0;           // 6.6
  std::uint64_t link_attach_flags = 0;  // 6.6
  std::uint64_t revision = 0;           // 6.6; written
};

// BPF_RAW_TRACEPOINT_OPEN
struct RawTracepointOpenAttr {
  std::uint64_t name = 0;
  std::uint32_t prog_fd = 0;
  std::uint32_t pad = 0;
  std::uint64_t cookie = 0;  // 6.10
};

// BPF_BTF_LOAD
struct BtfLoadAttr {
  std::uint64_t btf = 0;
  std::uint64_t btf_log_buf = 0;
  std::uint32_t btf_size = 0;
  std::uint32_t btf_log_size = 0;
  std::uint32_t btf_log_level = 0;
  std::uint32_t btf_log_true_size = 0;  // 6.4; written: the bytes that the whole log takes
  std::uint32_t btf_flags = 0;          // 6.9
  std::int32_t btf_token_fd = 0;        // 6.9, with kMapTokenFd
};

// BPF_TASK_FD_QUERY
struct TaskFdQueryAttr {
  std::uint32_t pid = 0;
  std::uint32_t fd = 0;
  std::uint32_t flags = 0;
  std::uint32_t buf_len = 0;  // room on the way in; written: the length of the name
  std::uint64_t buf = 0;
  std::uint32_t prog_id = 0;       // written
  TaskFdType fd_type{};            // written
  std::uint64_t probe_offset = 0;  // written
  std::uint64_t probe_addr = 0;    // written
};

// What an iterator goes over: union bpf_iter_link_info, for LinkCreateAttr::iter. First Linux: maps 5.9, cgroups and
// tasks 6.1.
struct IterTarget {
  struct Map {
    std::uint32_t map_fd;
  };
  struct Cgroup {
    CgroupIterOrder order;
    std::uint32_t cgroup_fd;
    std::uint64_t cgroup_id;
  };
  struct Task {
    std::uint32_t tid;
    std::uint32_t pid;
    std::uint32_t pid_fd;
  };
  union {
    std::uint64_t words[2] = {};  // first, so that all of the union starts as zero
    Map map;
    Cgroup cgroup;
    Task task;
  };
};

// BPF_LINK_CREATE. Set the members of at most one part (`attr.tcx.relative_fd = fd`); all of them start as zero. The
// parts have no initialisers of their own because C++ wants the members of a union trivial.
struct LinkCreateAttr {
  struct Iter {
    std::uint64_t iter_info;  // an IterTarget
    std::uint32_t iter_info_len;
    std::uint32_t pad;
  };
  struct PerfEvent {
    std::uint64_t bpf_cookie;
  };
  struct KprobeMulti {
    std::uint32_t flags;
    std::uint32_t cnt;
    std::uint64_t syms;
    std::uint64_t addrs;
    std::uint64_t cookies;
  };
  struct Tracing {
    std::uint32_t target_btf_id;
    std::uint32_t pad;
    std::uint64_t cookie;
  };
  struct Netfilter {
    std::uint32_t pf;
    std::uint32_t hooknum;
    std::int32_t priority;
    std::uint32_t flags;
  };
  // tcx, netkit and cgroup: where among the programs that are attached already.
  struct Relative {
    union {
      std::uint32_t relative_fd;
      std::uint32_t relative_id;  // with kAttachId
    };
    std::uint32_t pad;
    std::uint64_t expected_revision;
  };
  struct UprobeMulti {
    std::uint64_t path;
    std::uint64_t offsets;
    std::uint64_t ref_ctr_offsets;
    std::uint64_t cookies;
    std::uint32_t cnt;
    std::uint32_t flags;
    std::uint32_t pid;
    std::uint32_t path_fd;  // by 7.3, with kUprobeMultiPathFd
  };
  struct TracingMulti {
    std::uint64_t ids;
    std::uint64_t cookies;
    std::uint32_t cnt;
    std::uint32_t pad;
  };

  union {
    std::uint32_t prog_fd = 0;
    std::uint32_t map_fd;  // 6.4: of a struct_ops map
  };
  union {
    std::uint32_t target_fd = 0;
    std::uint32_t target_ifindex;  // 5.9
  };
  AttachType attach_type{};
  std::uint32_t flags = 0;
  union {
    std::uint64_t words[6] = {};  // first, so that all of the union starts as zero
    std::uint32_t target_btf_id;  // 5.10, of a program of type ext
    Iter iter;                    // 5.9
    PerfEvent perf_event;         // 5.15
    KprobeMulti kprobe_multi;     // 5.18
    Tracing tracing;              // 5.19
    Netfilter netfilter;          // 6.4
    Relative tcx;                 // 6.6
    UprobeMulti uprobe_multi;     // 6.6
    Relative netkit;              // 6.7
    Relative cgroup;              // 6.17
    TracingMulti tracing_multi;   // by 7.3
  };
};

// BPF_LINK_UPDATE
struct LinkUpdateAttr {
  std::uint32_t link_fd = 0;
  union {
    std::uint32_t new_prog_fd = 0;
    std::uint32_t new_map_fd;  // 6.4
  };
  std::uint32_t flags = 0;
  union {
    std::uint32_t old_prog_fd = 0;  // with kAttachReplace
    std::uint32_t old_map_fd;       // 6.4
  };
};

// BPF_LINK_DETACH
struct LinkDetachAttr {
  std::uint32_t link_fd = 0;
};

// BPF_ENABLE_STATS
struct EnableStatsAttr {
  StatsType type = StatsType::run_time;
};

// BPF_ITER_CREATE
struct IterCreateAttr {
  std::uint32_t link_fd = 0;
  std::uint32_t flags = 0;
};

// BPF_PROG_BIND_MAP
struct ProgBindMapAttr {
  std::uint32_t prog_fd = 0;
  std::uint32_t map_fd = 0;
  std::uint32_t flags = 0;
};

// BPF_TOKEN_CREATE
struct TokenCreateAttr {
  std::uint32_t flags = 0;
  std::uint32_t bpffs_fd = 0;
};

// BPF_PROG_STREAM_READ_BY_FD
struct ProgStreamReadAttr {
  std::uint64_t stream_buf = 0;
  std::uint32_t stream_buf_len = 0;
  std::uint32_t stream_id = 0;  // 1: standard output, 2: standard error
  std::uint32_t prog_fd = 0;
  std::uint32_t tail = 0;
};

// BPF_PROG_ASSOC_STRUCT_OPS
struct ProgAssocStructOpsAttr {
  std::uint32_t map_fd = 0;
  std::uint32_t prog_fd = 0;
  std::uint32_t flags = 0;
};

// Sizes, the offset of the last field, and of the field after each place where the compiler could have put a hole.
#define EBPF_SIZE(Type, size) static_assert(sizeof(Type) == (size) && std::is_trivially_copyable_v<Type>)
#define EBPF_AT(Type, field, offset) static_assert(offsetof(Type, field) == (offset))
EBPF_SIZE(CommonAttr, 24);
EBPF_AT(CommonAttr, log_true_size, 16);
EBPF_SIZE(MapCreateAttr, 96);
EBPF_AT(MapCreateAttr, map_name, 28);
EBPF_AT(MapCreateAttr, map_extra, 64);
EBPF_AT(MapCreateAttr, excl_prog_hash_size, 88);
EBPF_SIZE(MapElemAttr, 32);
EBPF_AT(MapElemAttr, key, 8);
EBPF_AT(MapElemAttr, next_key, 16);
EBPF_AT(MapElemAttr, flags, 24);
EBPF_SIZE(MapBatchAttr, 56);
EBPF_AT(MapBatchAttr, map_fd, 36);
EBPF_AT(MapBatchAttr, flags, 48);
EBPF_SIZE(ProgLoadAttr, 168);
EBPF_AT(ProgLoadAttr, log_buf, 32);
EBPF_AT(ProgLoadAttr, prog_name, 48);
EBPF_AT(ProgLoadAttr, func_info, 80);
EBPF_AT(ProgLoadAttr, line_info, 96);
EBPF_AT(ProgLoadAttr, attach_btf_obj_fd, 112);
EBPF_AT(ProgLoadAttr, fd_array, 120);
EBPF_AT(ProgLoadAttr, signature, 152);
EBPF_AT(ProgLoadAttr, keyring_id, 164);
EBPF_SIZE(ObjPinAttr, 24);
EBPF_AT(ObjPinAttr, path_fd, 16);
EBPF_SIZE(ProgAttachAttr, 32);
EBPF_AT(ProgAttachAttr, relative_id, 20);
EBPF_AT(ProgAttachAttr, expected_revision, 24);
EBPF_SIZE(TestRunAttr, 80);
EBPF_AT(TestRunAttr, ctx_in, 48);
EBPF_AT(TestRunAttr, batch_size, 72);
EBPF_SIZE(GetIdAttr, 16);
EBPF_AT(GetIdAttr, fd_by_id_token_fd, 12);
EBPF_SIZE(InfoAttr, 16);
EBPF_AT(InfoAttr, info, 8);
EBPF_SIZE(ProgQueryAttr, 64);
EBPF_AT(ProgQueryAttr, prog_ids, 16);
EBPF_AT(ProgQueryAttr, prog_attach_flags, 32);
EBPF_AT(ProgQueryAttr, revision, 56);
EBPF_SIZE(RawTracepointOpenAttr, 24);
EBPF_AT(RawTracepointOpenAttr, cookie, 16);
EBPF_SIZE(BtfLoadAttr, 40);
EBPF_AT(BtfLoadAttr, btf_token_fd, 36);
EBPF_SIZE(TaskFdQueryAttr, 48);
EBPF_AT(TaskFdQueryAttr, fd_type, 28);
EBPF_AT(TaskFdQueryAttr, probe_addr, 40);
EBPF_SIZE(IterTarget, 16);
EBPF_AT(IterTarget, cgroup.cgroup_id, 8);
EBPF_AT(IterTarget, task.pid_fd, 8);
EBPF_SIZE(LinkCreateAttr, 64);
EBPF_AT(LinkCreateAttr, words, 16);
EBPF_AT(LinkCreateAttr, iter.iter_info_len, 24);
EBPF_AT(LinkCreateAttr, kprobe_multi.cookies, 40);
EBPF_AT(LinkCreateAttr, tracing.cookie, 24);
EBPF_AT(LinkCreateAttr, netfilter.flags, 28);
EBPF_AT(LinkCreateAttr, tcx.expected_revision, 24);
EBPF_AT(LinkCreateAttr, uprobe_multi.path_fd, 60);
EBPF_AT(LinkCreateAttr, tracing_multi.cnt, 32);
EBPF_SIZE(LinkUpdateAttr, 16);
EBPF_AT(LinkUpdateAttr, old_prog_fd, 12);
EBPF_SIZE(LinkDetachAttr, 4);
EBPF_SIZE(EnableStatsAttr, 4);
EBPF_SIZE(IterCreateAttr, 8);
EBPF_SIZE(ProgBindMapAttr, 12);
EBPF_SIZE(TokenCreateAttr, 8);
EBPF_SIZE(ProgStreamReadAttr, 24);
EBPF_AT(ProgStreamReadAttr, prog_fd, 16);
EBPF_SIZE(ProgAssocStructOpsAttr, 12);
#undef EBPF_SIZE
#undef EBPF_AT

}  // namespace ebpf::sys
