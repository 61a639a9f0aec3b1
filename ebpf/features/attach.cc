// Attach types and types of links. Nothing is attached: a call is made that fails, and fails in another way where the
// kernel knows what is asked for. The orders of the kernel's checks are those of bpf_prog_load_check_attach,
// bpf_prog_attach and link_create in kernel/bpf/syscall.c.
#include <algorithm>
#include <cerrno>
#include <iterator>

#include "ebpf/asm/asm.h"
#include "ebpf/base/text.h"
#include "ebpf/features/program_load.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

enum class Method : std::uint8_t {
  load,          // a program with this attach type is loaded; one with a number that no kernel has must then be refused
  attach,        // BPF_PROG_ATTACH of a descriptor that is none: EBADF where the attach type is known
  link,          // BPF_LINK_CREATE with a target that cannot be: `expected` where it is known
  target,        // a program of the type is loaded, bound to a function of the kernel
  egress,        // a program that may read xdp_md::egress_ifindex, as those in a devmap may
  cpumap_value,  // a cpumap takes programs where its values have room for one
  enumerator,    // the kernel's BTF knows the number
};

// What link_create is given for a target.
enum class LinkTarget : std::uint8_t {
  descriptor,   // -1
  interface,    // an interface that is not there
  loopback,     // lo, in a mode that it has not got
  bad_pointer,  // symbols, or a path, at an address that cannot be read
  bad_family,   // a protocol family that is not there
};

struct LinkCall {
  ProgramType type = ProgramType::unspec;
  AttachType attach{};
  LinkTarget target = LinkTarget::descriptor;
  int expected = EBADF;
};

struct AttachProbe {
  std::uint8_t number = 0;
  Method method = Method::load;
  std::uint8_t program = 0;
  Target target = Target::none;
  LinkTarget link_target{};
  Release release{};
  std::int16_t expected = 0;

  consteval AttachProbe(Method how, AttachType attach, Version since, ProgramType type, std::string_view config)
      : number(static_cast<std::uint8_t>(attach)),
        method(how),
        program(static_cast<std::uint8_t>(type)),
        release(since, config) {}
  AttachType attach() const { return AttachType{number}; }
  ProgramType type() const { return ProgramType{program}; }
  LinkCall link() const { return {type(), attach(), link_target, expected}; }
};

constexpr std::string_view kCgroupBpf = "CONFIG_CGROUP_BPF";
constexpr std::string_view kBpfEvents = "CONFIG_BPF_EVENTS";

consteval AttachProbe loaded(AttachType attach, Version since, ProgramType type, std::string_view config) {
  return {Method::load, attach, since, type, config};
}
consteval AttachProbe attached(AttachType attach, Version since, ProgramType type, std::string_view config) {
  return {Method::attach, attach, since, type, config};
}
consteval AttachProbe enumerated(AttachType attach, Version since, ProgramType type, std::string_view config) {
  return {Method::enumerator, attach, since, type, config};
}
consteval AttachProbe targeted(AttachType attach, Version since, ProgramType type, std::string_view config,
                               Target target) {
  AttachProbe out(Method::target, attach, since, type, config);
  out.target = target;
  return out;
}
consteval AttachProbe linked(AttachType attach, Version since, ProgramType type, std::string_view config,
                             LinkTarget target, std::int16_t expected) {
  AttachProbe out(Method::link, attach, since, type, config);
  out.link_target = target;
  out.expected = expected;
  return out;
}

// In the order of the kernel's numbers.
constexpr AttachProbe kAttachTypes[] = {
    loaded(AttachType::cgroup_inet_ingress, {4, 10}, ProgramType::cgroup_skb, kCgroupBpf),
    loaded(AttachType::cgroup_inet_egress, {4, 10}, ProgramType::cgroup_skb, kCgroupBpf),
    loaded(AttachType::cgroup_inet_sock_create, {4, 10}, ProgramType::cgroup_sock, kCgroupBpf),
    attached(AttachType::cgroup_sock_ops, {4, 13}, ProgramType::sock_ops, kCgroupBpf),
    attached(AttachType::sk_skb_stream_parser, {4, 14}, ProgramType::sk_skb, "CONFIG_NET"),
    attached(AttachType::sk_skb_stream_verdict, {4, 14}, ProgramType::sk_skb, "CONFIG_NET"),
    attached(AttachType::cgroup_device, {4, 15}, ProgramType::cgroup_device, kCgroupBpf),
    attached(AttachType::sk_msg_verdict, {4, 17}, ProgramType::sk_msg, "CONFIG_NET"),
    loaded(AttachType::cgroup_inet4_bind, {4, 17}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet6_bind, {4, 17}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet4_connect, {4, 17}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet6_connect, {4, 17}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet4_post_bind, {4, 17}, ProgramType::cgroup_sock, kCgroupBpf),
    loaded(AttachType::cgroup_inet6_post_bind, {4, 17}, ProgramType::cgroup_sock, kCgroupBpf),
    loaded(AttachType::cgroup_udp4_sendmsg, {4, 18}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_udp6_sendmsg, {4, 18}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    attached(AttachType::lirc_mode2, {4, 18}, ProgramType::lirc_mode2, "CONFIG_BPF_LIRC_MODE2"),
    attached(AttachType::flow_dissector, {4, 20}, ProgramType::flow_dissector, "CONFIG_NET"),
    attached(AttachType::cgroup_sysctl, {5, 2}, ProgramType::cgroup_sysctl, kCgroupBpf),
    loaded(AttachType::cgroup_udp4_recvmsg, {5, 2}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_udp6_recvmsg, {5, 2}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_getsockopt, {5, 3}, ProgramType::cgroup_sockopt, kCgroupBpf),
    loaded(AttachType::cgroup_setsockopt, {5, 3}, ProgramType::cgroup_sockopt, kCgroupBpf),
    targeted(AttachType::trace_raw_tp, {5, 5}, ProgramType::tracing, kBpfEvents, Target::btf_trace_sched_switch),
    targeted(AttachType::trace_fentry, {5, 5}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
             Target::vfs_read),
    targeted(AttachType::trace_fexit, {5, 5}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
             Target::vfs_read),
    targeted(AttachType::modify_return, {5, 7}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
             Target::security_file_open),
    targeted(AttachType::lsm_mac, {5, 7}, ProgramType::lsm, "CONFIG_BPF_LSM", Target::bpf_lsm_file_open),
    targeted(AttachType::trace_iter, {5, 8}, ProgramType::tracing, kBpfEvents, Target::bpf_iter_task),
    loaded(AttachType::cgroup_inet4_getpeername, {5, 8}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet6_getpeername, {5, 8}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet4_getsockname, {5, 8}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_inet6_getsockname, {5, 8}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    {Method::egress, AttachType::xdp_devmap, {5, 8}, ProgramType::xdp, "CONFIG_NET"},
    loaded(AttachType::cgroup_inet_sock_release, {5, 9}, ProgramType::cgroup_sock, kCgroupBpf),
    {Method::cpumap_value, AttachType::xdp_cpumap, {5, 9}, ProgramType::xdp, "CONFIG_NET"},
    loaded(AttachType::sk_lookup, {5, 9}, ProgramType::sk_lookup, "CONFIG_INET"),
    linked(AttachType::xdp, {5, 9}, ProgramType::xdp, "CONFIG_NET", LinkTarget::loopback, EOPNOTSUPP),
    attached(AttachType::sk_skb_verdict, {5, 13}, ProgramType::sk_skb, "CONFIG_NET"),
    loaded(AttachType::sk_reuseport_select, {5, 14}, ProgramType::sk_reuseport, "CONFIG_INET"),
    loaded(AttachType::sk_reuseport_select_or_migrate, {5, 14}, ProgramType::sk_reuseport, "CONFIG_INET"),
    linked(AttachType::perf_event, {5, 15}, ProgramType::perf_event, "CONFIG_PERF_EVENTS", LinkTarget::descriptor,
           EBADF),
    linked(AttachType::trace_kprobe_multi, {5, 18}, ProgramType::kprobe, "CONFIG_FPROBE", LinkTarget::bad_pointer,
           EFAULT),
    targeted(AttachType::lsm_cgroup, {6, 0}, ProgramType::lsm, "CONFIG_BPF_LSM", Target::bpf_lsm_socket_bind),
    enumerated(AttachType::struct_ops, {6, 4}, ProgramType::struct_ops, "CONFIG_BPF_JIT"),
    loaded(AttachType::netfilter, {6, 4}, ProgramType::netfilter, "CONFIG_NETFILTER_BPF_LINK"),
    linked(AttachType::tcx_ingress, {6, 6}, ProgramType::sched_cls, "CONFIG_NET_XGRESS", LinkTarget::interface, ENODEV),
    linked(AttachType::tcx_egress, {6, 6}, ProgramType::sched_cls, "CONFIG_NET_XGRESS", LinkTarget::interface, ENODEV),
    linked(AttachType::trace_uprobe_multi, {6, 6}, ProgramType::kprobe, "CONFIG_UPROBES", LinkTarget::bad_pointer,
           EFAULT),
    loaded(AttachType::cgroup_unix_connect, {6, 7}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_unix_sendmsg, {6, 7}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_unix_recvmsg, {6, 7}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_unix_getpeername, {6, 7}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    loaded(AttachType::cgroup_unix_getsockname, {6, 7}, ProgramType::cgroup_sock_addr, kCgroupBpf),
    linked(AttachType::netkit_primary, {6, 7}, ProgramType::sched_cls, "CONFIG_NETKIT", LinkTarget::interface, ENODEV),
    linked(AttachType::netkit_peer, {6, 7}, ProgramType::sched_cls, "CONFIG_NETKIT", LinkTarget::interface, ENODEV),
    linked(AttachType::trace_kprobe_session, {6, 10}, ProgramType::kprobe, "CONFIG_FPROBE", LinkTarget::bad_pointer,
           EFAULT),
    linked(AttachType::trace_uprobe_session, {6, 13}, ProgramType::kprobe, "CONFIG_UPROBES", LinkTarget::bad_pointer,
           EFAULT),
    targeted(AttachType::trace_fsession, {7, 0}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
             Target::vfs_read),
    enumerated(AttachType::trace_fentry_multi, {7, 3}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"),
    enumerated(AttachType::trace_fexit_multi, {7, 3}, ProgramType::tracing, "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"),
    enumerated(AttachType::trace_fsession_multi, {7, 3}, ProgramType::tracing,
               "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS"),
};
static_assert(std::size(kAttachTypes) == kAttachTypeCount);

constexpr bool is_indexed() {
  for (std::uint32_t i = 0; i < std::size(kAttachTypes); ++i)
    if (kAttachTypes[i].number != i) return false;
  return true;
}
static_assert(is_indexed());

// Where the kernel's types tell whether there is such a link: what a process must be able to do to make one.
struct ByEnumerator {
  const char* word = nullptr;
  ProgramType program = ProgramType::unspec;
  sys::Command command = sys::Command::link_create;
};

struct LinkProbe {
  Release release{};
  LinkCall call{};
  ByEnumerator enumerator{};
};

// In the order of the kernel's numbers.
constexpr LinkProbe kLinks[] = {
    {},
    {{{5, 8}, kBpfEvents},
     {},
     {"BPF_LINK_TYPE_RAW_TRACEPOINT", ProgramType::raw_tracepoint, sys::Command::raw_tracepoint_open}},
    {{{5, 8}, "CONFIG_BPF_JIT"},
     {},
     {"BPF_LINK_TYPE_TRACING", ProgramType::tracing, sys::Command::raw_tracepoint_open}},
    {{{5, 7}, kCgroupBpf}, {ProgramType::cgroup_skb, AttachType::cgroup_inet_ingress}},
    {{{5, 8}, kBpfEvents}, {}, {"BPF_LINK_TYPE_ITER", ProgramType::tracing}},
    {{{5, 8}, "CONFIG_NET"}, {ProgramType::flow_dissector, AttachType::flow_dissector}},
    {{{5, 9}, "CONFIG_NET"}, {ProgramType::xdp, AttachType::xdp, LinkTarget::loopback, EOPNOTSUPP}},
    {{{5, 15}, "CONFIG_PERF_EVENTS"}, {ProgramType::perf_event, AttachType::perf_event}},
    {{{5, 18}, "CONFIG_FPROBE"},
     {ProgramType::kprobe, AttachType::trace_kprobe_multi, LinkTarget::bad_pointer, EFAULT}},
    {{{6, 4}, "CONFIG_BPF_JIT"}, {}, {"BPF_STRUCT_OPS", ProgramType::struct_ops}},
    {{{6, 4}, "CONFIG_NETFILTER_BPF_LINK"},
     {ProgramType::netfilter, AttachType::netfilter, LinkTarget::bad_family, EAFNOSUPPORT}},
    {{{6, 6}, "CONFIG_NET_XGRESS"}, {ProgramType::sched_cls, AttachType::tcx_ingress, LinkTarget::interface, ENODEV}},
    {{{6, 6}, "CONFIG_UPROBES"},
     {ProgramType::kprobe, AttachType::trace_uprobe_multi, LinkTarget::bad_pointer, EFAULT}},
    {{{6, 7}, "CONFIG_NETKIT"}, {ProgramType::sched_cls, AttachType::netkit_primary, LinkTarget::interface, ENODEV}},
    {{{6, 10}, "CONFIG_NET"}, {ProgramType::sk_msg, AttachType::sk_msg_verdict}},
    {{{7, 3}, "CONFIG_BPF_JIT"}, {}, {"BPF_LINK_TYPE_TRACING_MULTI", ProgramType::tracing}},
};
static_assert(std::size(kLinks) == kLinkTypeCount);

constexpr auto kNobody = AttachType{0x7fff};
constexpr std::uint32_t kNoInterface = 0x7fffffff;
constexpr std::uint32_t kLoopback = 1;
constexpr std::uint32_t kXdpNativeMode = 1u << 2;  // XDP_FLAGS_DRV_MODE
constexpr std::uint64_t kBadPointer = 8;           // in the page that is never mapped
constexpr std::uint32_t kNoFamily = 250;

void aim(sys::LinkCreateAttr& attr, const LinkCall& call) {
  switch (call.target) {
    case LinkTarget::descriptor:
      attr.target_fd = static_cast<std::uint32_t>(-1);
      break;
    case LinkTarget::interface:
      attr.target_ifindex = kNoInterface;
      break;
    case LinkTarget::loopback:
      attr.target_ifindex = kLoopback;
      attr.flags = kXdpNativeMode;
      break;
    case LinkTarget::bad_family:
      attr.netfilter.pf = kNoFamily;
      break;
    case LinkTarget::bad_pointer:
      const bool is_uprobe =
          call.attach == AttachType::trace_uprobe_multi || call.attach == AttachType::trace_uprobe_session;
      if (is_uprobe) {
        attr.uprobe_multi.path = attr.uprobe_multi.offsets = kBadPointer;
        attr.uprobe_multi.cnt = 1;
      } else {
        attr.kprobe_multi.syms = kBadPointer;
        attr.kprobe_multi.cnt = 1;
      }
      break;
  }
}

Answer try_link(Context& context, const LinkCall& call) {
  // Programs of type cgroup_skb want less to be loaded than to be attached.
  const Need need = call.type == ProgramType::cgroup_skb ? Need::link : need_of(call.type);
  const Outcome program = load_minimal(context, call.type, call.attach);
  if (!program.ok()) {
    const Answer& of_type = ask_program(context, call.type);
    if (of_type.verdict != Verdict::supported && program.os_error != EPERM) return of_type;
    return refused(context, program, need, "BPF_PROG_LOAD with the attach type");
  }
  sys::LinkCreateAttr attr;
  attr.prog_fd = static_cast<std::uint32_t>(program.fd.get());
  attr.attach_type = call.attach;
  aim(attr, call);
  const Outcome link = context.call(sys::Command::link_create, attr);
  if (link.says(call.expected)) return supported();
  return refused(context, link, need, "BPF_LINK_CREATE");
}

Answer try_enumerator(Context& context, Target enumeration, std::string_view enumerator) {
  const auto known = context.has_enumerator(enumeration, enumerator);
  if (!known) return unknown(0, cat("it is told by the kernel's types alone, and: ", context.types_problem()));
  return *known ? supported() : absent(0, cat("the kernel's types have no ", enumerator));
}

std::string enumerator_of(AttachType type) {
  std::string out = "BPF_";
  for (const char c : ebpf::name(type)) out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return out;
}

// Kernels that do not look at the attach type of a program take any.
Answer try_load(Context& context, const AttachProbe& probe) {
  const Outcome outcome = load_minimal(context, probe.type(), probe.attach());
  if (!outcome.ok() && outcome.log.empty()) return refused(context, outcome, need_of(probe.type()), "BPF_PROG_LOAD");
  const Outcome any = load_minimal(context, probe.type(), kNobody);
  if (any.ok() && static_cast<std::uint32_t>(probe.attach()) != 0)
    return absent(0, "this kernel takes such programs with any attach type, and looks at none");
  return supported();
}

Answer try_attach(Context& context, const AttachProbe& probe) {
  sys::ProgAttachAttr attr;
  attr.target_fd = attr.attach_bpf_fd = static_cast<std::uint32_t>(-1);
  attr.attach_type = probe.attach();
  const Outcome outcome = context.call(sys::Command::prog_attach, attr);
  if (outcome.says(EBADF)) return supported();
  return refused(context, outcome, Need::network_program, "BPF_PROG_ATTACH");
}

Answer try_target(Context& context, const AttachProbe& probe) {
  const Shaped shaped = shape(context, {probe.type(), probe.attach(), probe.target});
  if (!shaped.ok) return shaped.problem;
  const Outcome outcome = context.load(shaped.attr, return_zero());
  if (outcome.ok()) return supported();
  Answer answer = refused(context, outcome, need_of(probe.type()), "BPF_PROG_LOAD");
  const std::string_view reason = reason_of(outcome.log);
  if (answer.verdict == Verdict::absent && !reason.empty()) answer.sentence += cat(": ", reason);
  return answer;
}

// xdp_md::egress_ifindex, 20 bytes into the context.
Answer try_egress(Context& context, const AttachProbe& probe) {
  static constexpr auto kCode = insn::assemble(insn::load<std::uint32_t>(insn::r0, insn::r1, 20), insn::exit_());
  sys::ProgLoadAttr attr;
  attr.prog_type = probe.type();
  attr.expected_attach_type = probe.attach();
  const Outcome outcome = context.load(attr, kCode.slots);
  return outcome.ok() ? supported() : refused(context, outcome, need_of(probe.type()), "BPF_PROG_LOAD");
}

Answer try_cpumap(Context& context) {
  sys::MapCreateAttr attr;
  attr.map_type = MapType::cpumap;
  attr.key_size = 4;
  attr.value_size = 8;
  attr.max_entries = 1;
  const Outcome outcome = context.create(attr);
  return outcome.ok() ? supported() : refused(context, outcome, Need::map, "BPF_MAP_CREATE of a cpumap");
}

}  // namespace

const Release* attach_release(std::uint32_t number) {
  return number < std::size(kAttachTypes) ? &kAttachTypes[number].release : nullptr;
}
const Release* link_release(std::uint32_t number) {
  return number < std::size(kLinks) ? &kLinks[number].release : nullptr;
}

Answer probe_attach(Context& context, AttachType type) {
  const AttachProbe& probe = kAttachTypes[static_cast<std::uint32_t>(type)];
  if (probe.method != Method::target) {
    const Answer& of_type = ask_program(context, probe.type());
    if (of_type.verdict != Verdict::supported) return of_type;
  }
  switch (probe.method) {
    case Method::load:
      return try_load(context, probe);
    case Method::attach:
      return try_attach(context, probe);
    case Method::link:
      return try_link(context, probe.link());
    case Method::target:
      return try_target(context, probe);
    case Method::egress:
      return try_egress(context, probe);
    case Method::cpumap_value:
      return try_cpumap(context);
    case Method::enumerator:
      return only_with(context, sys::Command::link_create,
                       try_enumerator(context, Target::bpf_attach_type, enumerator_of(type)));
  }
  return {};
}

Answer probe_link(Context& context, LinkType type) {
  const LinkProbe& probe = kLinks[static_cast<std::uint32_t>(type)];
  const ByEnumerator& by = probe.enumerator;
  if (by.word == nullptr) return try_link(context, probe.call);
  const bool is_struct_ops = type == LinkType::struct_ops;  // its number came with 5.19, the link with 6.4
  const Answer known =
      try_enumerator(context, is_struct_ops ? Target::bpf_attach_type : Target::bpf_link_type, by.word);
  return only_with(ask_program(context, by.program), only_with(context, by.command, known));
}

}  // namespace ebpf::features
