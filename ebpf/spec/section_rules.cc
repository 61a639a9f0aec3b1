// The table of section names. A line per name; those that end in a slash below take a target after it.
#include "ebpf/spec/section_rules.h"

namespace ebpf {
namespace {

using P = ProgramType;
using A = AttachType;

constexpr std::nullopt_t kNoAttachType = std::nullopt;
constexpr std::uint8_t kSleepable = 1u << 4;  // BPF_F_SLEEPABLE
constexpr std::uint8_t kFrags = 1u << 5;      // BPF_F_XDP_HAS_FRAGS
constexpr bool kExact = false;
constexpr bool kTarget = true;

// The rows that need no more than type and attach type.
constexpr SectionRule plain(std::string_view name, bool takes_target, P type, std::optional<A> attach = kNoAttachType,
                            std::uint8_t flags = 0) {
  return {name, type, attach, takes_target, flags, false, false};
}
// The attach type came after the program type: kernels between the two refuse it.
constexpr SectionRule optional(std::string_view name, P type, A attach) {
  return {name, type, attach, kExact, 0, true, false};
}
constexpr SectionRule xdp(std::string_view name, A attach, std::uint8_t flags, bool attach_optional) {
  return {name, P::xdp, attach, kExact, flags, attach_optional, false};
}
constexpr SectionRule btf(std::string_view name, P type, std::optional<A> attach, std::uint8_t flags = 0) {
  return {name, type, attach, kTarget, flags, false, true};
}

constexpr SectionRule kRules[] = {
    plain("socket", kExact, P::socket_filter),
    plain("sk_reuseport/migrate", kExact, P::sk_reuseport, A::sk_reuseport_select_or_migrate),
    plain("sk_reuseport", kExact, P::sk_reuseport, A::sk_reuseport_select),

    plain("kprobe", kTarget, P::kprobe),
    plain("kretprobe", kTarget, P::kprobe),
    plain("uprobe", kTarget, P::kprobe),
    plain("uprobe.s", kTarget, P::kprobe, kNoAttachType, kSleepable),
    plain("uretprobe", kTarget, P::kprobe),
    plain("uretprobe.s", kTarget, P::kprobe, kNoAttachType, kSleepable),
    plain("kprobe.multi", kTarget, P::kprobe, A::trace_kprobe_multi),
    plain("kretprobe.multi", kTarget, P::kprobe, A::trace_kprobe_multi),
    plain("kprobe.session", kTarget, P::kprobe, A::trace_kprobe_session),
    plain("uprobe.multi", kTarget, P::kprobe, A::trace_uprobe_multi),
    plain("uretprobe.multi", kTarget, P::kprobe, A::trace_uprobe_multi),
    plain("uprobe.session", kTarget, P::kprobe, A::trace_uprobe_session),
    plain("uprobe.multi.s", kTarget, P::kprobe, A::trace_uprobe_multi, kSleepable),
    plain("uretprobe.multi.s", kTarget, P::kprobe, A::trace_uprobe_multi, kSleepable),
    plain("uprobe.session.s", kTarget, P::kprobe, A::trace_uprobe_session, kSleepable),
    plain("ksyscall", kTarget, P::kprobe),
    plain("kretsyscall", kTarget, P::kprobe),
    plain("usdt", kTarget, P::kprobe),
    plain("usdt.s", kTarget, P::kprobe, kNoAttachType, kSleepable),

    plain("tc/ingress", kExact, P::sched_cls, A::tcx_ingress),
    plain("tc/egress", kExact, P::sched_cls, A::tcx_egress),
    plain("tcx/ingress", kExact, P::sched_cls, A::tcx_ingress),
    plain("tcx/egress", kExact, P::sched_cls, A::tcx_egress),
    plain("tc", kExact, P::sched_cls),
    plain("classifier", kExact, P::sched_cls),
    plain("action", kExact, P::sched_act),
    plain("netkit/primary", kExact, P::sched_cls, A::netkit_primary),
    plain("netkit/peer", kExact, P::sched_cls, A::netkit_peer),

    plain("tracepoint", kTarget, P::tracepoint),
    plain("tracepoint.s", kTarget, P::tracepoint, kNoAttachType, kSleepable),
    plain("tp", kTarget, P::tracepoint),
    plain("tp.s", kTarget, P::tracepoint, kNoAttachType, kSleepable),
    plain("raw_tracepoint", kTarget, P::raw_tracepoint),
    plain("raw_tracepoint.s", kTarget, P::raw_tracepoint, kNoAttachType, kSleepable),
    plain("raw_tp", kTarget, P::raw_tracepoint),
    plain("raw_tp.s", kTarget, P::raw_tracepoint, kNoAttachType, kSleepable),
    plain("raw_tracepoint.w", kTarget, P::raw_tracepoint_writable),
    plain("raw_tp.w", kTarget, P::raw_tracepoint_writable),

    btf("tp_btf", P::tracing, A::trace_raw_tp),
    btf("tp_btf.s", P::tracing, A::trace_raw_tp, kSleepable),
    btf("fentry", P::tracing, A::trace_fentry),
    btf("fentry.s", P::tracing, A::trace_fentry, kSleepable),
    btf("fexit", P::tracing, A::trace_fexit),
    btf("fexit.s", P::tracing, A::trace_fexit, kSleepable),
    btf("fmod_ret", P::tracing, A::modify_return),
    btf("fmod_ret.s", P::tracing, A::modify_return, kSleepable),
    btf("fsession", P::tracing, A::trace_fsession),
    btf("fsession.s", P::tracing, A::trace_fsession, kSleepable),
    plain("fentry.multi", kTarget, P::tracing, A::trace_fentry_multi),
    plain("fentry.multi.s", kTarget, P::tracing, A::trace_fentry_multi, kSleepable),
    plain("fexit.multi", kTarget, P::tracing, A::trace_fexit_multi),
    plain("fexit.multi.s", kTarget, P::tracing, A::trace_fexit_multi, kSleepable),
    plain("fsession.multi", kTarget, P::tracing, A::trace_fsession_multi),
    plain("fsession.multi.s", kTarget, P::tracing, A::trace_fsession_multi, kSleepable),
    btf("freplace", P::ext, kNoAttachType),
    btf("lsm", P::lsm, A::lsm_mac),
    btf("lsm.s", P::lsm, A::lsm_mac, kSleepable),
    btf("lsm_cgroup", P::lsm, A::lsm_cgroup),
    btf("iter", P::tracing, A::trace_iter),
    btf("iter.s", P::tracing, A::trace_iter, kSleepable),
    plain("syscall", kExact, P::syscall, kNoAttachType, kSleepable),

    xdp("xdp.frags/devmap", A::xdp_devmap, kFrags, false),
    xdp("xdp/devmap", A::xdp_devmap, 0, false),
    xdp("xdp.frags/cpumap", A::xdp_cpumap, kFrags, false),
    xdp("xdp/cpumap", A::xdp_cpumap, 0, false),
    xdp("xdp.frags", A::xdp, kFrags, false),
    xdp("xdp", A::xdp, 0, true),

    plain("perf_event", kExact, P::perf_event),
    plain("lwt_in", kExact, P::lwt_in),
    plain("lwt_out", kExact, P::lwt_out),
    plain("lwt_xmit", kExact, P::lwt_xmit),
    plain("lwt_seg6local", kExact, P::lwt_seg6local),

    optional("sockops", P::sock_ops, A::cgroup_sock_ops),
    optional("sk_skb/stream_parser", P::sk_skb, A::sk_skb_stream_parser),
    optional("sk_skb/stream_verdict", P::sk_skb, A::sk_skb_stream_verdict),
    optional("sk_skb/verdict", P::sk_skb, A::sk_skb_verdict),
    plain("sk_skb", kExact, P::sk_skb),
    optional("sk_msg", P::sk_msg, A::sk_msg_verdict),
    optional("lirc_mode2", P::lirc_mode2, A::lirc_mode2),
    optional("flow_dissector", P::flow_dissector, A::flow_dissector),

    optional("cgroup_skb/ingress", P::cgroup_skb, A::cgroup_inet_ingress),
    optional("cgroup_skb/egress", P::cgroup_skb, A::cgroup_inet_egress),
    plain("cgroup/skb", kExact, P::cgroup_skb),
    plain("cgroup/sock_create", kExact, P::cgroup_sock, A::cgroup_inet_sock_create),
    plain("cgroup/sock_release", kExact, P::cgroup_sock, A::cgroup_inet_sock_release),
    optional("cgroup/sock", P::cgroup_sock, A::cgroup_inet_sock_create),
    plain("cgroup/post_bind4", kExact, P::cgroup_sock, A::cgroup_inet4_post_bind),
    plain("cgroup/post_bind6", kExact, P::cgroup_sock, A::cgroup_inet6_post_bind),
    plain("cgroup/bind4", kExact, P::cgroup_sock_addr, A::cgroup_inet4_bind),
    plain("cgroup/bind6", kExact, P::cgroup_sock_addr, A::cgroup_inet6_bind),
    plain("cgroup/connect4", kExact, P::cgroup_sock_addr, A::cgroup_inet4_connect),
    plain("cgroup/connect6", kExact, P::cgroup_sock_addr, A::cgroup_inet6_connect),
    plain("cgroup/connect_unix", kExact, P::cgroup_sock_addr, A::cgroup_unix_connect),
    plain("cgroup/sendmsg4", kExact, P::cgroup_sock_addr, A::cgroup_udp4_sendmsg),
    plain("cgroup/sendmsg6", kExact, P::cgroup_sock_addr, A::cgroup_udp6_sendmsg),
    plain("cgroup/sendmsg_unix", kExact, P::cgroup_sock_addr, A::cgroup_unix_sendmsg),
    plain("cgroup/recvmsg4", kExact, P::cgroup_sock_addr, A::cgroup_udp4_recvmsg),
    plain("cgroup/recvmsg6", kExact, P::cgroup_sock_addr, A::cgroup_udp6_recvmsg),
    plain("cgroup/recvmsg_unix", kExact, P::cgroup_sock_addr, A::cgroup_unix_recvmsg),
    plain("cgroup/getpeername4", kExact, P::cgroup_sock_addr, A::cgroup_inet4_getpeername),
    plain("cgroup/getpeername6", kExact, P::cgroup_sock_addr, A::cgroup_inet6_getpeername),
    plain("cgroup/getpeername_unix", kExact, P::cgroup_sock_addr, A::cgroup_unix_getpeername),
    plain("cgroup/getsockname4", kExact, P::cgroup_sock_addr, A::cgroup_inet4_getsockname),
    plain("cgroup/getsockname6", kExact, P::cgroup_sock_addr, A::cgroup_inet6_getsockname),
    plain("cgroup/getsockname_unix", kExact, P::cgroup_sock_addr, A::cgroup_unix_getsockname),
    plain("cgroup/sysctl", kExact, P::cgroup_sysctl, A::cgroup_sysctl),
    plain("cgroup/getsockopt", kExact, P::cgroup_sockopt, A::cgroup_getsockopt),
    plain("cgroup/setsockopt", kExact, P::cgroup_sockopt, A::cgroup_setsockopt),
    optional("cgroup/dev", P::cgroup_device, A::cgroup_device),

    plain("struct_ops", kTarget, P::struct_ops),
    plain("struct_ops.s", kTarget, P::struct_ops, kNoAttachType, kSleepable),
    plain("sk_lookup", kExact, P::sk_lookup, A::sk_lookup),
    plain("netfilter", kExact, P::netfilter, A::netfilter),
};

}  // namespace

SectionName split_autoload_mark(std::string_view section) {
  if (section.starts_with('?')) return {section.substr(1), false};
  return {section, true};
}

std::span<const SectionRule> section_rules() { return kRules; }

std::optional<SectionMatch> match_section(std::string_view section) {
  for (const SectionRule& rule : kRules) {
    if (!section.starts_with(rule.name)) continue;
    const std::string_view rest = section.substr(rule.name.size());
    if (rest.empty()) return SectionMatch{&rule, {}};
    if (rule.takes_target && rest.starts_with('/')) return SectionMatch{&rule, rest.substr(1)};
  }
  return std::nullopt;
}

}  // namespace ebpf
