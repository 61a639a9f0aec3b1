// Helpers, for every type of program. The verifier is given a call and asked what it thinks: a helper that this type
// may not call is refused by name, anything else it says is about the arguments, and comes after the question whether
// the call is allowed at all.
//
// Each refusal ends a verification, so a helper that is not there costs a load of its own. Those that most types have
// are called one after another in one program, with arguments that suit them, until one is refused; "processed N
// insns", the last line of the log, tells which. The program ends with a read of a register that nobody wrote, so that
// it is never compiled.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <vector>

#include "ebpf/asm/asm.h"
#include "ebpf/base/number.h"
#include "ebpf/base/sort.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/blob.h"
#include "ebpf/features/capabilities.h"
#include "ebpf/features/program_load.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

using insn::helper;

// The helpers are numbered in the order in which they came.
struct FirstHelper {
  std::uint32_t first;
  Version since;
};
constexpr FirstHelper kReleases[] = {
    {1, {3, 19}},   {4, {4, 1}},    {12, {4, 2}},   {17, {4, 3}},   {23, {4, 4}},   {26, {4, 5}},   {27, {4, 6}},
    {31, {4, 8}},   {37, {4, 9}},   {42, {4, 10}},  {45, {4, 11}},  {46, {4, 12}},  {48, {4, 13}},  {51, {4, 14}},
    {54, {4, 15}},  {58, {4, 16}},  {60, {4, 17}},  {65, {4, 18}},  {81, {4, 19}},  {84, {4, 20}},  {91, {5, 0}},
    {93, {5, 1}},   {99, {5, 2}},   {109, {5, 3}},  {111, {5, 5}},  {116, {5, 6}},  {120, {5, 7}},  {125, {5, 8}},
    {136, {5, 9}},  {142, {5, 10}}, {156, {5, 11}}, {163, {5, 12}}, {164, {5, 13}}, {166, {5, 14}}, {169, {5, 15}},
    {176, {5, 16}}, {180, {5, 17}}, {186, {5, 18}}, {194, {5, 19}}, {204, {6, 0}},  {208, {6, 1}},  {210, {6, 2}},
};

// The kernel writes a warning to its log, or enables a trace event, when it sees a program that calls them.
constexpr helper kLoud[] = {helper::trace_printk, helper::trace_vprintk, helper::probe_write_user};

// Programs that may call this may call trace_printk, too, and trace_vprintk where there is one: since Linux 5.10, which
// brought it, the kernel gives them out in the same places (bpf_base_func_proto(), bpf_tracing_func_proto()). But they
// are nobody's without CONFIG_BPF_EVENTS, without which there are no kprobe programs.
constexpr helper kTwin = helper::snprintf_btf;

// The kernel denies them in a mode of lockdown (kernel/trace/bpf_trace.c), by saying that there is no such helper.
struct LockedHelper {
  helper id;
  const char* mode;
};
constexpr LockedHelper kLocked[] = {
    {helper::probe_write_user, "integrity"},
    {helper::probe_read, "confidentiality"},
    {helper::probe_read_str, "confidentiality"},
    {helper::probe_read_kernel, "confidentiality"},
    {helper::probe_read_kernel_str, "confidentiality"},
};

// Arguments that suit a helper: c is the context, s a number, p eight bytes and more of memory, z their size, d a
// dynptr, v what the helper before returned, once it is seen to be there; a map is meant by a letter of kMapLetters.
// Arguments that do not suit after all cost a load, and no more.
struct Call {
  std::uint8_t number;
  char letters[6] = {};

  consteval Call(helper called, std::string_view all) : number(static_cast<std::uint8_t>(called)) {
    for (std::size_t i = 0; i < all.size(); ++i) letters[i] = all[i];
  }
  helper id() const { return helper{number}; }
  std::string_view arguments() const { return letters; }
};
constexpr Call kCalls[] = {
    {helper::ktime_get_ns, ""},
    {helper::get_prandom_u32, ""},
    {helper::get_smp_processor_id, ""},
    {helper::get_numa_node_id, ""},
    {helper::jiffies64, ""},
    {helper::ktime_get_boot_ns, ""},
    {helper::ktime_get_coarse_ns, ""},
    {helper::ktime_get_tai_ns, ""},
    {helper::get_current_task, ""},
    {helper::get_current_task_btf, ""},
    {helper::get_current_pid_tgid, ""},
    {helper::get_current_uid_gid, ""},
    {helper::get_current_cgroup_id, ""},
    {helper::get_current_ancestor_cgroup_id, "s"},
    {helper::map_lookup_elem, "mp"},
    {helper::map_update_elem, "mpps"},
    {helper::map_delete_elem, "mp"},
    {helper::tail_call, "cts"},
    {helper::map_push_elem, "qps"},
    {helper::map_pop_elem, "qp"},
    {helper::map_peek_elem, "qp"},
    {helper::map_lookup_percpu_elem, "lps"},
    {helper::ringbuf_output, "rpzs"},
    {helper::ringbuf_query, "rs"},
    {helper::ringbuf_reserve, "rzs"},
    {helper::ringbuf_submit, "vs"},
    {helper::ringbuf_reserve_dynptr, "rzsd"},
    {helper::dynptr_data, "dsz"},
    {helper::dynptr_write, "dspzs"},
    {helper::dynptr_read, "pzdss"},
    {helper::ringbuf_submit_dynptr, "ds"},
    {helper::snprintf_btf, "pzpzs"},
    {helper::perf_event_read_value, "espz"},
    {helper::perf_event_output, "cespz"},
    {helper::perf_event_read, "es"},
    {helper::current_task_under_cgroup, "gs"},
    {helper::skb_under_cgroup, "cgs"},
    {helper::get_current_comm, "pz"},
    {helper::get_ns_current_pid_tgid, "sspz"},
    {helper::probe_read, "pzs"},
    {helper::probe_read_str, "pzs"},
    {helper::probe_read_user, "pzs"},
    {helper::probe_read_kernel, "pzs"},
    {helper::probe_read_user_str, "pzs"},
    {helper::probe_read_kernel_str, "pzs"},
    {helper::strtol, "pzsp"},
    {helper::strtoul, "pzsp"},
    {helper::get_retval, ""},
    {helper::set_retval, "s"},
    {helper::get_netns_cookie, "c"},
    {helper::get_socket_cookie, "c"},
    {helper::get_socket_uid, "c"},
    {helper::get_cgroup_classid, "c"},
    {helper::get_route_realm, "c"},
    {helper::get_hash_recalc, "c"},
    {helper::skb_load_bytes, "cspz"},
    {helper::skb_load_bytes_relative, "cspzs"},
    {helper::skb_pull_data, "cs"},
    {helper::csum_diff, "pzpzs"},
    {helper::csum_update, "cs"},
    {helper::csum_level, "cs"},
    {helper::set_hash, "cs"},
    {helper::set_hash_invalid, "c"},
    {helper::skb_store_bytes, "cspzs"},
    {helper::l3_csum_replace, "cssss"},
    {helper::l4_csum_replace, "cssss"},
    {helper::skb_change_tail, "css"},
    {helper::skb_change_head, "css"},
    {helper::skb_change_proto, "css"},
    {helper::skb_change_type, "cs"},
    {helper::skb_adjust_room, "csss"},
    {helper::skb_vlan_push, "css"},
    {helper::skb_vlan_pop, "c"},
    {helper::skb_get_tunnel_key, "cpzs"},
    {helper::skb_set_tunnel_key, "cpzs"},
    {helper::skb_get_tunnel_opt, "cpz"},
    {helper::skb_set_tunnel_opt, "cpz"},
    {helper::skb_cgroup_id, "c"},
    {helper::skb_ancestor_cgroup_id, "cs"},
    {helper::skb_cgroup_classid, "c"},
    {helper::skb_ecn_set_ce, "c"},
    {helper::skb_set_tstamp, "css"},
    {helper::clone_redirect, "css"},
    {helper::redirect, "ss"},
    {helper::redirect_peer, "ss"},
    {helper::redirect_neigh, "spzs"},
    {helper::fib_lookup, "cpzs"},
    {helper::check_mtu, "cspss"},
    {helper::setsockopt, "csspz"},
    {helper::getsockopt, "csspz"},
    {helper::xdp_adjust_head, "cs"},
    {helper::xdp_adjust_meta, "cs"},
    {helper::xdp_adjust_tail, "cs"},
    {helper::xdp_get_buff_len, "c"},
    {helper::xdp_load_bytes, "cspz"},
    {helper::xdp_store_bytes, "cspz"},
    {helper::get_stack, "cpzs"},
    {helper::get_func_ip, "c"},
    {helper::get_attach_cookie, "c"},
    {helper::get_func_arg_cnt, "c"},
    {helper::get_func_arg, "csp"},
    {helper::send_signal, "s"},
    {helper::send_signal_thread, "s"},
    {helper::get_branch_snapshot, "pzs"},
    {helper::copy_from_user, "pzs"},
    {helper::sys_bpf, "spz"},
    {helper::sys_close, "s"},
    {helper::btf_find_by_name_kind, "pzss"},
    {helper::kallsyms_lookup_name, "pzsp"},
};

struct MapLetter {
  char letter;
  MapType type;
};
constexpr MapLetter kMapLetters[] = {
    {'m', MapType::array},        {'t', MapType::prog_array},
    {'r', MapType::ringbuf},      {'e', MapType::perf_event_array},
    {'g', MapType::cgroup_array}, {'q', MapType::queue},
    {'l', MapType::percpu_array},
};

// Helpers that a type of program may call only when it is attached in a certain way: tried where the usual way has not
// got them.
struct Variant {
  ProgramShape shape;
  std::array<helper, 5> helpers{};
};
constexpr Variant kVariants[] = {
    {{ProgramType::tracing, AttachType::trace_iter, Target::bpf_iter_task},
     {helper::seq_printf, helper::seq_write, helper::seq_printf_btf}},
    {{ProgramType::tracing, AttachType::trace_iter, Target::bpf_iter_task, sys::kProgSleepable},
     {helper::copy_from_user, helper::copy_from_user_task}},
    {{ProgramType::tracing, AttachType::trace_fexit, Target::vfs_read},
     {helper::get_func_ret, helper::get_func_arg, helper::get_func_arg_cnt, helper::get_func_ip,
      helper::get_attach_cookie}},
    {{ProgramType::lsm, AttachType::lsm_mac, Target::bpf_lsm_file_open, sys::kProgSleepable},
     {helper::ima_inode_hash, helper::ima_file_hash, helper::copy_from_user, helper::copy_from_user_task}},
    {{ProgramType::lsm, AttachType::lsm_cgroup, Target::bpf_lsm_socket_bind},
     {helper::set_retval, helper::get_retval, helper::setsockopt, helper::getsockopt, helper::get_local_storage}},
    {{ProgramType::kprobe, {}, Target::none, sys::kProgSleepable},
     {helper::copy_from_user, helper::copy_from_user_task}},
    {{ProgramType::cgroup_sockopt, AttachType::cgroup_setsockopt}, {helper::setsockopt, helper::getsockopt}},
    {{ProgramType::cgroup_sock, AttachType::cgroup_inet4_post_bind}, {helper::sk_storage_get}},
};

const Call* call_of(helper id) {
  for (const Call& call : kCalls)
    if (call.id() == id) return &call;
  return nullptr;
}

// Types to which the kernel gives the same table of helpers (tc_cls_act and raw_tp_prog_func_proto): asked for once.
struct SameHelpers {
  ProgramType type;
  ProgramType as;
};
constexpr SameHelpers kSame[] = {
    {ProgramType::sched_act, ProgramType::sched_cls},
    {ProgramType::raw_tracepoint_writable, ProgramType::raw_tracepoint},
};

std::string_view arguments_of(helper id) { return call_of(id)->arguments(); }

bool is_loud(helper id) { return std::ranges::find(kLoud, id) != std::end(kLoud); }

// Whatever is in the registers.
std::array<insn::Slot, 2> single_call(helper id) {
  return {insn::make_slot(insn::kCall, 0, 0, 0, static_cast<std::int32_t>(id)),
          insn::make_slot(insn::kExit, 0, 0, 0, 0)};
}

// How programs of one type are loaded, with what must live meanwhile.
struct Loader {
  sys::ProgLoadAttr attr{};
  bool has_context = true;
  Outcome types{};
  Outcome target{};
};

// At which instruction the verifier stopped; nothing where it does not say.
std::optional<std::size_t> stopped_at(std::string_view log) {
  constexpr std::string_view kMark = "processed ";
  const auto at = log.rfind(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  log.remove_prefix(at + kMark.size());
  const auto count = take_unsigned(log);
  if (!count || *count == 0) return std::nullopt;
  return *count - 1;
}

// ---- What the verifier says ----

enum class Heard : std::uint8_t { callable, not_for_type, no_such_helper, silence };

Heard hear(const Outcome& outcome) {
  if (outcome.ok()) return Heard::callable;
  if (outcome.log.empty() || outcome.os_error == EPERM) return Heard::silence;
  // 3.19 to 5.x, and since.
  if (outcome.log.find("invalid func ") != std::string_view::npos) return Heard::no_such_helper;
  for (const std::string_view phrase : {"unknown func ", "program of this type cannot use helper "})
    if (outcome.log.find(phrase) != std::string_view::npos) return Heard::not_for_type;
  return Heard::callable;
}

class TypeProbe {
 public:
  TypeProbe(Context& context, ProgramType type) : context_(context), type_(type) {}

  // Fills the answers of the helpers that are wanted.
  void run(std::span<const helper> wanted, std::vector<Answer>& answers);

 private:
  bool prepare(Loader& loader, const ProgramShape& program);
  bool prepare_ext(Loader& loader);
  void run_calls(Loader& loader, std::span<const helper> pending, std::vector<Answer>& answers);
  std::size_t run_some(Loader& loader, std::span<const helper> some, std::vector<Answer>& answers);
  void add_call(std::vector<insn::Item>& items, helper id);
  void run_variants(std::span<const helper> wanted, std::vector<Answer>& answers);
  Answer answer_of(helper id, const Outcome& outcome);
  Answer not_callable(helper id, int os_error);
  Answer answer_of_loud(Loader& loader, helper id, const Answer* twin);
  bool may_be_locked(helper id);

  Context& context_;
  ProgramType type_;
};

bool TypeProbe::prepare(Loader& loader, const ProgramShape& program) {
  if (type_ == ProgramType::ext) return prepare_ext(loader);
  const Shaped shaped = shape(context_, program);
  loader.attr = shaped.attr;
  return shaped.ok;
}

// An extension of an XDP program may call what that may.
bool TypeProbe::prepare_ext(Loader& loader) {
  static constexpr std::uint32_t kInfo[] = {0, btf::kCallbackType};
  loader.types = context_.load_btf(btf::kGlobalFunctionBlob);
  if (!loader.types.ok()) return false;
  loader.target = load_replaceable(context_, loader.types);
  if (!loader.target.ok()) return false;
  loader.has_context = false;
  loader.attr.prog_type = ProgramType::ext;
  loader.attr.prog_btf_fd = static_cast<std::uint32_t>(loader.types.fd.get());
  loader.attr.func_info = sys::to_u64(kInfo);
  loader.attr.func_info_cnt = 1;
  loader.attr.func_info_rec_size = 8;
  loader.attr.attach_btf_id = btf::kCallbackType;
  loader.attr.attach_prog_fd = static_cast<std::uint32_t>(loader.target.fd.get());
  return true;
}

Answer TypeProbe::not_callable(helper id, int os_error) {
  const std::string& mode = context_.lockdown();
  const auto* const locked = std::ranges::find(kLocked, id, &LockedHelper::id);
  if (locked != std::end(kLocked) && !mode.empty() && (mode == locked->mode || mode == "confidentiality"))
    return {.verdict = Verdict::denied,
            .denied_by = Denier::lockdown,
            .os_error = os_error,
            .sentence = cat("the kernel is locked down (", mode, ")")};
  if (locked != std::end(kLocked) && mode.empty() && may_be_locked(id))
    return unknown(os_error,
                   "programs of this type may not call it, or the kernel is locked down, which only securityfs tells");
  // To who lacks these, the kernel does not even say that a helper exists.
  const std::uint64_t own = context_.capabilities();
  if (!may(own, kCapBpf) || !may(own, kCapPerfmon))
    return unknown(os_error, "not without CAP_BPF and CAP_PERFMON, and perhaps not with them");
  return absent(os_error, "programs of this type may not call it");
}

Answer TypeProbe::answer_of(helper id, const Outcome& outcome) {
  switch (hear(outcome)) {
    case Heard::callable:
      return supported();
    case Heard::not_for_type:
      return not_callable(id, outcome.os_error);
    case Heard::no_such_helper:
      context_.helper_limit = std::min(context_.helper_limit, static_cast<std::uint32_t>(id));
      return absent(outcome.os_error, "this kernel has no such helper");
    case Heard::silence:
      break;
  }
  return refused(context_, outcome, need_of(type_), "BPF_PROG_LOAD");
}

// trace_printk and trace_vprintk without a call of them, from what is known of kTwin; null: that is asked for here.
Answer TypeProbe::answer_of_loud(Loader& loader, helper id, const Answer* twin) {
  // Of the helpers that came with trace_vprintk the one behind it in number.
  constexpr helper kNext = helper::skc_to_unix_sock;
  const auto is_missing = [&](helper other) { return static_cast<std::uint32_t>(other) >= context_.helper_limit; };
  Answer answer = unknown(0, "it was not tried, since the kernel logs such programs");
  if (id == helper::probe_write_user) return answer;
  if (id == helper::trace_vprintk && !is_missing(kNext))
    answer_of(kNext, context_.load(loader.attr, single_call(kNext)));
  if (id == helper::trace_vprintk && is_missing(kNext)) return absent(EINVAL, "this kernel has no such helper");
  Answer known = twin != nullptr ? *twin : probe_helper(context_, type_, kTwin);
  // Some types of programs have it and no twin.
  if (known.verdict == Verdict::absent) return answer;
  if (known.verdict != Verdict::supported) return known;
  const Verdict events = ask_program(context_, ProgramType::kprobe).verdict;
  if (events == Verdict::absent) return absent(0, "the kernel has no CONFIG_BPF_EVENTS");
  if (events != Verdict::supported) return answer;
  known.sentence = "not tried: programs of this type may call snprintf_btf, and so it";
  return known;
}

// Where nobody tells the mode. Programs that trace may read the kernel's memory, but for lockdown; whether they could
// write to a process's cannot be tried without a trace in the kernel's log.
bool TypeProbe::may_be_locked(helper id) {
  if (id == helper::probe_write_user) return need_of(type_) == Need::tracing_program;
  const Shaped tracing = shape(context_, shape_of(context_, ProgramType::kprobe));
  return !tracing.ok || hear(context_.load(tracing.attr, single_call(helper::probe_read))) != Heard::callable;
}

// r6 holds the context, and the stack's last 64 bytes are written.
std::vector<insn::Item> prologue(bool has_context) {
  using namespace insn;
  std::vector<Item> items;
  if (has_context)
    items.push_back(mov(r6, r1));
  else
    items.push_back(mov(r6, 0));
  for (std::int16_t at = -64; at < 0; at = static_cast<std::int16_t>(at + 8))
    items.push_back(store_imm<std::uint64_t>(r10, at, 0));
  return items;
}

void TypeProbe::add_call(std::vector<insn::Item>& items, helper id) {
  using namespace insn;
  const std::string_view arguments = arguments_of(id);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto reg = static_cast<Register>(i + 1);
    const auto* const map = std::ranges::find(kMapLetters, arguments[i], &MapLetter::letter);
    if (map != std::end(kMapLetters)) {
      items.push_back(load_map_fd(reg, context_.map_of(map->type)));
    } else if (arguments[i] == 'c') {
      items.push_back(mov(reg, r6));
    } else if (arguments[i] == 'v') {
      items.push_back(jump_if(eq, r0, 0, "out"));
      items.push_back(mov(reg, r0));
    } else if (arguments[i] == 'p' || arguments[i] == 'd') {
      items.push_back(mov(reg, r10));
      items.push_back(add(reg, arguments[i] == 'p' ? -64 : -80));
    } else {
      items.push_back(mov(reg, arguments[i] == 'z' ? 8 : 0));
    }
  }
  items.push_back(call_helper(id));
}

// As many at a time as went well before: long programs take longer to verify, and what comes behind a refusal was there
// for nothing.
void TypeProbe::run_calls(Loader& loader, std::span<const helper> pending, std::vector<Answer>& answers) {
  constexpr std::size_t kMost = 64;
  for (std::size_t width = 16; !pending.empty();) {
    const std::size_t count = std::min(width, pending.size());
    const std::size_t done = run_some(loader, pending.first(count), answers);
    if (done == 0) return;
    pending = pending.subspan(done);
    width = done == count ? std::min(2 * width, kMost) : std::max(done, std::size_t{1});
  }
}

// Calls them in one program, and answers for those that the verifier came to see: that many are returned.
std::size_t TypeProbe::run_some(Loader& loader, std::span<const helper> some, std::vector<Answer>& answers) {
  std::vector<insn::Item> items = prologue(loader.has_context);
  std::vector<std::size_t> ends;
  for (const helper id : some) {
    add_call(items, id);
    ends.push_back(items.size());
  }
  items.push_back(insn::load<std::uint64_t>(insn::r0, insn::r9, 0));
  items.push_back(insn::label("out"));
  items.push_back(insn::exit_());
  const auto code = insn::assemble(items);
  if (!code) return 0;
  const Outcome outcome = context_.load(loader.attr, code->slots);
  const auto stop = stopped_at(outcome.log);
  std::size_t done = 0;
  const auto ask_alone = [&](helper id) {
    answers[static_cast<std::size_t>(id)] = answer_of(id, context_.load(loader.attr, single_call(id)));
  };
  if (!stop || outcome.os_error == EPERM) {
    std::ranges::for_each(some, ask_alone);
    return some.size();
  }
  while (done < some.size() && ends[done] <= *stop) answers[static_cast<std::size_t>(some[done++])] = supported();
  if (done == some.size()) return done;
  // What the verifier says is about the helper only where it stopped at the call.
  if (*stop + 1 == ends[done])
    answers[static_cast<std::size_t>(some[done])] = answer_of(some[done], outcome);
  else
    ask_alone(some[done]);
  return done + 1;
}

void TypeProbe::run_variants(std::span<const helper> wanted, std::vector<Answer>& answers) {
  for (const Variant& variant : kVariants) {
    if (variant.shape.type != type_) continue;
    std::vector<helper> missing;
    for (const helper id : variant.helpers)
      if (id != helper::unspec && answers[static_cast<std::size_t>(id)].verdict != Verdict::supported &&
          std::ranges::find(wanted, id) != wanted.end())
        missing.push_back(id);
    Loader loader;
    if (missing.empty() || !prepare(loader, variant.shape)) continue;
    // A kernel that does not know this way to attach refuses every program, with words about that.
    if (const Outcome known = context_.load(loader.attr, return_zero()); !known.ok()) {
      const Answer why = refused(context_, known, need_of(type_), "BPF_PROG_LOAD");
      if (why.verdict == Verdict::unknown)
        for (const helper id : missing) answers[static_cast<std::size_t>(id)] = why;
      continue;
    }
    for (const helper id : missing)
      if (hear(context_.load(loader.attr, single_call(id))) == Heard::callable)
        answers[static_cast<std::size_t>(id)] = supported();
  }
}

void TypeProbe::run(std::span<const helper> wanted, std::vector<Answer>& answers) {
  const Answer of_type = ask_program(context_, type_);
  Loader loader;
  if (of_type.verdict != Verdict::supported || !prepare(loader, shape_of(context_, type_))) {
    const Answer why = of_type.verdict != Verdict::supported
                           ? of_type
                           : unknown(0, cat("no program of this type can be loaded: ", context_.types_problem()));
    for (const helper id : wanted) answers[static_cast<std::size_t>(id)] = why;
    return;
  }
  std::vector<helper> simple;
  std::vector<helper> loud;
  for (const helper id : wanted) {
    Answer& answer = answers[static_cast<std::size_t>(id)];
    if (is_loud(id) && !context_.loud) {
      loud.push_back(id);
    } else if (static_cast<std::uint32_t>(id) >= context_.helper_limit) {
      answer = absent(EINVAL, "this kernel has no such helper");
    } else if (call_of(id) != nullptr && wanted.size() > 1 && context_.is_common(id)) {
      simple.push_back(id);
    } else {
      answer = answer_of(id, context_.load(loader.attr, single_call(id)));
    }
  }
  // In the order of kCalls: what most types have comes first.
  stable_sort(simple, [](helper a, helper b) { return call_of(a) < call_of(b); });
  run_calls(loader, simple, answers);
  if (wanted.size() > 1) context_.count_helpers(answers);
  run_variants(wanted, answers);
  for (const helper id : loud) {
    const Answer* const twin = wanted.size() > 1 ? &answers[static_cast<std::size_t>(kTwin)] : nullptr;
    answers[static_cast<std::size_t>(id)] = answer_of_loud(loader, id, twin);
  }
}

}  // namespace

bool is_loud_helper(std::uint32_t id) { return is_loud(static_cast<helper>(id)); }

bool Context::is_common(helper id) const { return 2 * callable_[static_cast<std::size_t>(id)] >= counted_types_; }

void Context::count_helpers(std::span<const Answer> found) {
  ++counted_types_;
  for (std::size_t id = 0; id < found.size(); ++id) callable_[id] += found[id].verdict == Verdict::supported;
}

int Context::map_of(MapType type) {
  Fd& map = maps_[static_cast<std::size_t>(type)];
  if (map.valid()) return map.get();
  sys::MapCreateAttr attr;
  attr.map_type = type;
  attr.key_size = type == MapType::ringbuf || type == MapType::queue ? 0 : 4;
  attr.value_size = type == MapType::ringbuf ? 0 : 4;
  attr.max_entries = type == MapType::ringbuf ? static_cast<std::uint32_t>(::getpagesize()) : 1;
  map = create(attr).fd;
  return map.get();
}

Version helper_since(std::uint32_t id) {
  if (id == 0) return {};
  const auto* const next = std::ranges::upper_bound(kReleases, id, {}, &FirstHelper::first);
  return std::prev(next)->since;
}

// Several cannot be told from one by the caller, so one alone is asked for as a list of one.
Answer probe_helper(Context& context, ProgramType type, insn::helper id) {
  std::vector<Answer> answers(kHelperCount);
  TypeProbe(context, type).run(std::span(&id, 1), answers);
  return answers[static_cast<std::size_t>(id)];
}

std::vector<Answer> probe_all_helpers(Context& context, ProgramType type) {
  for (const SameHelpers& same : kSame) {
    if (same.type != type || ask_program(context, type).verdict != Verdict::supported) continue;
    const std::vector<Answer>& known = context.helpers[static_cast<std::size_t>(same.as)];
    if (!known.empty() && ask_program(context, same.as).verdict == Verdict::supported) return known;
  }
  std::vector<helper> all;
  for (std::uint32_t id = 1; id < kHelperCount; ++id) all.push_back(static_cast<helper>(id));
  std::vector<Answer> answers(kHelperCount);
  TypeProbe(context, type).run(all, answers);
  context.close_maps();
  return answers;
}

}  // namespace ebpf::features
