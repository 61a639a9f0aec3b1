// The kinds of maps, programs, attachments and links. Users see them.
//
// The values are the kernel's (enum bpf_map_type, bpf_prog_type, bpf_attach_type and bpf_link_type of <linux/bpf.h>),
// up to Linux 7.3; the first Linux with a value stands beside it. A number that a newer kernel hands out is still a
// valid value of the enum: it has no name here, and name() answers with an empty text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ebpf {

enum class MapType : std::uint32_t {
  unspec = 0,
  hash = 1,                    // 3.19
  array = 2,                   // 3.19
  prog_array = 3,              // 4.2
  perf_event_array = 4,        // 4.3
  percpu_hash = 5,             // 4.6
  percpu_array = 6,            // 4.6
  stack_trace = 7,             // 4.6
  cgroup_array = 8,            // 4.8
  lru_hash = 9,                // 4.10
  lru_percpu_hash = 10,        // 4.10
  lpm_trie = 11,               // 4.11
  array_of_maps = 12,          // 4.12
  hash_of_maps = 13,           // 4.12
  devmap = 14,                 // 4.14
  sockmap = 15,                // 4.14
  cpumap = 16,                 // 4.15
  xskmap = 17,                 // 4.18
  sockhash = 18,               // 4.18
  cgroup_storage = 19,         // 4.19; the kernel deprecates it in favour of cgrp_storage
  reuseport_sockarray = 20,    // 4.19
  percpu_cgroup_storage = 21,  // 4.20; deprecated likewise
  queue = 22,                  // 4.20
  stack = 23,                  // 4.20
  sk_storage = 24,             // 5.2
  devmap_hash = 25,            // 5.4
  struct_ops = 26,             // 5.6
  ringbuf = 27,                // 5.8
  inode_storage = 28,          // 5.10
  task_storage = 29,           // 5.11
  bloom_filter = 30,           // 5.16
  user_ringbuf = 31,           // 6.1
  cgrp_storage = 32,           // 6.2
  arena = 33,                  // 6.9
  insn_array = 34,             // 6.19
  rhash = 35,                  // by 7.3
};

enum class ProgramType : std::uint32_t {
  unspec = 0,
  socket_filter = 1,             // 3.19
  kprobe = 2,                    // 4.1; also uprobes
  sched_cls = 3,                 // 4.1
  sched_act = 4,                 // 4.1
  tracepoint = 5,                // 4.7
  xdp = 6,                       // 4.8
  perf_event = 7,                // 4.9
  cgroup_skb = 8,                // 4.10
  cgroup_sock = 9,               // 4.10
  lwt_in = 10,                   // 4.10
  lwt_out = 11,                  // 4.10
  lwt_xmit = 12,                 // 4.10
  sock_ops = 13,                 // 4.13
  sk_skb = 14,                   // 4.14
  cgroup_device = 15,            // 4.15
  sk_msg = 16,                   // 4.17
  raw_tracepoint = 17,           // 4.17
  cgroup_sock_addr = 18,         // 4.17
  lwt_seg6local = 19,            // 4.18
  lirc_mode2 = 20,               // 4.18
  sk_reuseport = 21,             // 4.19
  flow_dissector = 22,           // 4.20
  cgroup_sysctl = 23,            // 5.2
  raw_tracepoint_writable = 24,  // 5.2
  cgroup_sockopt = 25,           // 5.3
  tracing = 26,                  // 5.5
  struct_ops = 27,               // 5.6
  ext = 28,                      // 5.6
  lsm = 29,                      // 5.7
  sk_lookup = 30,                // 5.9
  syscall = 31,                  // 5.14
  netfilter = 32,                // 6.4
};

// The kernel has no "unspecified" attach type: zero is cgroup_inet_ingress, and also what a program carries for which
// the attach type does not matter.
enum class AttachType : std::uint32_t {
  cgroup_inet_ingress = 0,              // 4.10
  cgroup_inet_egress = 1,               // 4.10
  cgroup_inet_sock_create = 2,          // 4.10
  cgroup_sock_ops = 3,                  // 4.13
  sk_skb_stream_parser = 4,             // 4.14
  sk_skb_stream_verdict = 5,            // 4.14
  cgroup_device = 6,                    // 4.15
  sk_msg_verdict = 7,                   // 4.17
  cgroup_inet4_bind = 8,                // 4.17
  cgroup_inet6_bind = 9,                // 4.17
  cgroup_inet4_connect = 10,            // 4.17
  cgroup_inet6_connect = 11,            // 4.17
  cgroup_inet4_post_bind = 12,          // 4.17
  cgroup_inet6_post_bind = 13,          // 4.17
  cgroup_udp4_sendmsg = 14,             // 4.18
  cgroup_udp6_sendmsg = 15,             // 4.18
  lirc_mode2 = 16,                      // 4.18
  flow_dissector = 17,                  // 4.20
  cgroup_sysctl = 18,                   // 5.2
  cgroup_udp4_recvmsg = 19,             // 5.2
  cgroup_udp6_recvmsg = 20,             // 5.2
  cgroup_getsockopt = 21,               // 5.3
  cgroup_setsockopt = 22,               // 5.3
  trace_raw_tp = 23,                    // 5.5
  trace_fentry = 24,                    // 5.5
  trace_fexit = 25,                     // 5.5
  modify_return = 26,                   // 5.7
  lsm_mac = 27,                         // 5.7
  trace_iter = 28,                      // 5.8
  cgroup_inet4_getpeername = 29,        // 5.8
  cgroup_inet6_getpeername = 30,        // 5.8
  cgroup_inet4_getsockname = 31,        // 5.8
  cgroup_inet6_getsockname = 32,        // 5.8
  xdp_devmap = 33,                      // 5.8
  cgroup_inet_sock_release = 34,        // 5.9
  xdp_cpumap = 35,                      // 5.9
  sk_lookup = 36,                       // 5.9
  xdp = 37,                             // 5.9
  sk_skb_verdict = 38,                  // 5.13
  sk_reuseport_select = 39,             // 5.14
  sk_reuseport_select_or_migrate = 40,  // 5.14
  perf_event = 41,                      // 5.15
  trace_kprobe_multi = 42,              // 5.18
  lsm_cgroup = 43,                      // 6.0
  struct_ops = 44,                      // 6.4
  netfilter = 45,                       // 6.4
  tcx_ingress = 46,                     // 6.6
  tcx_egress = 47,                      // 6.6
  trace_uprobe_multi = 48,              // 6.6
  cgroup_unix_connect = 49,             // 6.7
  cgroup_unix_sendmsg = 50,             // 6.7
  cgroup_unix_recvmsg = 51,             // 6.7
  cgroup_unix_getpeername = 52,         // 6.7
  cgroup_unix_getsockname = 53,         // 6.7
  netkit_primary = 54,                  // 6.7
  netkit_peer = 55,                     // 6.7
  trace_kprobe_session = 56,            // 6.10
  trace_uprobe_session = 57,            // 6.13
  trace_fsession = 58,                  // by 7.3
  trace_fentry_multi = 59,              // by 7.3
  trace_fexit_multi = 60,               // by 7.3
  trace_fsession_multi = 61,            // by 7.3
};

enum class LinkType : std::uint32_t {
  unspec = 0,
  raw_tracepoint = 1,  // 5.8
  tracing = 2,         // 5.8
  cgroup = 3,          // 5.8
  iter = 4,            // 5.8
  netns = 5,           // 5.8
  xdp = 6,             // 5.9
  perf_event = 7,      // 5.15
  kprobe_multi = 8,    // 5.18
  struct_ops = 9,      // 5.19
  netfilter = 10,      // 6.4
  tcx = 11,            // 6.6
  uprobe_multi = 12,   // 6.6
  netkit = 13,         // 6.7
  sockmap = 14,        // 6.10
  tracing_multi = 15,  // by 7.3
};

// How many values each enum has; they run from zero without a gap.
inline constexpr std::uint32_t kMapTypeCount = 36;
inline constexpr std::uint32_t kProgramTypeCount = 33;
inline constexpr std::uint32_t kAttachTypeCount = 62;
inline constexpr std::uint32_t kLinkTypeCount = 16;

// The kernel's word in lower case and without its prefix: "percpu_hash", "sk_skb", "cgroup_inet_ingress", which is also
// the enumerator's spelling here. Empty for a value that this library does not know. The text lives for ever.
std::string_view name(MapType type);
std::string_view name(ProgramType type);
std::string_view name(AttachType type);
std::string_view name(LinkType type);

// The reverse; nothing for any other text. Case matters.
std::optional<MapType> map_type_by_name(std::string_view name);
std::optional<ProgramType> program_type_by_name(std::string_view name);
std::optional<AttachType> attach_type_by_name(std::string_view name);
std::optional<LinkType> link_type_by_name(std::string_view name);

}  // namespace ebpf
