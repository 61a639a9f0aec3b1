// Kfuncs: functions of the kernel that programs may call, by their types in the kernel's BTF. Since Linux 6.10 (and
// pahole 1.27) those are marked there with the tag "bpf_kfunc"; which types of programs may call one is in no table
// that can be read, so the verifier is asked.
#include <algorithm>
#include <cerrno>

#include "ebpf/asm/asm.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/features/probe.h"
#include "ebpf/features/program_load.h"

namespace ebpf::features {
namespace {

constexpr std::string_view kMark = "bpf_kfunc";

// The types of programs that kfuncs are registered for, those with the most first.
constexpr ProgramType kCallers[] = {
    ProgramType::tracing,    ProgramType::sched_cls,  ProgramType::syscall,       ProgramType::struct_ops,
    ProgramType::xdp,        ProgramType::lsm,        ProgramType::kprobe,        ProgramType::cgroup_skb,
    ProgramType::netfilter,  ProgramType::sk_skb,     ProgramType::socket_filter, ProgramType::lwt_in,
    ProgramType::perf_event, ProgramType::tracepoint, ProgramType::sched_act,     ProgramType::cgroup_sock_addr,
};

// Ways to attach that are allowed kfuncs of their own: sessions, iterators, functions of the LSM that may sleep.
constexpr ProgramShape kOtherShapes[] = {
    {ProgramType::kprobe, AttachType::trace_kprobe_session},
    {ProgramType::kprobe, AttachType::trace_uprobe_session},
    {ProgramType::tracing, AttachType::trace_iter, Target::bpf_iter_task},
    {ProgramType::tracing, AttachType::trace_fexit, Target::vfs_read},
    {ProgramType::lsm, AttachType::lsm_mac, Target::bpf_lsm_file_open, sys::kProgSleepable},
    {ProgramType::lsm, AttachType::lsm_cgroup, Target::bpf_lsm_socket_bind},
};

// Of functions with the mark, by name.
std::vector<std::string> marked(const btf::Spec& types) {
  const btf::NameQuery tags[] = {{.name = kMark, .kinds = btf::kind_bit(btf::Kind::decl_tag)}};
  const std::vector<std::vector<btf::TypeId>> found = search(types, tags);
  std::vector<std::string> names;
  for (const btf::TypeId id : found.front()) {
    const auto tag = types.type(id);
    const auto function = tag ? types.type(tag->referenced()) : tag;
    if (function && function->is(btf::Kind::function)) names.emplace_back(function->name());
  }
  stable_sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// `unclear`: the verifier refuses for a reason that comes before the question who may call it.
enum class Said : std::uint8_t { may_call, may_not, unclear, nothing };

Said ask_verifier(Context& context, btf::TypeId id, const ProgramShape& program, Outcome& outcome) {
  const auto code = insn::assemble(std::array<insn::Item, 3>{insn::call_kfunc(static_cast<std::int32_t>(id)),
                                                             insn::mov(insn::r0, 0), insn::exit_()});
  const Shaped shaped = shape(context, program);
  if (!code || !shaped.ok) return Said::nothing;
  outcome = context.load(shaped.attr, code->slots);
  if (outcome.ok()) return Said::may_call;
  if (outcome.log.empty() || outcome.os_error == EPERM) return Said::nothing;
  // Kfuncs that read a packet's metadata from a device.
  if (outcome.log.find("device-bound program") != std::string_view::npos) return Said::unclear;
  // Of a kernel without kfuncs, and of one with them.
  for (const std::string_view phrase : {"is not allowed", "uses reserved fields", "does not support calling"})
    if (outcome.log.find(phrase) != std::string_view::npos) return Said::may_not;
  return Said::may_call;
}

// A kernel that does not know one of the other ways to attach refuses it with words about that, and not about the call.
Said ask_type(Context& context, btf::TypeId id, ProgramType type, Outcome& outcome) {
  if (ask_program(context, type).verdict != Verdict::supported) return Said::nothing;
  const Said said = ask_verifier(context, id, shape_of(context, type), outcome);
  if (said != Said::may_not) return said;
  for (const ProgramShape& other : kOtherShapes) {
    Outcome ignored;
    const Shaped shaped = other.type == type ? shape(context, other) : Shaped();
    if (shaped.ok && context.load(shaped.attr, return_zero()).ok() &&
        ask_verifier(context, id, other, ignored) == Said::may_call)
      return Said::may_call;
  }
  return said;
}

Answer of_module(Context& context, std::string_view name) {
  for (const KernelTypes::Module* module : context.kernel_types()->modules()) {
    const std::vector<std::string> names = marked(module->types);
    if (!std::ranges::binary_search(names, name)) continue;
    Answer out = supported();
    out.sentence = cat("in module ", module->name);
    return out;
  }
  return absent(0, "neither the kernel nor a module that is loaded has such a function");
}

Answer for_type(Context& context, std::string_view func, btf::TypeId id, ProgramType type) {
  const Answer of_type = ask_program(context, type);
  if (of_type.verdict != Verdict::supported) return of_type;
  Outcome outcome;
  switch (ask_type(context, id, type, outcome)) {
    case Said::may_call:
      return supported();
    case Said::may_not:
      if (type == ProgramType::struct_ops)
        return unknown(outcome.os_error, cat("callbacks of ", name(shape_of(context, type).target), " may not call ",
                                             func, "; those of another structure may"));
      return absent(outcome.os_error, cat("programs of this type may not call ", func));
    case Said::unclear:
      return unknown(outcome.os_error, "only programs that are bound to a device can be asked about");
    case Said::nothing:
      break;
  }
  return refused(context, outcome, need_of(type), "BPF_PROG_LOAD");
}

Answer look_up(Context& context, std::string_view name, ProgramType type) {
  if (context.types() == nullptr) return unknown(0, context.types_problem());
  // Known without another walk over the kernel's types.
  const bool is_marked = std::ranges::binary_search(context.kfunc_names(), name);
  if (is_marked && type == ProgramType::unspec) return supported();
  const auto id = context.find(name, btf::Kind::function);
  if (!id) return of_module(context, name);
  if (type != ProgramType::unspec) return for_type(context, name, *id, type);
  if (context.kfunc_names().empty()) {
    // No function is marked: it is one if somebody may call it.
    bool asked = false;
    Outcome outcome;
    for (const ProgramType caller : kCallers) {
      const Said said = ask_type(context, *id, caller, outcome);
      if (said == Said::may_call) return supported();
      asked |= said == Said::may_not;
    }
    if (asked)
      return absent(outcome.os_error, "the kernel has the function, but no type of program that was tried may call it");
    // Nobody could be asked: no type of program may be loaded.
    if (outcome.ok()) outcome = context.reach(sys::Command::prog_load);
    if (outcome.ok()) outcome.os_error = EPERM;
    return refused(context, outcome, Need::program, "BPF_PROG_LOAD");
  }
  return absent(0, "the kernel has the function, but it is none that programs may call");
}

}  // namespace

Answer probe_kfunc(Context& context, std::string_view name, ProgramType type) {
  Answer answer = look_up(context, name, type);
  if (type != ProgramType::unspec || answer.verdict != Verdict::supported) return answer;
  // Nobody may call any without CAP_BPF, and this type of program needs that alone.
  return only_with(ask_program(context, ProgramType::syscall), std::move(answer));
}

const std::vector<std::string>& Context::kfunc_names() {
  if (!kfuncs_) kfuncs_ = types() == nullptr ? std::vector<std::string>() : marked(*types());
  return *kfuncs_;
}

}  // namespace ebpf::features
