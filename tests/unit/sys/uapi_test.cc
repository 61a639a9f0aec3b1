// The numbers of types.h and uapi.h are those of the system's <linux/bpf.h>, for all that the header of Debian 12
// (Linux 6.1) knows. The compiler does the testing.
#include <linux/bpf.h>

#include <cstdint>

#include "ebpf/sys/types.h"
#include "ebpf/sys/uapi.h"
#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

#define EBPF_SAME(ours, theirs) static_assert(static_cast<std::uint64_t>(ours) == static_cast<std::uint64_t>(theirs))

// MapType
EBPF_SAME(MapType::unspec, BPF_MAP_TYPE_UNSPEC);
EBPF_SAME(MapType::hash, BPF_MAP_TYPE_HASH);
EBPF_SAME(MapType::array, BPF_MAP_TYPE_ARRAY);
EBPF_SAME(MapType::prog_array, BPF_MAP_TYPE_PROG_ARRAY);
EBPF_SAME(MapType::perf_event_array, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
EBPF_SAME(MapType::percpu_hash, BPF_MAP_TYPE_PERCPU_HASH);
EBPF_SAME(MapType::percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY);
EBPF_SAME(MapType::stack_trace, BPF_MAP_TYPE_STACK_TRACE);
EBPF_SAME(MapType::cgroup_array, BPF_MAP_TYPE_CGROUP_ARRAY);
EBPF_SAME(MapType::lru_hash, BPF_MAP_TYPE_LRU_HASH);
EBPF_SAME(MapType::lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH);
EBPF_SAME(MapType::lpm_trie, BPF_MAP_TYPE_LPM_TRIE);
EBPF_SAME(MapType::array_of_maps, BPF_MAP_TYPE_ARRAY_OF_MAPS);
EBPF_SAME(MapType::hash_of_maps, BPF_MAP_TYPE_HASH_OF_MAPS);
EBPF_SAME(MapType::devmap, BPF_MAP_TYPE_DEVMAP);
EBPF_SAME(MapType::sockmap, BPF_MAP_TYPE_SOCKMAP);
EBPF_SAME(MapType::cpumap, BPF_MAP_TYPE_CPUMAP);
EBPF_SAME(MapType::xskmap, BPF_MAP_TYPE_XSKMAP);
EBPF_SAME(MapType::sockhash, BPF_MAP_TYPE_SOCKHASH);
EBPF_SAME(MapType::cgroup_storage, BPF_MAP_TYPE_CGROUP_STORAGE);
EBPF_SAME(MapType::reuseport_sockarray, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
EBPF_SAME(MapType::percpu_cgroup_storage, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
EBPF_SAME(MapType::queue, BPF_MAP_TYPE_QUEUE);
EBPF_SAME(MapType::stack, BPF_MAP_TYPE_STACK);
EBPF_SAME(MapType::sk_storage, BPF_MAP_TYPE_SK_STORAGE);
EBPF_SAME(MapType::devmap_hash, BPF_MAP_TYPE_DEVMAP_HASH);
EBPF_SAME(MapType::struct_ops, BPF_MAP_TYPE_STRUCT_OPS);
EBPF_SAME(MapType::ringbuf, BPF_MAP_TYPE_RINGBUF);
EBPF_SAME(MapType::inode_storage, BPF_MAP_TYPE_INODE_STORAGE);
EBPF_SAME(MapType::task_storage, BPF_MAP_TYPE_TASK_STORAGE);
EBPF_SAME(MapType::bloom_filter, BPF_MAP_TYPE_BLOOM_FILTER);
EBPF_SAME(MapType::user_ringbuf, BPF_MAP_TYPE_USER_RINGBUF);

// ProgramType
EBPF_SAME(ProgramType::unspec, BPF_PROG_TYPE_UNSPEC);
EBPF_SAME(ProgramType::socket_filter, BPF_PROG_TYPE_SOCKET_FILTER);
EBPF_SAME(ProgramType::kprobe, BPF_PROG_TYPE_KPROBE);
EBPF_SAME(ProgramType::sched_cls, BPF_PROG_TYPE_SCHED_CLS);
EBPF_SAME(ProgramType::sched_act, BPF_PROG_TYPE_SCHED_ACT);
EBPF_SAME(ProgramType::tracepoint, BPF_PROG_TYPE_TRACEPOINT);
EBPF_SAME(ProgramType::xdp, BPF_PROG_TYPE_XDP);
EBPF_SAME(ProgramType::perf_event, BPF_PROG_TYPE_PERF_EVENT);
EBPF_SAME(ProgramType::cgroup_skb, BPF_PROG_TYPE_CGROUP_SKB);
EBPF_SAME(ProgramType::cgroup_sock, BPF_PROG_TYPE_CGROUP_SOCK);
EBPF_SAME(ProgramType::lwt_in, BPF_PROG_TYPE_LWT_IN);
EBPF_SAME(ProgramType::lwt_out, BPF_PROG_TYPE_LWT_OUT);
EBPF_SAME(ProgramType::lwt_xmit, BPF_PROG_TYPE_LWT_XMIT);
EBPF_SAME(ProgramType::sock_ops, BPF_PROG_TYPE_SOCK_OPS);
EBPF_SAME(ProgramType::sk_skb, BPF_PROG_TYPE_SK_SKB);
EBPF_SAME(ProgramType::cgroup_device, BPF_PROG_TYPE_CGROUP_DEVICE);
EBPF_SAME(ProgramType::sk_msg, BPF_PROG_TYPE_SK_MSG);
EBPF_SAME(ProgramType::raw_tracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT);
EBPF_SAME(ProgramType::cgroup_sock_addr, BPF_PROG_TYPE_CGROUP_SOCK_ADDR);
EBPF_SAME(ProgramType::lwt_seg6local, BPF_PROG_TYPE_LWT_SEG6LOCAL);
EBPF_SAME(ProgramType::lirc_mode2, BPF_PROG_TYPE_LIRC_MODE2);
EBPF_SAME(ProgramType::sk_reuseport, BPF_PROG_TYPE_SK_REUSEPORT);
EBPF_SAME(ProgramType::flow_dissector, BPF_PROG_TYPE_FLOW_DISSECTOR);
EBPF_SAME(ProgramType::cgroup_sysctl, BPF_PROG_TYPE_CGROUP_SYSCTL);
EBPF_SAME(ProgramType::raw_tracepoint_writable, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE);
EBPF_SAME(ProgramType::cgroup_sockopt, BPF_PROG_TYPE_CGROUP_SOCKOPT);
EBPF_SAME(ProgramType::tracing, BPF_PROG_TYPE_TRACING);
EBPF_SAME(ProgramType::struct_ops, BPF_PROG_TYPE_STRUCT_OPS);
EBPF_SAME(ProgramType::ext, BPF_PROG_TYPE_EXT);
EBPF_SAME(ProgramType::lsm, BPF_PROG_TYPE_LSM);
EBPF_SAME(ProgramType::sk_lookup, BPF_PROG_TYPE_SK_LOOKUP);
EBPF_SAME(ProgramType::syscall, BPF_PROG_TYPE_SYSCALL);

// AttachType
EBPF_SAME(AttachType::cgroup_inet_ingress, BPF_CGROUP_INET_INGRESS);
EBPF_SAME(AttachType::cgroup_inet_egress, BPF_CGROUP_INET_EGRESS);
EBPF_SAME(AttachType::cgroup_inet_sock_create, BPF_CGROUP_INET_SOCK_CREATE);
EBPF_SAME(AttachType::cgroup_sock_ops, BPF_CGROUP_SOCK_OPS);
EBPF_SAME(AttachType::sk_skb_stream_parser, BPF_SK_SKB_STREAM_PARSER);
EBPF_SAME(AttachType::sk_skb_stream_verdict, BPF_SK_SKB_STREAM_VERDICT);
EBPF_SAME(AttachType::cgroup_device, BPF_CGROUP_DEVICE);
EBPF_SAME(AttachType::sk_msg_verdict, BPF_SK_MSG_VERDICT);
EBPF_SAME(AttachType::cgroup_inet4_bind, BPF_CGROUP_INET4_BIND);
EBPF_SAME(AttachType::cgroup_inet6_bind, BPF_CGROUP_INET6_BIND);
EBPF_SAME(AttachType::cgroup_inet4_connect, BPF_CGROUP_INET4_CONNECT);
EBPF_SAME(AttachType::cgroup_inet6_connect, BPF_CGROUP_INET6_CONNECT);
EBPF_SAME(AttachType::cgroup_inet4_post_bind, BPF_CGROUP_INET4_POST_BIND);
EBPF_SAME(AttachType::cgroup_inet6_post_bind, BPF_CGROUP_INET6_POST_BIND);
EBPF_SAME(AttachType::cgroup_udp4_sendmsg, BPF_CGROUP_UDP4_SENDMSG);
EBPF_SAME(AttachType::cgroup_udp6_sendmsg, BPF_CGROUP_UDP6_SENDMSG);
EBPF_SAME(AttachType::lirc_mode2, BPF_LIRC_MODE2);
EBPF_SAME(AttachType::flow_dissector, BPF_FLOW_DISSECTOR);
EBPF_SAME(AttachType::cgroup_sysctl, BPF_CGROUP_SYSCTL);
EBPF_SAME(AttachType::cgroup_udp4_recvmsg, BPF_CGROUP_UDP4_RECVMSG);
EBPF_SAME(AttachType::cgroup_udp6_recvmsg, BPF_CGROUP_UDP6_RECVMSG);
EBPF_SAME(AttachType::cgroup_getsockopt, BPF_CGROUP_GETSOCKOPT);
EBPF_SAME(AttachType::cgroup_setsockopt, BPF_CGROUP_SETSOCKOPT);
EBPF_SAME(AttachType::trace_raw_tp, BPF_TRACE_RAW_TP);
EBPF_SAME(AttachType::trace_fentry, BPF_TRACE_FENTRY);
EBPF_SAME(AttachType::trace_fexit, BPF_TRACE_FEXIT);
EBPF_SAME(AttachType::modify_return, BPF_MODIFY_RETURN);
EBPF_SAME(AttachType::lsm_mac, BPF_LSM_MAC);
EBPF_SAME(AttachType::trace_iter, BPF_TRACE_ITER);
EBPF_SAME(AttachType::cgroup_inet4_getpeername, BPF_CGROUP_INET4_GETPEERNAME);
EBPF_SAME(AttachType::cgroup_inet6_getpeername, BPF_CGROUP_INET6_GETPEERNAME);
EBPF_SAME(AttachType::cgroup_inet4_getsockname, BPF_CGROUP_INET4_GETSOCKNAME);
EBPF_SAME(AttachType::cgroup_inet6_getsockname, BPF_CGROUP_INET6_GETSOCKNAME);
EBPF_SAME(AttachType::xdp_devmap, BPF_XDP_DEVMAP);
EBPF_SAME(AttachType::cgroup_inet_sock_release, BPF_CGROUP_INET_SOCK_RELEASE);
EBPF_SAME(AttachType::xdp_cpumap, BPF_XDP_CPUMAP);
EBPF_SAME(AttachType::sk_lookup, BPF_SK_LOOKUP);
EBPF_SAME(AttachType::xdp, BPF_XDP);
EBPF_SAME(AttachType::sk_skb_verdict, BPF_SK_SKB_VERDICT);
EBPF_SAME(AttachType::sk_reuseport_select, BPF_SK_REUSEPORT_SELECT);
EBPF_SAME(AttachType::sk_reuseport_select_or_migrate, BPF_SK_REUSEPORT_SELECT_OR_MIGRATE);
EBPF_SAME(AttachType::perf_event, BPF_PERF_EVENT);
EBPF_SAME(AttachType::trace_kprobe_multi, BPF_TRACE_KPROBE_MULTI);
EBPF_SAME(AttachType::lsm_cgroup, BPF_LSM_CGROUP);

// LinkType
EBPF_SAME(LinkType::unspec, BPF_LINK_TYPE_UNSPEC);
EBPF_SAME(LinkType::raw_tracepoint, BPF_LINK_TYPE_RAW_TRACEPOINT);
EBPF_SAME(LinkType::tracing, BPF_LINK_TYPE_TRACING);
EBPF_SAME(LinkType::cgroup, BPF_LINK_TYPE_CGROUP);
EBPF_SAME(LinkType::iter, BPF_LINK_TYPE_ITER);
EBPF_SAME(LinkType::netns, BPF_LINK_TYPE_NETNS);
EBPF_SAME(LinkType::xdp, BPF_LINK_TYPE_XDP);
EBPF_SAME(LinkType::perf_event, BPF_LINK_TYPE_PERF_EVENT);
EBPF_SAME(LinkType::kprobe_multi, BPF_LINK_TYPE_KPROBE_MULTI);
EBPF_SAME(LinkType::struct_ops, BPF_LINK_TYPE_STRUCT_OPS);

// Command
EBPF_SAME(Command::map_create, BPF_MAP_CREATE);
EBPF_SAME(Command::map_lookup_elem, BPF_MAP_LOOKUP_ELEM);
EBPF_SAME(Command::map_update_elem, BPF_MAP_UPDATE_ELEM);
EBPF_SAME(Command::map_delete_elem, BPF_MAP_DELETE_ELEM);
EBPF_SAME(Command::map_get_next_key, BPF_MAP_GET_NEXT_KEY);
EBPF_SAME(Command::prog_load, BPF_PROG_LOAD);
EBPF_SAME(Command::obj_pin, BPF_OBJ_PIN);
EBPF_SAME(Command::obj_get, BPF_OBJ_GET);
EBPF_SAME(Command::prog_attach, BPF_PROG_ATTACH);
EBPF_SAME(Command::prog_detach, BPF_PROG_DETACH);
EBPF_SAME(Command::prog_test_run, BPF_PROG_TEST_RUN);
EBPF_SAME(Command::prog_get_next_id, BPF_PROG_GET_NEXT_ID);
EBPF_SAME(Command::map_get_next_id, BPF_MAP_GET_NEXT_ID);
EBPF_SAME(Command::prog_get_fd_by_id, BPF_PROG_GET_FD_BY_ID);
EBPF_SAME(Command::map_get_fd_by_id, BPF_MAP_GET_FD_BY_ID);
EBPF_SAME(Command::obj_get_info_by_fd, BPF_OBJ_GET_INFO_BY_FD);
EBPF_SAME(Command::prog_query, BPF_PROG_QUERY);
EBPF_SAME(Command::raw_tracepoint_open, BPF_RAW_TRACEPOINT_OPEN);
EBPF_SAME(Command::btf_load, BPF_BTF_LOAD);
EBPF_SAME(Command::btf_get_fd_by_id, BPF_BTF_GET_FD_BY_ID);
EBPF_SAME(Command::task_fd_query, BPF_TASK_FD_QUERY);
EBPF_SAME(Command::map_lookup_and_delete_elem, BPF_MAP_LOOKUP_AND_DELETE_ELEM);
EBPF_SAME(Command::map_freeze, BPF_MAP_FREEZE);
EBPF_SAME(Command::btf_get_next_id, BPF_BTF_GET_NEXT_ID);
EBPF_SAME(Command::map_lookup_batch, BPF_MAP_LOOKUP_BATCH);
EBPF_SAME(Command::map_lookup_and_delete_batch, BPF_MAP_LOOKUP_AND_DELETE_BATCH);
EBPF_SAME(Command::map_update_batch, BPF_MAP_UPDATE_BATCH);
EBPF_SAME(Command::map_delete_batch, BPF_MAP_DELETE_BATCH);
EBPF_SAME(Command::link_create, BPF_LINK_CREATE);
EBPF_SAME(Command::link_update, BPF_LINK_UPDATE);
EBPF_SAME(Command::link_get_fd_by_id, BPF_LINK_GET_FD_BY_ID);
EBPF_SAME(Command::link_get_next_id, BPF_LINK_GET_NEXT_ID);
EBPF_SAME(Command::enable_stats, BPF_ENABLE_STATS);
EBPF_SAME(Command::iter_create, BPF_ITER_CREATE);
EBPF_SAME(Command::link_detach, BPF_LINK_DETACH);
EBPF_SAME(Command::prog_bind_map, BPF_PROG_BIND_MAP);

// StatsType
EBPF_SAME(StatsType::run_time, BPF_STATS_RUN_TIME);

// TaskFdType
EBPF_SAME(TaskFdType::raw_tracepoint, BPF_FD_TYPE_RAW_TRACEPOINT);
EBPF_SAME(TaskFdType::tracepoint, BPF_FD_TYPE_TRACEPOINT);
EBPF_SAME(TaskFdType::kprobe, BPF_FD_TYPE_KPROBE);
EBPF_SAME(TaskFdType::kretprobe, BPF_FD_TYPE_KRETPROBE);
EBPF_SAME(TaskFdType::uprobe, BPF_FD_TYPE_UPROBE);
EBPF_SAME(TaskFdType::uretprobe, BPF_FD_TYPE_URETPROBE);

// CgroupIterOrder
EBPF_SAME(CgroupIterOrder::unspec, BPF_CGROUP_ITER_ORDER_UNSPEC);
EBPF_SAME(CgroupIterOrder::self_only, BPF_CGROUP_ITER_SELF_ONLY);
EBPF_SAME(CgroupIterOrder::descendants_pre, BPF_CGROUP_ITER_DESCENDANTS_PRE);
EBPF_SAME(CgroupIterOrder::descendants_post, BPF_CGROUP_ITER_DESCENDANTS_POST);
EBPF_SAME(CgroupIterOrder::ancestors_up, BPF_CGROUP_ITER_ANCESTORS_UP);

// flags
EBPF_SAME(kMapNoPrealloc, BPF_F_NO_PREALLOC);
EBPF_SAME(kMapNoCommonLru, BPF_F_NO_COMMON_LRU);
EBPF_SAME(kMapNumaNode, BPF_F_NUMA_NODE);
EBPF_SAME(kMapReadOnly, BPF_F_RDONLY);
EBPF_SAME(kMapWriteOnly, BPF_F_WRONLY);
EBPF_SAME(kMapStackBuildId, BPF_F_STACK_BUILD_ID);
EBPF_SAME(kMapZeroSeed, BPF_F_ZERO_SEED);
EBPF_SAME(kMapReadOnlyProg, BPF_F_RDONLY_PROG);
EBPF_SAME(kMapWriteOnlyProg, BPF_F_WRONLY_PROG);
EBPF_SAME(kMapClone, BPF_F_CLONE);
EBPF_SAME(kMapMmapable, BPF_F_MMAPABLE);
EBPF_SAME(kMapPreserveElems, BPF_F_PRESERVE_ELEMS);
EBPF_SAME(kMapInnerMap, BPF_F_INNER_MAP);
EBPF_SAME(kElemAny, BPF_ANY);
EBPF_SAME(kElemNoExist, BPF_NOEXIST);
EBPF_SAME(kElemExist, BPF_EXIST);
EBPF_SAME(kElemLock, BPF_F_LOCK);
EBPF_SAME(kProgStrictAlignment, BPF_F_STRICT_ALIGNMENT);
EBPF_SAME(kProgAnyAlignment, BPF_F_ANY_ALIGNMENT);
EBPF_SAME(kProgTestRndHi32, BPF_F_TEST_RND_HI32);
EBPF_SAME(kProgTestStateFreq, BPF_F_TEST_STATE_FREQ);
EBPF_SAME(kProgSleepable, BPF_F_SLEEPABLE);
EBPF_SAME(kProgXdpHasFrags, BPF_F_XDP_HAS_FRAGS);
EBPF_SAME(kAttachAllowOverride, BPF_F_ALLOW_OVERRIDE);
EBPF_SAME(kAttachAllowMulti, BPF_F_ALLOW_MULTI);
EBPF_SAME(kAttachReplace, BPF_F_REPLACE);
EBPF_SAME(kQueryEffective, BPF_F_QUERY_EFFECTIVE);
EBPF_SAME(kTestRunOnCpu, BPF_F_TEST_RUN_ON_CPU);
EBPF_SAME(kTestRunXdpLiveFrames, BPF_F_TEST_XDP_LIVE_FRAMES);
EBPF_SAME(kTestRunSkbChecksumComplete, BPF_F_TEST_SKB_CHECKSUM_COMPLETE);
EBPF_SAME(kKprobeMultiReturn, BPF_F_KPROBE_MULTI_RETURN);
EBPF_SAME(kRingbufBusyBit, BPF_RINGBUF_BUSY_BIT);
EBPF_SAME(kRingbufDiscardBit, BPF_RINGBUF_DISCARD_BIT);
EBPF_SAME(kRingbufHeaderSize, BPF_RINGBUF_HDR_SZ);

static_assert(kObjectNameLength == BPF_OBJ_NAME_LEN);
#undef EBPF_SAME

TEST_CASE("the counts reach past the last value that the header of Linux 6.1 knows") {
  CHECK(kMapTypeCount > BPF_MAP_TYPE_USER_RINGBUF);
  CHECK(kProgramTypeCount > BPF_PROG_TYPE_SYSCALL);
  CHECK(kAttachTypeCount > BPF_LSM_CGROUP);
  CHECK(kLinkTypeCount > BPF_LINK_TYPE_STRUCT_OPS);
  CHECK(kCommandCount > BPF_PROG_BIND_MAP);
}

}  // namespace
}  // namespace ebpf::sys
