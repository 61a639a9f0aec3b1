// Types of programs: `r0 = 0; exit` of each. Those that are bound to something of the kernel at load time (tracing,
// LSM, struct_ops, extensions) are tried with several targets, since no function is in every kernel, and a kernel may
// refuse one way of tracing and take another.
#include "ebpf/features/program_load.h"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "ebpf/asm/asm.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/blob.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

// In the order of the kernel's numbers.
constexpr Release kTypes[] = {
    {},
    {{3, 19}, "CONFIG_NET"},             // socket_filter
    {{4, 1}, "CONFIG_BPF_EVENTS"},       // kprobe; it needs no kprobes to be loaded
    {{4, 1}, "CONFIG_NET"},              // sched_cls
    {{4, 1}, "CONFIG_NET"},              // sched_act
    {{4, 7}, "CONFIG_BPF_EVENTS"},       // tracepoint
    {{4, 8}, "CONFIG_NET"},              // xdp
    {{4, 9}, "CONFIG_BPF_EVENTS"},       // perf_event
    {{4, 10}, "CONFIG_CGROUP_BPF"},      // cgroup_skb; CONFIG_NET alone, but of no use then
    {{4, 10}, "CONFIG_CGROUP_BPF"},      // cgroup_sock
    {{4, 10}, "CONFIG_NET"},             // lwt_in
    {{4, 10}, "CONFIG_NET"},             // lwt_out
    {{4, 10}, "CONFIG_NET"},             // lwt_xmit
    {{4, 13}, "CONFIG_NET"},             // sock_ops
    {{4, 14}, "CONFIG_NET"},             // sk_skb
    {{4, 15}, "CONFIG_CGROUP_BPF"},      // cgroup_device
    {{4, 17}, "CONFIG_NET"},             // sk_msg
    {{4, 17}, "CONFIG_BPF_EVENTS"},      // raw_tracepoint
    {{4, 17}, "CONFIG_CGROUP_BPF"},      // cgroup_sock_addr
    {{4, 18}, "CONFIG_NET"},             // lwt_seg6local
    {{4, 18}, "CONFIG_BPF_LIRC_MODE2"},  // lirc_mode2
    {{4, 19}, "CONFIG_INET"},            // sk_reuseport
    {{4, 20}, "CONFIG_NET"},             // flow_dissector
    {{5, 2}, "CONFIG_CGROUP_BPF"},       // cgroup_sysctl
    {{5, 2}, "CONFIG_BPF_EVENTS"},       // raw_tracepoint_writable
    {{5, 3}, "CONFIG_CGROUP_BPF"},       // cgroup_sockopt
    {{5, 5}, "CONFIG_DEBUG_INFO_BTF"},   // tracing
    {{5, 6}, "CONFIG_BPF_JIT"},          // struct_ops
    {{5, 6}, "CONFIG_BPF_JIT"},          // ext
    {{5, 7}, "CONFIG_BPF_LSM"},          // lsm
    {{5, 9}, "CONFIG_INET"},             // sk_lookup
    {{5, 14}},                           // syscall
    {{6, 4}, "CONFIG_NETFILTER_BPF_LINK"},
};
static_assert(std::size(kTypes) == kProgramTypeCount);

// A type that is not here has no target, the attach type 0 and no flags. Of those that are here several times the first
// one that this kernel takes is meant.
constexpr ProgramShape kShapes[] = {
    {ProgramType::cgroup_sock, AttachType::cgroup_inet_sock_create},
    {ProgramType::cgroup_sock_addr, AttachType::cgroup_inet4_connect},
    {ProgramType::cgroup_sockopt, AttachType::cgroup_getsockopt},
    {ProgramType::cgroup_device, AttachType::cgroup_device},
    {ProgramType::cgroup_sysctl, AttachType::cgroup_sysctl},
    {ProgramType::sock_ops, AttachType::cgroup_sock_ops},
    {ProgramType::sk_msg, AttachType::sk_msg_verdict},
    {ProgramType::lirc_mode2, AttachType::lirc_mode2},
    {ProgramType::flow_dissector, AttachType::flow_dissector},
    {ProgramType::sk_lookup, AttachType::sk_lookup},
    {ProgramType::netfilter, AttachType::netfilter},
    {ProgramType::syscall, {}, Target::none, sys::kProgSleepable},
    {ProgramType::tracing, AttachType::trace_fentry, Target::bpf_fentry_test1},
    {ProgramType::tracing, AttachType::trace_fentry, Target::vfs_read},
    // With every program on a tracepoint's types the kernel searches its own for a name, so that one comes last.
    {ProgramType::tracing, AttachType::trace_iter, Target::bpf_iter_task},
    {ProgramType::tracing, AttachType::trace_raw_tp, Target::btf_trace_sched_switch},
    {ProgramType::lsm, AttachType::lsm_mac, Target::bpf_lsm_file_open},
    {ProgramType::struct_ops, {}, Target::tcp_congestion_ops},
};

constexpr auto kReturnZero = insn::assemble(insn::mov(insn::r0, 0), insn::exit_());

// The member of a tcp_congestion_ops that programs stand for: any that the kernel lets be replaced.
std::uint32_t congestion_member(Context& context, btf::TypeId type) {
  const auto structure = context.types()->type(type);
  if (!structure) return 0;
  for (std::uint32_t i = 0; i < structure->vlen(); ++i)
    if (structure->member(i).name == "ssthresh") return i;
  return 0;
}

// Without a type to implement, ENOTSUPP is what the kernel says where it has the type of program and EINVAL otherwise.
Answer struct_ops_without_target(Context& context) {
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::struct_ops;
  const Outcome outcome = context.load(attr, kReturnZero.slots);
  if (outcome.ok() || outcome.says(kEnotsupp) || !outcome.log.empty()) return supported();
  return refused(context, outcome, Need::program, "BPF_PROG_LOAD");
}

Answer probe_ext(Context& context) {
  const Outcome types = context.load_btf(btf::kGlobalFunctionBlob);
  if (!types.ok()) return refused(context, types, Need::ext, "BPF_BTF_LOAD of a global function");
  const Outcome target = load_replaceable(context, types);
  if (!target.ok()) return refused(context, target, Need::ext, "BPF_PROG_LOAD of the program to extend");
  static constexpr std::uint32_t kInfo[] = {0, btf::kCallbackType};
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::ext;
  attr.prog_btf_fd = static_cast<std::uint32_t>(types.fd.get());
  attr.func_info = sys::to_u64(kInfo);
  attr.func_info_cnt = 1;
  attr.func_info_rec_size = 8;
  attr.attach_btf_id = btf::kCallbackType;
  attr.attach_prog_fd = static_cast<std::uint32_t>(target.fd.get());
  const Outcome outcome = context.load(attr, kReturnZero.slots);
  // A verifier that refuses this program has come to look at it.
  if (outcome.ok() || !outcome.log.empty()) return supported();
  return refused(context, outcome, Need::ext, "BPF_PROG_LOAD");
}

// Without types of the kernel the verifier still says whether it knows the type of program.
Answer without_target(Context& context, ProgramType type) {
  if (type == ProgramType::struct_ops) return struct_ops_without_target(context);
  sys::ProgLoadAttr attr;
  attr.prog_type = type;
  attr.expected_attach_type = type == ProgramType::lsm ? AttachType::lsm_mac : AttachType::trace_fentry;
  attr.attach_btf_id = 1;
  const Outcome outcome = context.load(attr, kReturnZero.slots);
  if (!outcome.log.empty() && outcome.os_error != EPERM) {
    Answer out = supported();
    out.sentence = cat("but nothing to attach to is known: ", context.types_problem());
    return out;
  }
  return refused(context, outcome, need_of(type), "BPF_PROG_LOAD");
}

Answer try_shape(Context& context, const ProgramShape& program) {
  const Shaped shaped = shape(context, program);
  if (!shaped.ok) return shaped.problem;
  Outcome outcome = context.load(shaped.attr, kReturnZero.slots);
  if (outcome.ok()) return supported();
  // Some attach types want another value returned; that is the verifier talking about a program of a type that it
  // knows.
  const Answer answer = refused(context, outcome, need_of(program.type), "BPF_PROG_LOAD");
  return outcome.log.empty() || outcome.os_error == EPERM ? answer : supported();
}

}  // namespace

const Release* program_release(std::uint32_t number) { return number < std::size(kTypes) ? &kTypes[number] : nullptr; }

std::span<const insn::Slot> return_zero() { return kReturnZero.slots; }

std::string_view reason_of(std::string_view log) {
  constexpr std::string_view kStatistics[] = {"processed ", "verification time ", "stack depth "};
  while (!log.empty()) {
    const std::string_view line = log.substr(0, log.find('\n'));
    if (std::ranges::none_of(kStatistics, [&](std::string_view start) { return line.starts_with(start); })) return line;
    log.remove_prefix(std::min(log.size(), line.size() + 1));
  }
  return {};
}

Need need_of(ProgramType type) {
  switch (type) {
    case ProgramType::kprobe:
    case ProgramType::tracepoint:
    case ProgramType::perf_event:
    case ProgramType::raw_tracepoint:
    case ProgramType::raw_tracepoint_writable:
    case ProgramType::tracing:
    case ProgramType::lsm:
    case ProgramType::struct_ops:
      return Need::tracing_program;
    case ProgramType::ext:
      return Need::ext;
    case ProgramType::socket_filter:
    case ProgramType::cgroup_skb:  // attaching one is another matter
    case ProgramType::sk_reuseport:
    case ProgramType::sk_lookup:
    case ProgramType::syscall:
      return Need::program;
    default:
      return Need::network_program;
  }
}

Shaped shape(Context& context, const ProgramShape& program) {
  Shaped out;
  out.attr.prog_type = program.type;
  out.attr.expected_attach_type = program.attach;
  out.attr.prog_flags = program.flags;
  if (program.target != Target::none) {
    const auto id = context.find(program.target);
    if (!id) {
      out.problem = context.types() == nullptr
                        ? unknown(0, context.types_problem())
                        : unknown(0, cat("the kernel's types have no ", name(program.target), " to attach to"));
      return out;
    }
    out.attr.attach_btf_id = *id;
    if (program.type == ProgramType::struct_ops)
      out.attr.expected_attach_type = AttachType{congestion_member(context, *id)};
  }
  out.ok = true;
  return out;
}

ProgramShape shape_of(Context& context, ProgramType type) {
  std::optional<ProgramShape>& known = context.shapes[static_cast<std::size_t>(type)];
  if (known) return *known;
  const ProgramShape* best = nullptr;
  for (const ProgramShape& each : kShapes) {
    if (each.type != type) continue;
    if (best == nullptr) best = &each;
    if (each.target != Target::none && try_shape(context, each).verdict != Verdict::supported) continue;
    best = &each;
    break;
  }
  return *(known = best != nullptr ? *best : ProgramShape{.type = type});
}

Outcome load_replaceable(Context& context, const Outcome& types) {
  static constexpr auto kCode = insn::assemble(insn::call_function("callback"), insn::mov(insn::r0, 2), insn::exit_(),
                                               insn::label("callback"), insn::mov(insn::r0, 0), insn::exit_());
  static constexpr std::uint32_t kInfo[] = {0, btf::kMainType, 3, btf::kCallbackType};
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::xdp;
  attr.prog_btf_fd = static_cast<std::uint32_t>(types.fd.get());
  attr.func_info = sys::to_u64(kInfo);
  attr.func_info_cnt = 2;
  attr.func_info_rec_size = 8;
  return context.load(attr, kCode.slots);
}

Outcome load_minimal(Context& context, ProgramType type, AttachType attach) {
  const Shaped shaped = shape(context, shape_of(context, type));
  if (!shaped.ok) return {.os_error = EINVAL};
  sys::ProgLoadAttr attr = shaped.attr;
  attr.expected_attach_type = attach;
  return context.load(attr, kReturnZero.slots);
}

// The best of what the type's shapes come to.
Answer probe_program(Context& context, ProgramType type) {
  if (type == ProgramType::ext) return probe_ext(context);
  std::optional<Answer> best;
  bool has_target = false;
  for (const ProgramShape& each : kShapes) {
    if (each.type != type) continue;
    has_target |= each.target != Target::none;
    const Answer answer = try_shape(context, each);
    if (answer.verdict == Verdict::supported) return answer;
    if (!best || best->verdict == Verdict::unknown) best = answer;
  }
  if (!best) return try_shape(context, shape_of(context, type));
  if (has_target && best->verdict == Verdict::unknown) return without_target(context, type);
  return *best;
}

const Answer& ask_program(Context& context, ProgramType type) {
  if (const Answer* known = context.known(feature(type))) return *known;
  return context.keep(feature(type), probe_program(context, type));
}

}  // namespace ebpf::features
