// Instructions, and everything else that programs and loaders do: a program for each that loads only where the kernel
// knows the feature, a call that fails in another way, or another feature that stands for it.
#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <vector>

#include "ebpf/asm/asm.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/blob.h"
#include "ebpf/features/capabilities.h"
#include "ebpf/features/program_load.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

using namespace insn;  // the assembler

// What a program needs besides its code.
enum class With : std::uint8_t {
  nothing,
  array,       // "m" is an array
  tail_call,   // "m" is a prog_array, and BTF as for functions, which the kernel wants since 6.x
  arena,       // "m" is an arena
  functions,   // "m" is an array, and BTF for two functions, main and a static callback
  global,      // the same, the callback being global
  insn_count,  // more instructions than 4096
};

struct CodeRow {
  Row row;
  ProgramType type;
  CodeView code;
  With with = With::nothing;
  std::uint32_t callback = 0;  // the slot where it begins
  std::uint32_t flags = 0;
  CodeView otherwise{};  // tried where the first is refused
};

constexpr auto kV1 = assemble(mov(r0, 0), exit_());
constexpr auto kV2 = assemble(mov(r0, 0), jump_if(lt, r0, 1, "out"), mov(r0, 1), label("out"), exit_());
constexpr auto kV3 = assemble(mov(r0, 0), jump_if32(lt, r0, 1, "out"), mov(r0, 1), label("out"), exit_());
constexpr auto kV4 = assemble(mov(r0, 1), movsx<std::int8_t>(r0, r0), bswap(r0, 32), mov(r1, 2), sdiv(r0, r1),
                              jump_long("out"), label("out"), mov(r0, 0), exit_());
constexpr auto kAtomics =
    assemble(mov(r1, 1), store<std::uint64_t>(r10, -8, r1), atomic_fetch_add<std::uint64_t>(r10, -8, r1),
             atomic_exchange<std::uint64_t>(r10, -8, r1), mov(r0, 0),
             atomic_compare_exchange<std::uint64_t>(r10, -8, r1), mov(r0, 0), exit_());
constexpr auto kAcquire =
    assemble(mov(r1, 1), store<std::uint64_t>(r10, -8, r1), load_acquire<std::uint64_t>(r0, r10, -8),
             store_release<std::uint64_t>(r10, -8, r0), mov(r0, 0), exit_());
constexpr auto kMayGotoCode =
    assemble(label("again"), may_goto("out"), jump("again"), label("out"), mov(r0, 0), exit_());
constexpr auto kCast = assemble(load_map(r1, "m"), mov(r1, 0), addr_space_cast(r1, r1, 0, 1), mov(r0, 0), exit_());

constexpr CodeRow kIsa[] = {
    {{"v1", {3, 18}}, ProgramType::socket_filter, kV1},
    {{"v2", {4, 14}}, ProgramType::socket_filter, kV2},
    {{"v3", {5, 1}}, ProgramType::socket_filter, kV3},
    {{"v4", {6, 6}}, ProgramType::socket_filter, kV4},
    {{"atomics", {5, 12}}, ProgramType::socket_filter, kAtomics},
    {{"may_goto", {6, 9}}, ProgramType::socket_filter, kMayGotoCode},
    {{"addr_space_cast", {6, 9}, "CONFIG_MMU"}, ProgramType::socket_filter, kCast, With::arena},
    {{"load_acquire", {6, 15}}, ProgramType::socket_filter, kAcquire},
};

constexpr auto kLoop =
    assemble(mov(r0, 0), label("again"), add(r0, 1), jump_if(lt, r0, 10, "again"), mov(r0, 0), exit_());
// Of who lacks CAP_PERFMON the verifier takes no loop but one whose counter is in memory; before it knew the number
// there (5.3 does, with all rights), it took no loop but one whose counter is in a register.
constexpr auto kLoopInMemory =
    assemble(store_imm<std::uint64_t>(r10, -8, 0), label("again"), load<std::uint64_t>(r1, r10, -8), add(r1, 1),
             store<std::uint64_t>(r10, -8, r1), jump_if(lt, r1, 10, "again"), mov(r0, 0), exit_());
constexpr auto kCalls = assemble(call_function("callback"), exit_(), label("callback"), mov(r0, 0), exit_());
constexpr auto kCallback =
    assemble(load_map(r1, "m"), load_function(r2, "callback"), mov(r3, 0), mov(r4, 0),
             call_helper(helper::for_each_map_elem), mov(r0, 0), exit_(), label("callback"), mov(r0, 0), exit_());
constexpr auto kTailCall = assemble(call_function("callback"), mov(r0, 0), exit_(), label("callback"),
                                    load_map(r2, "m"), mov(r3, 0), call_helper(helper::tail_call), mov(r0, 0), exit_());
constexpr auto kGlobalData = assemble(load_map_value(r1, "m", 0), load<std::uint32_t>(r0, r1, 0), mov(r0, 0), exit_());

constexpr CodeRow kPrograms[] = {
    {{"bounded_loops", {5, 3}}, ProgramType::socket_filter, kLoop, With::nothing, 0, 0, kLoopInMemory},
    {{"large_programs", {5, 2}}, ProgramType::socket_filter, kV1, With::insn_count},
    {{"bpf2bpf", {4, 16}}, ProgramType::socket_filter, kCalls},
    {{"global_functions", {5, 6}}, ProgramType::socket_filter, kCalls, With::global, 2},
    {{"callbacks", {5, 13}}, ProgramType::socket_filter, kCallback, With::functions, 9},
    // On x86 alone; other processors came later.
    {{"tail_calls_in_subprograms", {5, 10}}, ProgramType::socket_filter, kTailCall, With::tail_call, 3},
    {{"global_data", {5, 2}}, ProgramType::socket_filter, kGlobalData, With::array},
    {{"xdp_frags", {5, 18}, "CONFIG_NET"}, ProgramType::xdp, kV1, With::nothing, 0, sys::kProgXdpHasFrags},
    {{"sleepable_uprobes", {6, 0}, "CONFIG_BPF_EVENTS"},
     ProgramType::kprobe,
     kV1,
     With::nothing,
     0,
     sys::kProgSleepable},
};

// A call with something wrong in it; the errno that only a kernel with the feature gives.
struct CallRow {
  Row row;
  Answer (*probe)(Context& context);
};

constexpr std::uint64_t kBadPointer = 8;
constexpr std::uint64_t kArenaAddress = 1ull << 44;  // nothing is mapped there: it only has to be told
constexpr std::uint32_t kNoFd = static_cast<std::uint32_t>(-1);

// What fails with EBADF needs no rights, but the use of it does: only_with() has the descriptors that it would take.
Answer expect(Context& context, const Outcome& outcome, int os_error, Need need, std::string_view what) {
  return outcome.says(os_error) ? supported() : refused(context, outcome, need, what);
}

// Whoever makes one must have CAP_BPF itself in its own user namespace.
Answer token(Context& context) {
  Answer needed = supported();
  if (!has(effective_capabilities(), kCapBpf))
    needed = {.verdict = Verdict::denied,
              .denied_by = Denier::capability,
              .sentence = "the process lacks CAP_BPF in its user namespace"};
  return only_with(
      needed,
      expect(context, context.call(sys::Command::token_create, sys::TokenCreateAttr{.flags = 0, .bpffs_fd = kNoFd}),
             EBADF, Need::program, "BPF_TOKEN_CREATE"));
}

Answer streams(Context& context) {
  sys::ProgStreamReadAttr attr;
  attr.stream_id = 1;
  attr.prog_fd = kNoFd;
  const Outcome outcome = context.call(sys::Command::prog_stream_read_by_fd, attr);
  return only_with(ask_program(context, ProgramType::syscall),
                   expect(context, outcome, EBADF, Need::program, "BPF_PROG_STREAM_READ_BY_FD"));
}

Answer exclusive_maps(Context& context) {
  constexpr std::uint32_t kSha256 = 32;
  sys::MapCreateAttr attr;
  attr.map_type = MapType::array;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  attr.excl_prog_hash = kBadPointer;
  attr.excl_prog_hash_size = kSha256;
  return expect(context, context.create(attr), EFAULT, Need::map, "BPF_MAP_CREATE");
}

// The signature is copied before anything else is done with it.
Answer signed_programs(Context& context) {
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::socket_filter;
  attr.signature = kBadPointer;
  attr.signature_size = 64;
  const Outcome outcome = context.load(attr, kV1.slots);
  if (outcome.says(EFAULT) || outcome.says(ENOMEM)) return supported();
  return refused(context, outcome, Need::program, "BPF_PROG_LOAD");
}

Answer batch_operations(Context& context) {
  sys::MapBatchAttr attr;
  attr.map_fd = kNoFd;
  const Outcome outcome = context.call(sys::Command::map_lookup_batch, attr);
  return only_with(ask_map(context, MapType::array),
                   expect(context, outcome, EBADF, Need::map, "BPF_MAP_LOOKUP_BATCH"));
}

Answer prog_bind_map(Context& context) {
  const sys::ProgBindMapAttr attr = {.prog_fd = kNoFd, .map_fd = kNoFd};
  const Outcome outcome = context.call(sys::Command::prog_bind_map, attr);
  return only_with(ask_program(context, ProgramType::socket_filter),
                   expect(context, outcome, EBADF, Need::program, "BPF_PROG_BIND_MAP"));
}

Answer assoc_struct_ops(Context& context) {
  const sys::ProgAssocStructOpsAttr attr = {.map_fd = kNoFd, .prog_fd = kNoFd};
  const Outcome outcome = context.call(sys::Command::prog_assoc_struct_ops, attr);
  return only_with(ask_program(context, ProgramType::struct_ops),
                   expect(context, outcome, EBADF, Need::program, "BPF_PROG_ASSOC_STRUCT_OPS"));
}

Answer links(Context& context) {
  sys::LinkUpdateAttr attr;
  attr.link_fd = kNoFd;
  const Outcome outcome = context.call(sys::Command::link_update, attr);
  // Of the links that can be updated, one whose program needs the least.
  return only_with(ask_program(context, ProgramType::cgroup_skb),
                   expect(context, outcome, EBADF, Need::program, "BPF_LINK_UPDATE"));
}

Answer iterators(Context& context) {
  // struct bpf_iter_num is eight bytes on the stack.
  const auto begin = context.find(Target::bpf_iter_num_new);
  const auto end = context.find(Target::bpf_iter_num_destroy);
  if (context.types() == nullptr) return unknown(0, context.types_problem());
  if (!begin || !end) return absent(0, "the kernel's types have no bpf_iter_num_new");
  const Item items[] = {mov(r1, r10),
                        add(r1, -8),
                        mov(r2, 0),
                        mov(r3, 10),
                        call_kfunc(static_cast<int>(*begin)),
                        mov(r1, r10),
                        add(r1, -8),
                        call_kfunc(static_cast<int>(*end)),
                        mov(r0, 0),
                        exit_()};
  const auto code = assemble(items);
  if (!code) return unknown(0, code.error().message());
  sys::ProgLoadAttr attr;
  attr.prog_type = ProgramType::sched_cls;
  const Outcome outcome = context.load(attr, code->slots);
  return outcome.ok() ? supported() : refused(context, outcome, Need::network_program, "BPF_PROG_LOAD");
}

Answer object_names(Context& context) {
  sys::MapCreateAttr attr;
  attr.map_type = MapType::array;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  attr.map_name[0] = 'f';
  const Outcome outcome = context.create(attr);
  return outcome.ok() ? supported() : refused(context, outcome, Need::map, "BPF_MAP_CREATE with a name");
}

constexpr CallRow kCalledRows[] = {
    {{"object_names", {4, 15}}, object_names},
    {{"batch_operations", {5, 6}}, batch_operations},
    {{"link_update", {5, 7}}, links},
    {{"prog_bind_map", {5, 10}}, prog_bind_map},
    {{"bpf_iter_num", {6, 4}, "CONFIG_DEBUG_INFO_BTF"}, iterators},
    {{"token", {6, 9}}, token},
    {{"streams", {6, 17}}, streams},
    {{"exclusive_maps", {6, 18}}, exclusive_maps},
    {{"signed_programs", {6, 18}, "CONFIG_KEYS"}, signed_programs},
    {{"assoc_struct_ops", {7, 0}, "CONFIG_BPF_JIT"}, assoc_struct_ops},
};

// What another feature says as well.
struct AliasRow {
  Row row;
  const char* feature;
};

constexpr AliasRow kAliases[] = {
    {{"mmapable_arrays", {5, 5}}, "map_flag:mmapable"},
    {{"probe_read_kernel", {5, 5}, "CONFIG_BPF_EVENTS"}, "helper:kprobe:probe_read_kernel"},
    {{"timers", {5, 15}}, "helper:sched_cls:timer_init"},
    {{"attach_cookies", {5, 15}, "CONFIG_BPF_EVENTS"}, "helper:kprobe:get_attach_cookie"},
    {{"spin_locks", {5, 1}}, "helper:sched_cls:spin_lock"},
    {{"ring_buffers", {5, 8}}, "map:ringbuf"},
    {{"dynptrs", {5, 19}}, "helper:sched_cls:dynptr_read"},
    {{"kptrs", {5, 19}}, "helper:sched_cls:kptr_xchg"},
    {{"kprobe_multi", {5, 18}, "CONFIG_FPROBE"}, "link:kprobe_multi"},
    {{"uprobe_multi", {6, 6}, "CONFIG_UPROBES"}, "link:uprobe_multi"},
    {{"kprobe_session", {6, 10}, "CONFIG_FPROBE"}, "attach:trace_kprobe_session"},
    {{"uprobe_session", {6, 13}, "CONFIG_UPROBES"}, "attach:trace_uprobe_session"},
    {{"arena", {6, 9}, "CONFIG_MMU"}, "isa:addr_space_cast"},
    {{"may_goto", {6, 9}}, "isa:may_goto"},
    {{"load_acquire", {6, 15}}, "isa:load_acquire"},
};

constexpr std::uint32_t kFirstCall = std::size(kPrograms);
constexpr std::uint32_t kFirstAlias = kFirstCall + std::size(kCalledRows);
constexpr std::uint32_t kMiscCount = kFirstAlias + std::size(kAliases);

sys::MapCreateAttr map_for(With with) {
  sys::MapCreateAttr attr;
  attr.map_type = with == With::arena ? MapType::arena : with == With::tail_call ? MapType::prog_array : MapType::array;
  attr.key_size = attr.value_size = with == With::arena ? 0 : 4;
  attr.max_entries = 1;
  if (with == With::arena) {
    attr.map_flags = sys::kMapMmapable;
    attr.map_extra = kArenaAddress;
  }
  return attr;
}

std::vector<Slot> slots_with_map(const CodeRow& row, const CodeView& code, int map) {
  std::vector<Slot> slots(code.slots.begin(), code.slots.end());
  for (const Reference& reference : code.references) slots[reference.slot].imm = map;
  // Behind the end of the program nothing is reached: a kernel that takes so many instructions says that, an older one
  // E2BIG.
  if (row.with == With::insn_count) slots.resize(4097, slots.front());
  return slots;
}

// Casts to and from an arena want CAP_PERFMON as well.
Need need_of_row(const CodeRow& row) { return row.with == With::arena ? Need::tracing_program : need_of(row.type); }

// The verifier takes fewer instructions, and knows less about programs, of who lacks one of them.
bool sees_it_all(Context& context) {
  return may(context.capabilities(), kCapBpf) && may(context.capabilities(), kCapPerfmon);
}

// A verifier's refusal shows itself by its words; what it says last is why.
Answer of_program(Context& context, const CodeRow& row, const Outcome& outcome) {
  if (outcome.ok()) return supported();
  if (row.with == With::insn_count && outcome.os_error == EINVAL && !outcome.log.empty()) return supported();
  Answer answer = refused(context, outcome, need_of_row(row), "BPF_PROG_LOAD");
  const std::string_view reason = reason_of(outcome.log);
  if (answer.verdict == Verdict::absent && outcome.gate == Gate::open && !sees_it_all(context))
    return unknown(outcome.os_error, cat("without CAP_BPF and CAP_PERFMON it cannot be told: ",
                                         reason.empty() ? errno_name(outcome.os_error) : reason));
  if (reason.empty() || answer.denied_by == Denier::capability) return answer;
  if (answer.verdict == Verdict::denied) return unknown(outcome.os_error, cat("the verifier: ", reason));
  answer.sentence += cat(": ", reason);
  return answer;
}

bool needs_map(With with) { return with != With::nothing && with != With::global && with != With::insn_count; }
bool needs_types(With with) { return with == With::functions || with == With::global || with == With::tail_call; }

Answer probe_code(Context& context, const CodeRow& row) {
  sys::ProgLoadAttr attr;
  attr.prog_type = row.type;
  attr.prog_flags = row.flags;
  Outcome map;
  if (needs_map(row.with)) map = context.create(map_for(row.with));
  if (!map.ok()) return refused(context, map, row.with == With::arena ? need_of_row(row) : Need::map, "BPF_MAP_CREATE");
  Outcome types;
  const std::uint32_t functions[] = {0, btf::kMainType, row.callback, btf::kCallbackType};
  if (needs_types(row.with)) {
    types =
        row.with == With::global ? context.load_btf(btf::kGlobalFunctionBlob) : context.load_btf(btf::kFunctionsBlob);
    if (!types.ok()) return refused(context, types, Need::btf, "BPF_BTF_LOAD");
    attr.prog_btf_fd = static_cast<std::uint32_t>(types.fd.get());
    attr.func_info = sys::to_u64(functions);
    attr.func_info_cnt = 2;
    attr.func_info_rec_size = 8;
  }
  Answer answer = of_program(context, row, context.load(attr, slots_with_map(row, row.code, map.fd.get())));
  if (answer.verdict == Verdict::supported || row.otherwise.slots.empty()) return answer;
  const Outcome other = context.load(attr, slots_with_map(row, row.otherwise, map.fd.get()));
  return other.ok() ? supported() : answer;
}

}  // namespace

const Row* isa_row(std::uint32_t number) { return number < std::size(kIsa) ? &kIsa[number].row : nullptr; }

const Row* misc_row(std::uint32_t number) {
  if (number < kFirstCall) return &kPrograms[number].row;
  if (number < kFirstAlias) return &kCalledRows[number - kFirstCall].row;
  if (number < kMiscCount) return &kAliases[number - kFirstAlias].row;
  return nullptr;
}

Answer probe_isa(Context& context, std::uint32_t row) { return probe_code(context, kIsa[row]); }

Answer probe_misc(Context& context, std::uint32_t row) {
  if (row < kFirstCall) return probe_code(context, kPrograms[row]);
  if (row < kFirstAlias) return kCalledRows[row - kFirstCall].probe(context);
  const auto other = parse_feature(kAliases[row - kFirstAlias].feature);
  return other ? ask(context, *other) : unknown(0, other.error().message());
}

}  // namespace ebpf::features
