// The names of map, program, attach and link types: four plain tables, each in the order of its enum's values.
#include "ebpf/sys/types.h"

#include <array>
#include <cstddef>

#include "ebpf/base/words.h"

namespace ebpf {
namespace {

template <class Type>
struct Row {
  Type type;
  std::string_view name;
};

// The names, once it is seen that there is a row for every value, the row of value n being the n-th: then a value is
// its own index.
template <class Type, std::size_t n>
consteval std::array<std::string_view, n> in_order(const Row<Type> (&rows)[n]) {
  std::array<std::string_view, n> names;
  for (std::size_t i = 0; i < n; ++i) names.at(static_cast<std::size_t>(rows[i].type) == i ? i : n) = rows[i].name;
  return names;
}

template <class Names, class Type>
std::string_view name_in(const Names& names, Type type) {
  const auto index = static_cast<std::size_t>(type);
  return index < names.size() ? names[index] : std::string_view();
}

template <class Type, class Names>
std::optional<Type> type_in(const Names& names, std::string_view name) {
  const std::size_t index = names.find(name);
  return index < names.size() ? std::optional(static_cast<Type>(index)) : std::nullopt;
}

constexpr auto kMapTypes = words<[] {
  return in_order<MapType>({
      {MapType::unspec, "unspec"},
      {MapType::hash, "hash"},
      {MapType::array, "array"},
      {MapType::prog_array, "prog_array"},
      {MapType::perf_event_array, "perf_event_array"},
      {MapType::percpu_hash, "percpu_hash"},
      {MapType::percpu_array, "percpu_array"},
      {MapType::stack_trace, "stack_trace"},
      {MapType::cgroup_array, "cgroup_array"},
      {MapType::lru_hash, "lru_hash"},
      {MapType::lru_percpu_hash, "lru_percpu_hash"},
      {MapType::lpm_trie, "lpm_trie"},
      {MapType::array_of_maps, "array_of_maps"},
      {MapType::hash_of_maps, "hash_of_maps"},
      {MapType::devmap, "devmap"},
      {MapType::sockmap, "sockmap"},
      {MapType::cpumap, "cpumap"},
      {MapType::xskmap, "xskmap"},
      {MapType::sockhash, "sockhash"},
      {MapType::cgroup_storage, "cgroup_storage"},
      {MapType::reuseport_sockarray, "reuseport_sockarray"},
      {MapType::percpu_cgroup_storage, "percpu_cgroup_storage"},
      {MapType::queue, "queue"},
      {MapType::stack, "stack"},
      {MapType::sk_storage, "sk_storage"},
      {MapType::devmap_hash, "devmap_hash"},
      {MapType::struct_ops, "struct_ops"},
      {MapType::ringbuf, "ringbuf"},
      {MapType::inode_storage, "inode_storage"},
      {MapType::task_storage, "task_storage"},
      {MapType::bloom_filter, "bloom_filter"},
      {MapType::user_ringbuf, "user_ringbuf"},
      {MapType::cgrp_storage, "cgrp_storage"},
      {MapType::arena, "arena"},
      {MapType::insn_array, "insn_array"},
      {MapType::rhash, "rhash"},
  });
}>();
static_assert(kMapTypes.size() == kMapTypeCount);

constexpr auto kProgramTypes = words<[] {
  return in_order<ProgramType>({
      {ProgramType::unspec, "unspec"},
      {ProgramType::socket_filter, "socket_filter"},
      {ProgramType::kprobe, "kprobe"},
      {ProgramType::sched_cls, "sched_cls"},
      {ProgramType::sched_act, "sched_act"},
      {ProgramType::tracepoint, "tracepoint"},
      {ProgramType::xdp, "xdp"},
      {ProgramType::perf_event, "perf_event"},
      {ProgramType::cgroup_skb, "cgroup_skb"},
      {ProgramType::cgroup_sock, "cgroup_sock"},
      {ProgramType::lwt_in, "lwt_in"},
      {ProgramType::lwt_out, "lwt_out"},
      {ProgramType::lwt_xmit, "lwt_xmit"},
      {ProgramType::sock_ops, "sock_ops"},
      {ProgramType::sk_skb, "sk_skb"},
      {ProgramType::cgroup_device, "cgroup_device"},
      {ProgramType::sk_msg, "sk_msg"},
      {ProgramType::raw_tracepoint, "raw_tracepoint"},
      {ProgramType::cgroup_sock_addr, "cgroup_sock_addr"},
      {ProgramType::lwt_seg6local, "lwt_seg6local"},
      {ProgramType::lirc_mode2, "lirc_mode2"},
      {ProgramType::sk_reuseport, "sk_reuseport"},
      {ProgramType::flow_dissector, "flow_dissector"},
      {ProgramType::cgroup_sysctl, "cgroup_sysctl"},
      {ProgramType::raw_tracepoint_writable, "raw_tracepoint_writable"},
      {ProgramType::cgroup_sockopt, "cgroup_sockopt"},
      {ProgramType::tracing, "tracing"},
      {ProgramType::struct_ops, "struct_ops"},
      {ProgramType::ext, "ext"},
      {ProgramType::lsm, "lsm"},
      {ProgramType::sk_lookup, "sk_lookup"},
      {ProgramType::syscall, "syscall"},
      {ProgramType::netfilter, "netfilter"},
  });
}>();
static_assert(kProgramTypes.size() == kProgramTypeCount);

constexpr auto kAttachTypes = words<[] {
  return in_order<AttachType>({
      {AttachType::cgroup_inet_ingress, "cgroup_inet_ingress"},
      {AttachType::cgroup_inet_egress, "cgroup_inet_egress"},
      {AttachType::cgroup_inet_sock_create, "cgroup_inet_sock_create"},
      {AttachType::cgroup_sock_ops, "cgroup_sock_ops"},
      {AttachType::sk_skb_stream_parser, "sk_skb_stream_parser"},
      {AttachType::sk_skb_stream_verdict, "sk_skb_stream_verdict"},
      {AttachType::cgroup_device, "cgroup_device"},
      {AttachType::sk_msg_verdict, "sk_msg_verdict"},
      {AttachType::cgroup_inet4_bind, "cgroup_inet4_bind"},
      {AttachType::cgroup_inet6_bind, "cgroup_inet6_bind"},
      {AttachType::cgroup_inet4_connect, "cgroup_inet4_connect"},
      {AttachType::cgroup_inet6_connect, "cgroup_inet6_connect"},
      {AttachType::cgroup_inet4_post_bind, "cgroup_inet4_post_bind"},
      {AttachType::cgroup_inet6_post_bind, "cgroup_inet6_post_bind"},
      {AttachType::cgroup_udp4_sendmsg, "cgroup_udp4_sendmsg"},
      {AttachType::cgroup_udp6_sendmsg, "cgroup_udp6_sendmsg"},
      {AttachType::lirc_mode2, "lirc_mode2"},
      {AttachType::flow_dissector, "flow_dissector"},
      {AttachType::cgroup_sysctl, "cgroup_sysctl"},
      {AttachType::cgroup_udp4_recvmsg, "cgroup_udp4_recvmsg"},
      {AttachType::cgroup_udp6_recvmsg, "cgroup_udp6_recvmsg"},
      {AttachType::cgroup_getsockopt, "cgroup_getsockopt"},
      {AttachType::cgroup_setsockopt, "cgroup_setsockopt"},
      {AttachType::trace_raw_tp, "trace_raw_tp"},
      {AttachType::trace_fentry, "trace_fentry"},
      {AttachType::trace_fexit, "trace_fexit"},
      {AttachType::modify_return, "modify_return"},
      {AttachType::lsm_mac, "lsm_mac"},
      {AttachType::trace_iter, "trace_iter"},
      {AttachType::cgroup_inet4_getpeername, "cgroup_inet4_getpeername"},
      {AttachType::cgroup_inet6_getpeername, "cgroup_inet6_getpeername"},
      {AttachType::cgroup_inet4_getsockname, "cgroup_inet4_getsockname"},
      {AttachType::cgroup_inet6_getsockname, "cgroup_inet6_getsockname"},
      {AttachType::xdp_devmap, "xdp_devmap"},
      {AttachType::cgroup_inet_sock_release, "cgroup_inet_sock_release"},
      {AttachType::xdp_cpumap, "xdp_cpumap"},
      {AttachType::sk_lookup, "sk_lookup"},
      {AttachType::xdp, "xdp"},
      {AttachType::sk_skb_verdict, "sk_skb_verdict"},
      {AttachType::sk_reuseport_select, "sk_reuseport_select"},
      {AttachType::sk_reuseport_select_or_migrate, "sk_reuseport_select_or_migrate"},
      {AttachType::perf_event, "perf_event"},
      {AttachType::trace_kprobe_multi, "trace_kprobe_multi"},
      {AttachType::lsm_cgroup, "lsm_cgroup"},
      {AttachType::struct_ops, "struct_ops"},
      {AttachType::netfilter, "netfilter"},
      {AttachType::tcx_ingress, "tcx_ingress"},
      {AttachType::tcx_egress, "tcx_egress"},
      {AttachType::trace_uprobe_multi, "trace_uprobe_multi"},
      {AttachType::cgroup_unix_connect, "cgroup_unix_connect"},
      {AttachType::cgroup_unix_sendmsg, "cgroup_unix_sendmsg"},
      {AttachType::cgroup_unix_recvmsg, "cgroup_unix_recvmsg"},
      {AttachType::cgroup_unix_getpeername, "cgroup_unix_getpeername"},
      {AttachType::cgroup_unix_getsockname, "cgroup_unix_getsockname"},
      {AttachType::netkit_primary, "netkit_primary"},
      {AttachType::netkit_peer, "netkit_peer"},
      {AttachType::trace_kprobe_session, "trace_kprobe_session"},
      {AttachType::trace_uprobe_session, "trace_uprobe_session"},
      {AttachType::trace_fsession, "trace_fsession"},
      {AttachType::trace_fentry_multi, "trace_fentry_multi"},
      {AttachType::trace_fexit_multi, "trace_fexit_multi"},
      {AttachType::trace_fsession_multi, "trace_fsession_multi"},
  });
}>();
static_assert(kAttachTypes.size() == kAttachTypeCount);

constexpr auto kLinkTypes = words<[] {
  return in_order<LinkType>({
      {LinkType::unspec, "unspec"},
      {LinkType::raw_tracepoint, "raw_tracepoint"},
      {LinkType::tracing, "tracing"},
      {LinkType::cgroup, "cgroup"},
      {LinkType::iter, "iter"},
      {LinkType::netns, "netns"},
      {LinkType::xdp, "xdp"},
      {LinkType::perf_event, "perf_event"},
      {LinkType::kprobe_multi, "kprobe_multi"},
      {LinkType::struct_ops, "struct_ops"},
      {LinkType::netfilter, "netfilter"},
      {LinkType::tcx, "tcx"},
      {LinkType::uprobe_multi, "uprobe_multi"},
      {LinkType::netkit, "netkit"},
      {LinkType::sockmap, "sockmap"},
      {LinkType::tracing_multi, "tracing_multi"},
  });
}>();
static_assert(kLinkTypes.size() == kLinkTypeCount);

}  // namespace

std::string_view name(MapType type) { return name_in(kMapTypes, type); }
std::string_view name(ProgramType type) { return name_in(kProgramTypes, type); }
std::string_view name(AttachType type) { return name_in(kAttachTypes, type); }
std::string_view name(LinkType type) { return name_in(kLinkTypes, type); }

std::optional<MapType> map_type_by_name(std::string_view name) { return type_in<MapType>(kMapTypes, name); }
std::optional<ProgramType> program_type_by_name(std::string_view name) {
  return type_in<ProgramType>(kProgramTypes, name);
}
std::optional<AttachType> attach_type_by_name(std::string_view name) { return type_in<AttachType>(kAttachTypes, name); }
std::optional<LinkType> link_type_by_name(std::string_view name) { return type_in<LinkType>(kLinkTypes, name); }

}  // namespace ebpf
