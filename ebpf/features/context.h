// What all probes share: how bpf(2) answers here, the kernel's types, its configuration, a buffer for the verifier's
// log. Internal. One object per process, used under the lock of probe().
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/asm/slot.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/feature.h"
#include "ebpf/btf/name_search.h"
#include "ebpf/features/answer.h"
#include "ebpf/features/feature.h"
#include "ebpf/kernel/config.h"
#include "ebpf/kernel/types.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/uapi.h"

namespace ebpf::features {

inline constexpr std::size_t kHelperCount = 212;

// What of the kernel's types the tables of this room name; context.cc has the names.
enum class Target : std::uint8_t {
  none,
  bpf_fentry_test1,
  security_file_open,  // of functions whose result may be changed, one that needs no error injection in the kernel
  vfs_read,
  bpf_iter_task,
  bpf_lsm_file_open,
  bpf_lsm_socket_bind,
  bpf_iter_num_new,
  bpf_iter_num_destroy,
  btf_trace_sched_switch,
  tcp_congestion_ops,
  bpf_link_type,
  bpf_attach_type,
};
std::string_view name(Target target);

// How programs of a type are loaded: what they attach to where the kernel wants to know that at load time.
struct ProgramShape {
  ProgramType type = ProgramType::unspec;
  AttachType attach{};
  Target target = Target::none;
  std::uint32_t flags = 0;
};

// What becomes of a command of bpf(2) on its way to the kernel.
enum class Gate : std::uint8_t {
  open,      // the kernel answers
  refuses,   // a seccomp filter answers instead
  kills,     // a seccomp filter ends who calls
  pretends,  // a seccomp filter says that all is well, and nothing happens
  untold,    // there is a filter, and whether it kills could not be found out
  absent,    // the kernel has no bpf(2): ENOSYS and no filter
};

// No call is made there: it would be the last, or nothing that could be believed.
constexpr bool is_barred(Gate gate) { return gate == Gate::kills || gate == Gate::pretends || gate == Gate::untold; }

// What a call came to: a descriptor or 0, or an errno; and what the verifier wrote.
struct Outcome {
  Fd fd = {};
  int os_error = 0;           // EPERM where the gate is barred
  std::string_view log = {};  // valid until the next program is loaded
  Gate gate = Gate::open;
  bool ok() const { return os_error == 0; }
  // Whether it was the kernel that answered so.
  bool says(int error) const { return gate == Gate::open && os_error == error; }
};

class Context {
 public:
  // The system calls; none is made where that is barred.
  Outcome call(sys::Command command, void* attr, unsigned size);
  template <class Attr>
  Outcome call(sys::Command command, Attr attr) {
    return call(command, &attr, sizeof attr);
  }
  Outcome load(sys::ProgLoadAttr attr, std::span<const insn::Slot> code);
  Outcome create(const sys::MapCreateAttr& attr) { return call(sys::Command::map_create, attr); }
  Outcome load_btf(std::span<const std::uint32_t> bytes);

  // What a call of this command would meet, found by calls that do nothing.
  Outcome reach(sys::Command command);
  // Why Gate::untold: the errno with which a child process could not be made, or waited for.
  int trial_error() const { return trial_error_; }
  // Set while somebody asks who has called bpf(2) before and lived: nobody needs to try it first.
  bool reached = false;
  // To go with BTF; -1 for none.
  int token = -1;
  bool filtered();  // by seccomp, as far as can be told

  // The kernel's own types; null where they cannot be had, and types_problem() says why.
  const btf::Spec* types();
  const std::string& types_problem();
  const KernelTypes* kernel_types();
  // The id of a type of the kernel; nothing where there is none of that name. Asked again and again for the same few.
  std::optional<btf::TypeId> find(std::string_view name, btf::Kind kind);
  std::optional<btf::TypeId> find(Target target);
  // Whether an enumeration of the kernel's has an enumerator; nothing where the enumeration cannot be had.
  std::optional<bool> has_enumerator(Target enumeration, std::string_view enumerator);

  const Result<KernelConfig>& config();
  // The value of one of kOptionNames, by its number; config() is there.
  std::optional<std::string_view> option(std::uint32_t number);
  std::uint32_t kernel_version();  // 0 where it is not known
  std::uint64_t capabilities();    // counted_capabilities()
  const std::string& lockdown();   // "none", "integrity", "confidentiality"; empty where it is not shown

  // The names of the kernel's kfuncs, sorted; empty where its BTF does not mark them.
  const std::vector<std::string>& kfunc_names();

  bool loud = false;
  // The first helper of which it is known that no type of program has it.
  std::uint32_t helper_limit = UINT32_MAX;
  // Whether most types of programs of which all helpers were asked for have this one; a guess, which saves time where
  // it is right.
  bool is_common(insn::helper id) const;
  void count_helpers(std::span<const Answer> found);
  // A small map of a type, for calls that want one; -1 where it cannot be made. They last until close_maps().
  int map_of(MapType type);
  void close_maps() { maps_ = {}; }
  // How programs of a type are loaded, found once (shape_of()).
  std::array<std::optional<ProgramShape>, kProgramTypeCount> shapes = {};
  // What was answered before; null where it was not asked.
  const Answer* known(const Feature& feature);
  // Keeps an answer, instead of one that is known. The reference stays valid.
  const Answer& keep(const Feature& feature, Answer answer);
  // Of a type of program, all at once.
  std::array<std::vector<Answer>, kProgramTypeCount> helpers = {};  // empty: not asked for yet

 private:
  struct Known {
    Feature feature;
    Answer answer;
  };
  using Answers = std::vector<std::unique_ptr<Known>>;

  Answers::iterator place_of(const Feature& feature);
  void open_types();
  Gate try_in_child(long number, long first, long second, long third);
  Outcome find_gate(sys::Command command);
  bool kernel_refuses_everything();
  bool memory_is_limited();

  Answers answers_;  // by feature
  std::optional<bool> filtered_;
  int trial_error_ = 0;
  struct Reached {
    Gate gate;
    int os_error;
  };
  std::array<std::optional<Reached>, sys::kCommandCount> gates_ = {};
  std::optional<Result<KernelTypes::Shared>> types_;
  std::string types_problem_;
  struct KnownId {
    std::string key;
    std::optional<btf::TypeId> id;
  };
  std::vector<KnownId> ids_;
  std::optional<Result<KernelConfig>> config_;
  std::vector<std::optional<std::string_view>> options_;
  std::optional<std::uint32_t> version_;
  std::array<std::uint8_t, kHelperCount> callable_{};
  unsigned counted_types_ = 0;
  std::array<Fd, kMapTypeCount> maps_;
  std::optional<std::string> lockdown_;
  std::optional<std::uint64_t> capabilities_;
  std::optional<std::vector<std::string>> kfuncs_;
  std::string log_;
};

// The types of these names, a list for each. (One place for NameSearch, which is large where it is made.)
std::vector<std::vector<btf::TypeId>> search(const btf::Spec& types, std::span<const btf::NameQuery> queries);

// ---- Answers ----

inline Answer supported() { return {.verdict = Verdict::supported}; }
Answer absent(int os_error, std::string sentence = {});
Answer unknown(int os_error, std::string sentence);

// For what a right may be missing; denied.cc has the capabilities.
enum class Need : std::uint8_t {
  map,
  network_map,
  admin_map,
  program,
  network_program,
  tracing_program,
  ext,
  btf,
  link
};

// The answer that stands for a failure where nothing else is known: denied for EPERM and whatever a filter says, by
// whom as far as that can be told; unknown for what says nothing about the feature (ENOMEM, EMFILE, …); absent
// otherwise. `what` was called.
Answer refused(Context& context, const Outcome& outcome, Need need, std::string_view what);

// Of a feature that the kernel has, seen in a way that asks for no rights: `answer`, unless what a process must be
// able to do in order to use it is denied to this one, or that cannot be told.
Answer only_with(const Answer& needed, Answer answer);
// The same for a call that it must be able to make.
Answer only_with(Context& context, sys::Command command, Answer answer);

// ---- The probes, a function and a file for each group; rows are described there ----

Answer probe_system(Context& context, std::uint32_t row);
Answer probe_mount(std::uint32_t row);
Answer probe_capability(std::uint32_t row);
Answer probe_config(Context& context, std::string_view option);
Answer probe_program(Context& context, ProgramType type);
Answer probe_map(Context& context, MapType type);
Answer probe_map_flag(Context& context, std::uint32_t row);
Answer probe_attach(Context& context, AttachType type);
Answer probe_link(Context& context, LinkType type);
Answer probe_btf(Context& context, std::uint32_t row);
Answer probe_isa(Context& context, std::uint32_t row);
Answer probe_misc(Context& context, std::uint32_t row);
Answer probe_helper(Context& context, ProgramType type, insn::helper helper);
std::vector<Answer> probe_all_helpers(Context& context, ProgramType type);
// Whether the kernel makes a noise when it sees a call of it.
bool is_loud_helper(std::uint32_t id);
Answer probe_kfunc(Context& context, std::string_view name, ProgramType type);

// probe() for who holds the lock already. Those for a kind of feature bring no other probes into a static program.
const Answer& ask(Context& context, const Feature& feature);
const Answer& ask_program(Context& context, ProgramType type);
const Answer& ask_map(Context& context, MapType type);
const Answer& ask_btf(Context& context, btf::Feature feature);

}  // namespace ebpf::features
