// What section names stand for. The table is written from libbpf's documented conventions (program types of its SEC()
// names), with the numbers of <linux/bpf.h>'s enumerations, and not from the library's.
#include "ebpf/spec/section_rules.h"

#include <optional>
#include <set>
#include <string>

#include "ebpf/spec/spec.h"
#include "tests/support/test.h"
#include "tests/unit/elf/elf_bytes.h"

namespace ebpf {
namespace {

constexpr std::uint32_t kSleepable = 1u << 4;
constexpr std::uint32_t kFrags = 1u << 5;

struct Expected {
  std::string_view program;  // in sections.bpf.c, without "in_"
  std::string_view section;
  std::uint32_t program_type;  // BPF_PROG_TYPE_*
  std::uint32_t attach_type;   // BPF_*
  std::uint32_t flags;
  std::string_view attach_to;
  bool by_btf = false;
  bool optional = false;
  bool autoload = true;
};

// BPF_PROG_TYPE_*
constexpr std::uint32_t kSocketFilter = 1, kKprobe = 2, kSchedCls = 3, kSchedAct = 4, kTracepoint = 5, kXdp = 6,
                        kPerfEvent = 7, kCgroupSkb = 8, kCgroupSock = 9, kLwtIn = 10, kLwtOut = 11, kLwtXmit = 12,
                        kSockOps = 13, kSkSkb = 14, kCgroupDevice = 15, kSkMsg = 16, kRawTracepoint = 17,
                        kCgroupSockAddr = 18, kLwtSeg6local = 19, kLircMode2 = 20, kSkReuseport = 21,
                        kFlowDissector = 22, kCgroupSysctl = 23, kRawTracepointWritable = 24, kCgroupSockopt = 25,
                        kTracing = 26, kStructOps = 27, kExt = 28, kLsm = 29, kSkLookup = 30, kSyscall = 31,
                        kNetfilter = 32;

constexpr Expected kExpected[] = {
    {"socket", "socket", kSocketFilter, 0, 0, ""},
    {"sk_reuseport_migrate", "sk_reuseport/migrate", kSkReuseport, 40, 0, ""},
    {"sk_reuseport", "sk_reuseport", kSkReuseport, 39, 0, ""},
    {"sk_lookup", "sk_lookup", kSkLookup, 36, 0, ""},
    {"netfilter", "netfilter", kNetfilter, 45, 0, ""},

    {"kprobe", "kprobe", kKprobe, 0, 0, ""},
    {"kprobe_func", "kprobe/do_unlinkat", kKprobe, 0, 0, "do_unlinkat"},
    {"kprobe_func_offset", "kprobe/do_unlinkat+0x10", kKprobe, 0, 0, "do_unlinkat+0x10"},
    {"kretprobe", "kretprobe", kKprobe, 0, 0, ""},
    {"kretprobe_func", "kretprobe/do_unlinkat", kKprobe, 0, 0, "do_unlinkat"},
    {"uprobe", "uprobe", kKprobe, 0, 0, ""},
    {"uprobe_path_func", "uprobe//bin/true:main", kKprobe, 0, 0, "/bin/true:main"},
    {"uprobe_path_func_offset", "uprobe//bin/true:main+8", kKprobe, 0, 0, "/bin/true:main+8"},
    {"uprobe_s", "uprobe.s//bin/true:main", kKprobe, 0, kSleepable, "/bin/true:main"},
    {"uretprobe", "uretprobe", kKprobe, 0, 0, ""},
    {"uretprobe_path_func", "uretprobe//bin/true:main", kKprobe, 0, 0, "/bin/true:main"},
    {"uretprobe_s", "uretprobe.s//bin/true:main", kKprobe, 0, kSleepable, "/bin/true:main"},
    {"kprobe_multi", "kprobe.multi", kKprobe, 42, 0, ""},
    {"kprobe_multi_glob", "kprobe.multi/tcp_*", kKprobe, 42, 0, "tcp_*"},
    {"kretprobe_multi_glob", "kretprobe.multi/tcp_?end*", kKprobe, 42, 0, "tcp_?end*"},
    {"kprobe_session_glob", "kprobe.session/tcp_*", kKprobe, 56, 0, "tcp_*"},
    {"uprobe_multi", "uprobe.multi", kKprobe, 48, 0, ""},
    {"uprobe_multi_pattern", "uprobe.multi//bin/true:main*", kKprobe, 48, 0, "/bin/true:main*"},
    {"uprobe_multi_s_pattern", "uprobe.multi.s//bin/true:main*", kKprobe, 48, kSleepable, "/bin/true:main*"},
    {"uretprobe_multi_pattern", "uretprobe.multi//bin/true:main*", kKprobe, 48, 0, "/bin/true:main*"},
    {"uretprobe_multi_s_pattern", "uretprobe.multi.s//bin/true:main*", kKprobe, 48, kSleepable, "/bin/true:main*"},
    {"uprobe_session_pattern", "uprobe.session//bin/true:main*", kKprobe, 57, 0, "/bin/true:main*"},
    {"uprobe_session_s_pattern", "uprobe.session.s//bin/true:main*", kKprobe, 57, kSleepable, "/bin/true:main*"},
    {"ksyscall_name", "ksyscall/unlinkat", kKprobe, 0, 0, "unlinkat"},
    {"kretsyscall_name", "kretsyscall/unlinkat", kKprobe, 0, 0, "unlinkat"},
    {"usdt_probe", "usdt//bin/true:provider:name", kKprobe, 0, 0, "/bin/true:provider:name"},
    {"usdt_s_probe", "usdt.s//bin/true:provider:name", kKprobe, 0, kSleepable, "/bin/true:provider:name"},

    {"tc_ingress", "tc/ingress", kSchedCls, 46, 0, ""},
    {"tc_egress", "tc/egress", kSchedCls, 47, 0, ""},
    {"tcx_ingress", "tcx/ingress", kSchedCls, 46, 0, ""},
    {"tcx_egress", "tcx/egress", kSchedCls, 47, 0, ""},
    {"tc", "tc", kSchedCls, 0, 0, ""},
    {"classifier", "classifier", kSchedCls, 0, 0, ""},
    {"action", "action", kSchedAct, 0, 0, ""},
    {"netkit_primary", "netkit/primary", kSchedCls, 54, 0, ""},
    {"netkit_peer", "netkit/peer", kSchedCls, 55, 0, ""},

    {"tracepoint", "tracepoint", kTracepoint, 0, 0, ""},
    {"tracepoint_event", "tracepoint/sched/sched_switch", kTracepoint, 0, 0, "sched/sched_switch"},
    {"tracepoint_s_event", "tracepoint.s/sched/sched_switch", kTracepoint, 0, kSleepable, "sched/sched_switch"},
    {"tp", "tp", kTracepoint, 0, 0, ""},
    {"tp_event", "tp/sched/sched_switch", kTracepoint, 0, 0, "sched/sched_switch"},
    {"tp_s_event", "tp.s/sched/sched_switch", kTracepoint, 0, kSleepable, "sched/sched_switch"},
    {"raw_tracepoint", "raw_tracepoint", kRawTracepoint, 0, 0, ""},
    {"raw_tracepoint_name", "raw_tracepoint/sched_switch", kRawTracepoint, 0, 0, "sched_switch"},
    {"raw_tracepoint_s_name", "raw_tracepoint.s/sched_switch", kRawTracepoint, 0, kSleepable, "sched_switch"},
    {"raw_tp", "raw_tp", kRawTracepoint, 0, 0, ""},
    {"raw_tp_name", "raw_tp/sched_switch", kRawTracepoint, 0, 0, "sched_switch"},
    {"raw_tp_s_name", "raw_tp.s/sched_switch", kRawTracepoint, 0, kSleepable, "sched_switch"},
    {"raw_tracepoint_w_name", "raw_tracepoint.w/sched_switch", kRawTracepointWritable, 0, 0, "sched_switch"},
    {"raw_tp_w_name", "raw_tp.w/sched_switch", kRawTracepointWritable, 0, 0, "sched_switch"},
    {"tp_btf_name", "tp_btf/sched_switch", kTracing, 23, 0, "sched_switch", true},
    {"tp_btf_s_name", "tp_btf.s/sched_switch", kTracing, 23, kSleepable, "sched_switch", true},

    {"fentry_func", "fentry/do_unlinkat", kTracing, 24, 0, "do_unlinkat", true},
    {"fentry_module_func", "fentry/module:function", kTracing, 24, 0, "module:function", true},
    {"fentry_s_func", "fentry.s/do_unlinkat", kTracing, 24, kSleepable, "do_unlinkat", true},
    {"fexit_func", "fexit/do_unlinkat", kTracing, 25, 0, "do_unlinkat", true},
    {"fexit_s_func", "fexit.s/do_unlinkat", kTracing, 25, kSleepable, "do_unlinkat", true},
    {"fmod_ret_func", "fmod_ret/security_file_open", kTracing, 26, 0, "security_file_open", true},
    {"fmod_ret_s_func", "fmod_ret.s/security_file_open", kTracing, 26, kSleepable, "security_file_open", true},
    {"fsession_func", "fsession/do_unlinkat", kTracing, 58, 0, "do_unlinkat", true},
    {"fsession_s_func", "fsession.s/do_unlinkat", kTracing, 58, kSleepable, "do_unlinkat", true},
    {"fentry_multi_glob", "fentry.multi/tcp_*", kTracing, 59, 0, "tcp_*"},
    {"fentry_multi_s_glob", "fentry.multi.s/tcp_*", kTracing, 59, kSleepable, "tcp_*"},
    {"fexit_multi_glob", "fexit.multi/tcp_*", kTracing, 60, 0, "tcp_*"},
    {"fexit_multi_s_glob", "fexit.multi.s/tcp_*", kTracing, 60, kSleepable, "tcp_*"},
    {"fsession_multi_glob", "fsession.multi/module:tcp_*", kTracing, 61, 0, "module:tcp_*"},
    {"fsession_multi_s_glob", "fsession.multi.s/tcp_*", kTracing, 61, kSleepable, "tcp_*"},
    {"freplace_func", "freplace/function", kExt, 0, 0, "function", true},
    {"lsm_hook", "lsm/file_open", kLsm, 27, 0, "file_open", true},
    {"lsm_s_hook", "lsm.s/file_open", kLsm, 27, kSleepable, "file_open", true},
    {"lsm_cgroup_hook", "lsm_cgroup/socket_bind", kLsm, 43, 0, "socket_bind", true},
    {"iter_task", "iter/task", kTracing, 28, 0, "task", true},
    {"iter_s_task", "iter.s/task", kTracing, 28, kSleepable, "task", true},
    {"syscall", "syscall", kSyscall, 0, kSleepable, ""},

    {"xdp", "xdp", kXdp, 37, 0, "", false, true},
    {"xdp_devmap", "xdp/devmap", kXdp, 33, 0, ""},
    {"xdp_cpumap", "xdp/cpumap", kXdp, 35, 0, ""},
    {"xdp_frags", "xdp.frags", kXdp, 37, kFrags, ""},
    {"xdp_frags_devmap", "xdp.frags/devmap", kXdp, 33, kFrags, ""},
    {"xdp_frags_cpumap", "xdp.frags/cpumap", kXdp, 35, kFrags, ""},
    {"perf_event", "perf_event", kPerfEvent, 0, 0, ""},
    {"lwt_in", "lwt_in", kLwtIn, 0, 0, ""},
    {"lwt_out", "lwt_out", kLwtOut, 0, 0, ""},
    {"lwt_xmit", "lwt_xmit", kLwtXmit, 0, 0, ""},
    {"lwt_seg6local", "lwt_seg6local", kLwtSeg6local, 0, 0, ""},
    {"sockops", "sockops", kSockOps, 3, 0, "", false, true},
    {"sk_skb_stream_parser", "sk_skb/stream_parser", kSkSkb, 4, 0, "", false, true},
    {"sk_skb_stream_verdict", "sk_skb/stream_verdict", kSkSkb, 5, 0, "", false, true},
    {"sk_skb_verdict", "sk_skb/verdict", kSkSkb, 38, 0, "", false, true},
    {"sk_skb", "sk_skb", kSkSkb, 0, 0, ""},
    {"sk_msg", "sk_msg", kSkMsg, 7, 0, "", false, true},
    {"lirc_mode2", "lirc_mode2", kLircMode2, 16, 0, "", false, true},
    {"flow_dissector", "flow_dissector", kFlowDissector, 17, 0, "", false, true},

    {"cgroup_skb_ingress", "cgroup_skb/ingress", kCgroupSkb, 0, 0, "", false, true},
    {"cgroup_skb_egress", "cgroup_skb/egress", kCgroupSkb, 1, 0, "", false, true},
    {"cgroup_skb", "cgroup/skb", kCgroupSkb, 0, 0, ""},
    {"cgroup_sock_create", "cgroup/sock_create", kCgroupSock, 2, 0, ""},
    {"cgroup_sock_release", "cgroup/sock_release", kCgroupSock, 34, 0, ""},
    {"cgroup_sock", "cgroup/sock", kCgroupSock, 2, 0, "", false, true},
    {"cgroup_post_bind4", "cgroup/post_bind4", kCgroupSock, 12, 0, ""},
    {"cgroup_post_bind6", "cgroup/post_bind6", kCgroupSock, 13, 0, ""},
    {"cgroup_bind4", "cgroup/bind4", kCgroupSockAddr, 8, 0, ""},
    {"cgroup_bind6", "cgroup/bind6", kCgroupSockAddr, 9, 0, ""},
    {"cgroup_connect4", "cgroup/connect4", kCgroupSockAddr, 10, 0, ""},
    {"cgroup_connect6", "cgroup/connect6", kCgroupSockAddr, 11, 0, ""},
    {"cgroup_connect_unix", "cgroup/connect_unix", kCgroupSockAddr, 49, 0, ""},
    {"cgroup_sendmsg4", "cgroup/sendmsg4", kCgroupSockAddr, 14, 0, ""},
    {"cgroup_sendmsg6", "cgroup/sendmsg6", kCgroupSockAddr, 15, 0, ""},
    {"cgroup_sendmsg_unix", "cgroup/sendmsg_unix", kCgroupSockAddr, 50, 0, ""},
    {"cgroup_recvmsg4", "cgroup/recvmsg4", kCgroupSockAddr, 19, 0, ""},
    {"cgroup_recvmsg6", "cgroup/recvmsg6", kCgroupSockAddr, 20, 0, ""},
    {"cgroup_recvmsg_unix", "cgroup/recvmsg_unix", kCgroupSockAddr, 51, 0, ""},
    {"cgroup_getpeername4", "cgroup/getpeername4", kCgroupSockAddr, 29, 0, ""},
    {"cgroup_getpeername6", "cgroup/getpeername6", kCgroupSockAddr, 30, 0, ""},
    {"cgroup_getpeername_unix", "cgroup/getpeername_unix", kCgroupSockAddr, 52, 0, ""},
    {"cgroup_getsockname4", "cgroup/getsockname4", kCgroupSockAddr, 31, 0, ""},
    {"cgroup_getsockname6", "cgroup/getsockname6", kCgroupSockAddr, 32, 0, ""},
    {"cgroup_getsockname_unix", "cgroup/getsockname_unix", kCgroupSockAddr, 53, 0, ""},
    {"cgroup_sysctl", "cgroup/sysctl", kCgroupSysctl, 18, 0, ""},
    {"cgroup_getsockopt", "cgroup/getsockopt", kCgroupSockopt, 21, 0, ""},
    {"cgroup_setsockopt", "cgroup/setsockopt", kCgroupSockopt, 22, 0, ""},
    {"cgroup_dev", "cgroup/dev", kCgroupDevice, 6, 0, "", false, true},

    {"struct_ops", "struct_ops", kStructOps, 0, 0, ""},
    {"struct_ops_member", "struct_ops/member", kStructOps, 0, 0, "member"},
    {"struct_ops_s_member", "struct_ops.s/member", kStructOps, 0, kSleepable, "member"},

    {"optional_kprobe_func", "?kprobe/do_unlinkat", kKprobe, 0, 0, "do_unlinkat", false, false, false},
    {"optional_xdp", "?xdp", kXdp, 37, 0, "", false, true, false},
    {"optional_fentry_s_func", "?fentry.s/do_unlinkat", kTracing, 24, kSleepable, "do_unlinkat", true, false, false},
    {"optional_tp_event", "?tp/sched/sched_switch", kTracepoint, 0, 0, "sched/sched_switch", false, false, false},
};

std::uint32_t attach_number(std::optional<AttachType> type) {
  return static_cast<std::uint32_t>(type.value_or(AttachType{}));
}

TEST_CASE("section rules: every name that SEC() knows") {
  for (const Expected& expected : kExpected) {
    CAPTURE(std::string(expected.section));
    const SectionName name = split_autoload_mark(expected.section);
    CHECK(name.autoload == expected.autoload);
    const auto match = match_section(name.name);
    REQUIRE(match.has_value());
    CHECK(static_cast<std::uint32_t>(match->rule->program_type) == expected.program_type);
    CHECK(attach_number(match->rule->attach_type) == expected.attach_type);
    // Zero is an attach type, too, but of one section's programs only.
    CHECK(match->rule->attach_type.has_value() ==
          (expected.attach_type != 0 || expected.section == "cgroup_skb/ingress"));
    CHECK(match->rule->flags == expected.flags);
    CHECK(match->rule->attach_by_btf == expected.by_btf);
    CHECK(match->rule->attach_type_optional == expected.optional);
    CHECK(match->attach_to == expected.attach_to);
  }
}

TEST_CASE("section rules: the table here has every rule of the library's, and each rule one name") {
  std::set<std::string_view> expected, rules;
  for (const Expected& each : kExpected) {
    const auto match = match_section(split_autoload_mark(each.section).name);
    REQUIRE(match.has_value());
    expected.insert(match->rule->name);
  }
  for (const SectionRule& rule : section_rules()) CHECK_MESSAGE(rules.insert(rule.name).second, rule.name);
  CHECK(expected == rules);
}

TEST_CASE("section rules: the programs of sections.bpf.o, by each compiler and in each byte order") {
  for (const std::string object : {"sections.bpf.o", "sections_clang14.bpf.o", "sections_eb.bpf.o"}) {
    CAPTURE(object);
    const auto spec = CollectionSpec::parse(test::testdata(object), object);
    REQUIRE_MESSAGE(spec.has_value(), spec.error().message());
    CHECK(spec->programs.size() == std::size(kExpected));
    for (const Expected& expected : kExpected) {
      CAPTURE(std::string(expected.section));
      const auto program = spec->program("in_" + std::string(expected.program));
      REQUIRE(program);
      CHECK(program->section == expected.section);
      CHECK(static_cast<std::uint32_t>(program->program_type) == expected.program_type);
      CHECK(attach_number(program->attach_type) == expected.attach_type);
      CHECK(program->flags == expected.flags);
      CHECK(program->attach_by_btf == expected.by_btf);
      CHECK(program->attach_type_optional == expected.optional);
      CHECK(program->attach_to == expected.attach_to);
      CHECK(program->autoload == expected.autoload);
      CHECK(program->code.size() == 2);
    }
  }
}

TEST_CASE("section rules: names that mean nothing") {
  for (const std::string_view name : {"",
                                      "x",
                                      "xd",
                                      "xdpx",
                                      "xdp/",
                                      "xdp/other",
                                      "xdp.fragsx",
                                      "kprob",
                                      "kprobes/f",
                                      "kprobe.s/f",
                                      "kprobe.multi.s/f",
                                      "tc/",
                                      "tc/sideways",
                                      "tcx",
                                      "tcx/",
                                      "netkit",
                                      "netkit/",
                                      "sk_skb/",
                                      "cgroup",
                                      "cgroup/",
                                      "cgroup/bind5",
                                      "cgroup/skb/x",
                                      "socket/x",
                                      "perf_event/x",
                                      "syscall/x",
                                      "lwt_in/x",
                                      "SOCKET",
                                      " socket",
                                      "socket ",
                                      "teapot",
                                      "??xdp",
                                      "classifier/x",
                                      "action/x",
                                      "sk_lookup/x",
                                      "lsm_cgroup.s/x",
                                      "freplace.s/x",
                                      "raw_tp.x/y"}) {
    CAPTURE(std::string(name));
    CHECK(!match_section(name).has_value());
  }
}

TEST_CASE("section rules: an empty target, and the mark of what is not loaded") {
  const auto match = match_section("kprobe/");
  REQUIRE(match.has_value());
  CHECK(match->attach_to.empty());
  CHECK(split_autoload_mark("").autoload);
  CHECK(split_autoload_mark("").name.empty());
  CHECK(!split_autoload_mark("?").autoload);
  CHECK(split_autoload_mark("?").name.empty());
  CHECK(split_autoload_mark("xdp?").name == "xdp?");
}

}  // namespace
}  // namespace ebpf
