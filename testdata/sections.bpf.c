// One tiny program for each section name that SEC() knows, with and without what it may attach to. The object is
// read, never loaded: what a program is for does not matter here, only where it is. In each function's name the
// punctuation of its section is replaced, and what it attaches to is named by its kind. (Without "in_" some would have
// the name of their section, which the compiler does not allow.)
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define PROGRAM(name, section) \
  SEC(section) int in_##name(void* ctx) { return 0; }

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Sockets and their lookup.
PROGRAM(socket, "socket")
PROGRAM(sk_reuseport_migrate, "sk_reuseport/migrate")
PROGRAM(sk_reuseport, "sk_reuseport")
PROGRAM(sk_lookup, "sk_lookup")
PROGRAM(netfilter, "netfilter")

// Kernel and user probes: alone, and with what to attach to.
PROGRAM(kprobe, "kprobe")
PROGRAM(kprobe_func, "kprobe/do_unlinkat")
PROGRAM(kprobe_func_offset, "kprobe/do_unlinkat+0x10")
PROGRAM(kretprobe, "kretprobe")
PROGRAM(kretprobe_func, "kretprobe/do_unlinkat")
PROGRAM(uprobe, "uprobe")
PROGRAM(uprobe_path_func, "uprobe//bin/true:main")
PROGRAM(uprobe_path_func_offset, "uprobe//bin/true:main+8")
PROGRAM(uprobe_s, "uprobe.s//bin/true:main")
PROGRAM(uretprobe, "uretprobe")
PROGRAM(uretprobe_path_func, "uretprobe//bin/true:main")
PROGRAM(uretprobe_s, "uretprobe.s//bin/true:main")
PROGRAM(kprobe_multi, "kprobe.multi")
PROGRAM(kprobe_multi_glob, "kprobe.multi/tcp_*")
PROGRAM(kretprobe_multi_glob, "kretprobe.multi/tcp_?end*")
PROGRAM(kprobe_session_glob, "kprobe.session/tcp_*")
PROGRAM(uprobe_multi, "uprobe.multi")
PROGRAM(uprobe_multi_pattern, "uprobe.multi//bin/true:main*")
PROGRAM(uprobe_multi_s_pattern, "uprobe.multi.s//bin/true:main*")
PROGRAM(uretprobe_multi_pattern, "uretprobe.multi//bin/true:main*")
PROGRAM(uretprobe_multi_s_pattern, "uretprobe.multi.s//bin/true:main*")
PROGRAM(uprobe_session_pattern, "uprobe.session//bin/true:main*")
PROGRAM(uprobe_session_s_pattern, "uprobe.session.s//bin/true:main*")
PROGRAM(ksyscall_name, "ksyscall/unlinkat")
PROGRAM(kretsyscall_name, "kretsyscall/unlinkat")
PROGRAM(usdt_probe, "usdt//bin/true:provider:name")
PROGRAM(usdt_s_probe, "usdt.s//bin/true:provider:name")

// Traffic control.
PROGRAM(tc_ingress, "tc/ingress")
PROGRAM(tc_egress, "tc/egress")
PROGRAM(tcx_ingress, "tcx/ingress")
PROGRAM(tcx_egress, "tcx/egress")
PROGRAM(tc, "tc")
PROGRAM(classifier, "classifier")
PROGRAM(action, "action")
PROGRAM(netkit_primary, "netkit/primary")
PROGRAM(netkit_peer, "netkit/peer")

// Tracepoints.
PROGRAM(tracepoint, "tracepoint")
PROGRAM(tracepoint_event, "tracepoint/sched/sched_switch")
PROGRAM(tracepoint_s_event, "tracepoint.s/sched/sched_switch")
PROGRAM(tp, "tp")
PROGRAM(tp_event, "tp/sched/sched_switch")
PROGRAM(tp_s_event, "tp.s/sched/sched_switch")
PROGRAM(raw_tracepoint, "raw_tracepoint")
PROGRAM(raw_tracepoint_name, "raw_tracepoint/sched_switch")
PROGRAM(raw_tracepoint_s_name, "raw_tracepoint.s/sched_switch")
PROGRAM(raw_tp, "raw_tp")
PROGRAM(raw_tp_name, "raw_tp/sched_switch")
PROGRAM(raw_tp_s_name, "raw_tp.s/sched_switch")
PROGRAM(raw_tracepoint_w_name, "raw_tracepoint.w/sched_switch")
PROGRAM(raw_tp_w_name, "raw_tp.w/sched_switch")
PROGRAM(tp_btf_name, "tp_btf/sched_switch")
PROGRAM(tp_btf_s_name, "tp_btf.s/sched_switch")

// Programs that attach to a function by its BTF.
PROGRAM(fentry_func, "fentry/do_unlinkat")
PROGRAM(fentry_module_func, "fentry/module:function")
PROGRAM(fentry_s_func, "fentry.s/do_unlinkat")
PROGRAM(fexit_func, "fexit/do_unlinkat")
PROGRAM(fexit_s_func, "fexit.s/do_unlinkat")
PROGRAM(fmod_ret_func, "fmod_ret/security_file_open")
PROGRAM(fmod_ret_s_func, "fmod_ret.s/security_file_open")
PROGRAM(fsession_func, "fsession/do_unlinkat")
PROGRAM(fsession_s_func, "fsession.s/do_unlinkat")
PROGRAM(fentry_multi_glob, "fentry.multi/tcp_*")
PROGRAM(fentry_multi_s_glob, "fentry.multi.s/tcp_*")
PROGRAM(fexit_multi_glob, "fexit.multi/tcp_*")
PROGRAM(fexit_multi_s_glob, "fexit.multi.s/tcp_*")
PROGRAM(fsession_multi_glob, "fsession.multi/module:tcp_*")
PROGRAM(fsession_multi_s_glob, "fsession.multi.s/tcp_*")
PROGRAM(freplace_func, "freplace/function")
PROGRAM(lsm_hook, "lsm/file_open")
PROGRAM(lsm_s_hook, "lsm.s/file_open")
PROGRAM(lsm_cgroup_hook, "lsm_cgroup/socket_bind")
PROGRAM(iter_task, "iter/task")
PROGRAM(iter_s_task, "iter.s/task")
PROGRAM(syscall, "syscall")

// XDP.
PROGRAM(xdp, "xdp")
PROGRAM(xdp_devmap, "xdp/devmap")
PROGRAM(xdp_cpumap, "xdp/cpumap")
PROGRAM(xdp_frags, "xdp.frags")
PROGRAM(xdp_frags_devmap, "xdp.frags/devmap")
PROGRAM(xdp_frags_cpumap, "xdp.frags/cpumap")

PROGRAM(perf_event, "perf_event")

// Lightweight tunnels.
PROGRAM(lwt_in, "lwt_in")
PROGRAM(lwt_out, "lwt_out")
PROGRAM(lwt_xmit, "lwt_xmit")
PROGRAM(lwt_seg6local, "lwt_seg6local")

// Sockets in maps, and what else has one hook only.
PROGRAM(sockops, "sockops")
PROGRAM(sk_skb_stream_parser, "sk_skb/stream_parser")
PROGRAM(sk_skb_stream_verdict, "sk_skb/stream_verdict")
PROGRAM(sk_skb_verdict, "sk_skb/verdict")
PROGRAM(sk_skb, "sk_skb")
PROGRAM(sk_msg, "sk_msg")
PROGRAM(lirc_mode2, "lirc_mode2")
PROGRAM(flow_dissector, "flow_dissector")

// Control groups.
PROGRAM(cgroup_skb_ingress, "cgroup_skb/ingress")
PROGRAM(cgroup_skb_egress, "cgroup_skb/egress")
PROGRAM(cgroup_skb, "cgroup/skb")
PROGRAM(cgroup_sock_create, "cgroup/sock_create")
PROGRAM(cgroup_sock_release, "cgroup/sock_release")
PROGRAM(cgroup_sock, "cgroup/sock")
PROGRAM(cgroup_post_bind4, "cgroup/post_bind4")
PROGRAM(cgroup_post_bind6, "cgroup/post_bind6")
PROGRAM(cgroup_bind4, "cgroup/bind4")
PROGRAM(cgroup_bind6, "cgroup/bind6")
PROGRAM(cgroup_connect4, "cgroup/connect4")
PROGRAM(cgroup_connect6, "cgroup/connect6")
PROGRAM(cgroup_connect_unix, "cgroup/connect_unix")
PROGRAM(cgroup_sendmsg4, "cgroup/sendmsg4")
PROGRAM(cgroup_sendmsg6, "cgroup/sendmsg6")
PROGRAM(cgroup_sendmsg_unix, "cgroup/sendmsg_unix")
PROGRAM(cgroup_recvmsg4, "cgroup/recvmsg4")
PROGRAM(cgroup_recvmsg6, "cgroup/recvmsg6")
PROGRAM(cgroup_recvmsg_unix, "cgroup/recvmsg_unix")
PROGRAM(cgroup_getpeername4, "cgroup/getpeername4")
PROGRAM(cgroup_getpeername6, "cgroup/getpeername6")
PROGRAM(cgroup_getpeername_unix, "cgroup/getpeername_unix")
PROGRAM(cgroup_getsockname4, "cgroup/getsockname4")
PROGRAM(cgroup_getsockname6, "cgroup/getsockname6")
PROGRAM(cgroup_getsockname_unix, "cgroup/getsockname_unix")
PROGRAM(cgroup_sysctl, "cgroup/sysctl")
PROGRAM(cgroup_getsockopt, "cgroup/getsockopt")
PROGRAM(cgroup_setsockopt, "cgroup/setsockopt")
PROGRAM(cgroup_dev, "cgroup/dev")

// Members of struct_ops.
PROGRAM(struct_ops, "struct_ops")
PROGRAM(struct_ops_member, "struct_ops/member")
PROGRAM(struct_ops_s_member, "struct_ops.s/member")

// Not loaded unless the caller says so.
PROGRAM(optional_kprobe_func, "?kprobe/do_unlinkat")
PROGRAM(optional_xdp, "?xdp")
PROGRAM(optional_fentry_s_func, "?fentry.s/do_unlinkat")
PROGRAM(optional_tp_event, "?tp/sched/sched_switch")
