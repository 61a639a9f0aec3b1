// LoadPlan: a CollectionSpec on its way into the kernel. Internal.
//
// The passes (passes.h) work on a plan, one after another. It holds what the spec does not say: the code of each
// program with its subprograms linked in, the bytes of each data section with the variables' values laid over them,
// and, as the passes go on, the descriptors. The spec itself is never written to. A plan that is destroyed half-way
// closes what it opened; pins that it made are taken back by the driver (load.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/text.h"
#include "ebpf/btf/core.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/kernel/types.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/names.h"
#include "ebpf/load/options.h"
#include "ebpf/load/struct_ops_value.h"
#include "ebpf/load/token.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/mmap.h"

namespace ebpf::loader {

// Something in the kernel's BTF that was found by its name.
struct KernelName {
  btf::TypeId type = 0;     // in the kernel's types or in the module's; 0: there is none
  std::string module = {};  // empty: the kernel itself
};

// A program that is a member of a struct_ops map.
struct CallbackPlan {
  std::uint32_t offset;  // of its descriptor in the map's value
  const ProgramSpec* program;
};

struct StructOpsPlan {
  KernelName wrapper = {};  // the kernel's bpf_struct_ops_NAME, the type of the map's value
  StructOpsValue value = {};
  std::vector<CallbackPlan> callbacks = {};
};

struct MapPlan {
  const MapSpec* spec;
  MapAttributes attributes;           // the spec's, adjusted to this machine and, once created, to this kernel
  std::vector<std::byte> image = {};  // of a data section, as it is to be written; empty for all zeroes
  Fd fd = {};
  bool reused = false;            // was there before, pinned or the caller's: has its contents already
  bool replaced = false;          // the caller's (LoadOptions::replacements): nothing at all is written to it
  sys::Mapping arena = {};        // of an arena: its memory
  std::uint64_t data_offset = 0;  // in an arena: where its variables begin
  StructOpsPlan struct_ops = {};

  // Others are in the plan, too, so that each has the place that it has in the spec. One that the caller gave is there
  // anyway.
  bool is_wanted() const { return spec->autocreate || replaced; }
};

// Pins that a load has made. They are taken back unless the load comes to its end.
class NewPins {
 public:
  NewPins() = default;
  NewPins(NewPins&&) = default;
  NewPins& operator=(NewPins&&) = default;
  ~NewPins();
  void add(std::string path) { paths_.push_back(std::move(path)); }
  void keep() { paths_.clear(); }

 private:
  std::vector<std::string> paths_;
};

// A reference to a map or data section in linked code.
struct BoundReference {
  std::uint32_t slot;  // from the program's beginning
  const Reference* reference;
  std::size_t jump_table = 0;  // of ReferenceKind::jump_table: its place in ProgramPlan::jump_tables
};

// A jump table of a function that is in the program's code, from the slot `start` on.
struct JumpTablePlan {
  const JumpTable* table;
  std::uint32_t start;
  Fd map = {};
};

// An instruction that was made one that no verifier accepts, and why.
struct PoisonedSlot {
  std::uint32_t slot;
  btf::CoreRelocation relocation;
  bool is_incompatible;  // it exists, with another size or sign; otherwise: it does not exist
};

// A symbol that the kernel defines, where a program that is to be loaded uses it.
struct ExternPlan {
  const ExternSpec* spec;
  bool is_used = false;
  bool is_typed = false;  // found in BTF; otherwise by its address
  KernelName name = {};
  std::uint64_t address = 0;
  bool is_found = false;
  std::optional<Error> problem = {};  // why programs that use it cannot be loaded
};

// The BTF of a module that programs refer to. Its place in LoadPlan::modules, plus 1, is its index in the descriptors
// that go with each program (fd_array of BPF_PROG_LOAD): 0 is the kernel itself.
struct ModulePlan {
  std::string name;
  Fd btf = {};
  std::optional<Error> problem = {};  // why it could not be opened
};

struct ProgramPlan {
  const ProgramSpec* spec;
  std::vector<insn::Slot> code = {};            // the program, then its subprograms
  std::vector<BoundReference> references = {};  // to anything that is no function
  std::vector<JumpTablePlan> jump_tables = {};
  std::vector<btf::FunctionInfo> functions = {};  // one for each function, or none at all
  // The same for a kernel that knows contexts by the names of their types only; empty where nothing differs.
  std::vector<btf::FunctionInfo> functions_by_name = {};
  std::vector<btf::LineInfo> lines = {};  // from the first slot of each function on, or none at all
  std::vector<btf::CoreRelocation> core_relocations = {};
  std::vector<PoisonedSlot> poisoned = {};   // by slot, ascending
  std::string attach_to = {};                // the spec's, or what the caller wants instead
  KernelName target = {};                    // what it attaches to, where that is in BTF
  std::optional<std::uint32_t> member = {};  // of struct_ops: its place among the members of `target`
  const Fd* target_program = nullptr;        // the program that `target` is a function of
  Fd fd = {};
  std::string verifier_log = {};
  std::optional<Error> refusal = {};  // see LoadPlan::refuse
};

// A program that was left out, and why.
struct RefusedPlan {
  const ProgramSpec* spec;
  Error error;
};

struct LoadPlan {
  const CollectionSpec& spec;
  LoadOptions options;
  btf::Spec types = spec.types;            // the object's, and what passes add behind them
  std::vector<MapPlan> maps = {};          // as in spec.maps
  std::vector<ProgramPlan> programs = {};  // those of spec.programs that are to be loaded
  NameIndex map_names = {};                // into maps
  KernelTypes::Shared running_types = {};  // null where nothing asked for them
  KernelTypes::Shared core_types = {};     // the same, or the caller's
  std::optional<btf::CoreResolver> core = {};
  std::vector<ExternPlan> externs = {};  // as in spec.externs
  std::vector<ModulePlan> modules = {};
  Token token = Token(options.token_path);
  Fd btf = {};                      // not valid where the object has none, or the kernel refused it
  btf::Features btf_degraded = {};  // what was left out of it, for a kernel that does not know it
  std::string btf_refusal = {};     // why the kernel refused it
  NewPins new_pins = {};
  std::vector<RefusedPlan> refused = {};  // programs that were to be loaded and are left out (LoadOptions::keep_going)
  std::vector<std::string> notes = {};    // for Collection::notes

  // What becomes of a program's error: it ends the load, or the program is marked and the load goes on without. Marked
  // programs leave `programs` when the pass is over, so that pointers to their neighbours stay good until then.
  Result<void> refuse(ProgramPlan& program, Error error) {
    error = std::move(error).in(cat("program ", ebpf::quoted(program.spec->name)));
    if (!options.keep_going) return fail_in(std::move(error));
    program.refusal = std::move(error);
    return {};
  }
  // Calls step(ProgramPlan&) for each program that is still to be loaded; what it returns is an error of that program.
  template <class Step>
  Result<void> for_each_program(Step step) {
    for (ProgramPlan& program : programs) {
      if (program.refusal) continue;
      if (auto ok = step(program); !ok) EBPF_CHECK(refuse(program, std::move(ok).error()));
    }
    return {};
  }

  MapPlan* map(std::string_view name) {
    const auto index = map_names.find(name);
    return index ? &maps[*index] : nullptr;
  }
  ExternPlan* external(std::string_view name) {
    for (ExternPlan& external : externs)
      if (external.spec->name == name) return &external;
    return nullptr;
  }
  // The module's place in `modules`, to which it is added where it is not there yet.
  std::size_t module_index(std::string_view name) {
    for (std::size_t i = 0; i < modules.size(); ++i)
      if (modules[i].name == name) return i;
    modules.push_back({std::string(name)});
    return modules.size() - 1;
  }
  ProgramPlan* program(std::string_view name) {
    for (ProgramPlan& program : programs)
      if (program.spec->name == name) return &program;
    return nullptr;
  }
};

}  // namespace ebpf::loader
