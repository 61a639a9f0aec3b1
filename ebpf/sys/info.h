// What BPF_OBJ_GET_INFO_BY_FD fills: one struct per kind of object. Internal.
//
// The layouts are struct bpf_prog_info, bpf_map_info, bpf_btf_info, bpf_link_info and bpf_token_info of <linux/bpf.h>
// up to Linux 7.3, with the kernel's field names, all zero to begin with and without padding that is not a member
// (attr.h says why). Fields that an older kernel does not know stay as the caller left them. A field called the address
// of an array, with a field beside it that counts its elements, is filled where the caller gave room for it; the count
// that comes back is of all that there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "ebpf/sys/types.h"
#include "ebpf/sys/uapi.h"

namespace ebpf::sys {

struct ProgInfo {
  ProgramType type = ProgramType::unspec;
  std::uint32_t id = 0;
  std::uint8_t tag[8] = {};
  std::uint32_t jited_prog_len = 0;
  std::uint32_t xlated_prog_len = 0;
  std::uint64_t jited_prog_insns = 0;
  std::uint64_t xlated_prog_insns = 0;
  std::uint64_t load_time = 0;  // nanoseconds since boot; 4.15, as all to `name`
  std::uint32_t created_by_uid = 0;
  std::uint32_t nr_map_ids = 0;
  std::uint64_t map_ids = 0;
  char name[kObjectNameLength] = {};
  std::uint32_t ifindex = 0;         // 4.16
  std::uint32_t gpl_compatible = 0;  // 4.18; bit 0, the others being the kernel's to use later
  std::uint64_t netns_dev = 0;       // 4.16
  std::uint64_t netns_ino = 0;
  std::uint32_t nr_jited_ksyms = 0;  // 4.18
  std::uint32_t nr_jited_func_lens = 0;
  std::uint64_t jited_ksyms = 0;
  std::uint64_t jited_func_lens = 0;
  std::uint32_t btf_id = 0;  // 5.0
  std::uint32_t func_info_rec_size = 0;
  std::uint64_t func_info = 0;
  std::uint32_t nr_func_info = 0;
  std::uint32_t nr_line_info = 0;
  std::uint64_t line_info = 0;
  std::uint64_t jited_line_info = 0;
  std::uint32_t nr_jited_line_info = 0;
  std::uint32_t line_info_rec_size = 0;
  std::uint32_t jited_line_info_rec_size = 0;
  std::uint32_t nr_prog_tags = 0;
  std::uint64_t prog_tags = 0;
  std::uint64_t run_time_ns = 0;  // 5.1, while statistics are enabled
  std::uint64_t run_cnt = 0;
  std::uint64_t recursion_misses = 0;   // 5.12
  std::uint32_t verified_insns = 0;     // 5.16
  std::uint32_t attach_btf_obj_id = 0;  // 6.0
  std::uint32_t attach_btf_id = 0;      // 6.0
  std::uint32_t tail = 0;
};

struct MapInfo {
  MapType type = MapType::unspec;
  std::uint32_t id = 0;
  std::uint32_t key_size = 0;
  std::uint32_t value_size = 0;
  std::uint32_t max_entries = 0;
  std::uint32_t map_flags = 0;
  char name[kObjectNameLength] = {};            // 4.15
  std::uint32_t ifindex = 0;                    // 4.16
  std::uint32_t btf_vmlinux_value_type_id = 0;  // 5.6
  std::uint64_t netns_dev = 0;
  std::uint64_t netns_ino = 0;
  std::uint32_t btf_id = 0;  // 4.18
  std::uint32_t btf_key_type_id = 0;
  std::uint32_t btf_value_type_id = 0;
  std::uint32_t btf_vmlinux_id = 0;  // 6.9
  std::uint64_t map_extra = 0;       // 5.16
  std::uint64_t hash = 0;            // an address; 6.18
  std::uint32_t hash_size = 0;       // 6.18
  std::uint32_t tail = 0;
};

struct BtfInfo {
  std::uint64_t btf = 0;
  std::uint32_t btf_size = 0;
  std::uint32_t id = 0;
  std::uint64_t name = 0;  // an address; 5.11, as the two below
  std::uint32_t name_len = 0;
  std::uint32_t kernel_btf = 0;
};

struct LinkInfo {
  struct RawTracepoint {
    std::uint64_t tp_name;
    std::uint32_t tp_name_len;
    std::uint32_t pad;
    std::uint64_t cookie;  // by 7.3
  };
  struct Tracing {
    AttachType attach_type;
    std::uint32_t target_obj_id;
    std::uint32_t target_btf_id;
    std::uint32_t pad;
    std::uint64_t cookie;  // by 7.3
  };
  struct Cgroup {
    std::uint64_t cgroup_id;
    AttachType attach_type;
    std::uint32_t pad;
  };
  struct Iter {
    struct OfCgroup {
      std::uint64_t cgroup_id;
      CgroupIterOrder order;
      std::uint32_t pad;
    };
    struct OfTask {
      std::uint32_t tid;
      std::uint32_t pid;
    };
    std::uint64_t target_name;
    std::uint32_t target_name_len;
    std::uint32_t map_id;
    union {
      OfCgroup cgroup;
      OfTask task;
    };
  };
  struct Netns {
    std::uint32_t netns_ino;
    AttachType attach_type;
  };
  struct Xdp {
    std::uint32_t ifindex;
  };
  struct StructOps {
    std::uint32_t map_id;
  };
  struct Netfilter {
    std::uint32_t pf;
    std::uint32_t hooknum;
    std::int32_t priority;
    std::uint32_t flags;
  };
  struct KprobeMulti {
    std::uint64_t addrs;
    std::uint32_t count;
    std::uint32_t flags;
    std::uint64_t missed;   // 6.7
    std::uint64_t cookies;  // 6.9
  };
  struct UprobeMulti {
    std::uint64_t path;
    std::uint64_t offsets;
    std::uint64_t ref_ctr_offsets;
    std::uint64_t cookies;
    std::uint32_t path_size;
    std::uint32_t count;
    std::uint32_t flags;
    std::uint32_t pid;
  };
  struct TracingMulti {
    AttachType attach_type;
    std::uint32_t count;
    std::uint32_t btf_obj_id;
    std::uint32_t pad;
    std::uint64_t ids;
    std::uint64_t addrs;
    std::uint64_t cookies;
  };
  struct PerfEvent {
    struct Uprobe {
      std::uint64_t file_name;
      std::uint32_t name_len;
      std::uint32_t offset;
      std::uint64_t cookie;          // 6.9
      std::uint64_t ref_ctr_offset;  // by 7.3
    };
    struct Kprobe {
      std::uint64_t func_name;
      std::uint32_t name_len;
      std::uint32_t offset;
      std::uint64_t addr;
      std::uint64_t missed;  // 6.7
      std::uint64_t cookie;  // 6.9
    };
    struct Tracepoint {
      std::uint64_t tp_name;
      std::uint32_t name_len;
      std::uint32_t pad;
      std::uint64_t cookie;  // 6.9
    };
    struct Event {
      std::uint64_t config;
      std::uint32_t type;
      std::uint32_t pad;
      std::uint64_t cookie;  // 6.9
    };
    PerfEventType type;
    std::uint32_t pad;
    union {
      Uprobe uprobe;
      Kprobe kprobe;
      Tracepoint tracepoint;
      Event event;
    };
  };
  // tcx and netkit.
  struct Device {
    std::uint32_t ifindex;
    AttachType attach_type;
  };
  struct Sockmap {
    std::uint32_t map_id;
    AttachType attach_type;
  };

  LinkType type = LinkType::unspec;
  std::uint32_t id = 0;
  std::uint32_t prog_id = 0;
  std::uint32_t pad = 0;
  // Which part holds is told by `type`.
  union {
    std::uint64_t words[6] = {};  // first, so that all of the union starts as zero
    RawTracepoint raw_tracepoint;
    Tracing tracing;
    Cgroup cgroup;
    Iter iter;  // 5.10; cgroups and tasks 6.1
    Netns netns;
    Xdp xdp;                     // 5.9
    StructOps struct_ops;        // 6.4
    Netfilter netfilter;         // 6.4
    KprobeMulti kprobe_multi;    // 6.6
    PerfEvent perf_event;        // 6.6
    Device tcx;                  // 6.6
    Device netkit;               // 6.7
    UprobeMulti uprobe_multi;    // 6.8
    Sockmap sockmap;             // 6.10
    TracingMulti tracing_multi;  // by 7.3
  };
};

// What a token allows, as sets of bits: bit n is value n of Command, MapType, ProgramType, AttachType. 6.17.
struct TokenInfo {
  std::uint64_t allowed_cmds = 0;
  std::uint64_t allowed_maps = 0;
  std::uint64_t allowed_progs = 0;
  std::uint64_t allowed_attachs = 0;
};

// The same two checks as in attr.h.
#define EBPF_SIZE(Type, size) static_assert(sizeof(Type) == (size) && std::is_trivially_copyable_v<Type>)
#define EBPF_AT(Type, field, offset) static_assert(offsetof(Type, field) == (offset))
EBPF_SIZE(ProgInfo, 232);
EBPF_AT(ProgInfo, created_by_uid, 48);
EBPF_AT(ProgInfo, netns_dev, 88);
EBPF_AT(ProgInfo, jited_ksyms, 112);
EBPF_AT(ProgInfo, line_info, 152);
EBPF_AT(ProgInfo, prog_tags, 184);
EBPF_AT(ProgInfo, attach_btf_id, 224);
EBPF_SIZE(MapInfo, 104);
EBPF_AT(MapInfo, netns_dev, 48);
EBPF_AT(MapInfo, map_extra, 80);
EBPF_AT(MapInfo, hash_size, 96);
EBPF_SIZE(BtfInfo, 32);
EBPF_AT(BtfInfo, kernel_btf, 28);
EBPF_SIZE(LinkInfo, 64);
EBPF_AT(LinkInfo, words, 16);
EBPF_AT(LinkInfo, raw_tracepoint.cookie, 32);
EBPF_AT(LinkInfo, tracing.cookie, 32);
EBPF_AT(LinkInfo, cgroup.attach_type, 24);
EBPF_AT(LinkInfo, iter.map_id, 28);
EBPF_AT(LinkInfo, iter.cgroup.order, 40);
EBPF_AT(LinkInfo, iter.task.pid, 36);
EBPF_AT(LinkInfo, netns.attach_type, 20);
EBPF_AT(LinkInfo, netfilter.flags, 28);
EBPF_AT(LinkInfo, kprobe_multi.cookies, 40);
EBPF_AT(LinkInfo, uprobe_multi.pid, 60);
EBPF_AT(LinkInfo, tracing_multi.cookies, 48);
EBPF_AT(LinkInfo, perf_event.uprobe.ref_ctr_offset, 48);
EBPF_AT(LinkInfo, perf_event.kprobe.cookie, 56);
EBPF_AT(LinkInfo, perf_event.tracepoint.cookie, 40);
EBPF_AT(LinkInfo, perf_event.event.type, 32);
EBPF_AT(LinkInfo, perf_event.event.cookie, 40);
EBPF_AT(LinkInfo, tcx.attach_type, 20);
EBPF_AT(LinkInfo, sockmap.attach_type, 20);
EBPF_SIZE(TokenInfo, 32);
#undef EBPF_SIZE
#undef EBPF_AT

}  // namespace ebpf::sys
