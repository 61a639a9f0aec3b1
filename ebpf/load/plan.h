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
#include "ebpf/btf/core.h"
#include "ebpf/kernel/types.h"
#include "ebpf/load/map_create.h"
#include "ebpf/load/names.h"
#include "ebpf/load/options.h"
#include "ebpf/spec/spec.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/mmap.h"

namespace ebpf::loader {

struct MapPlan {
  const MapSpec* spec;
  MapAttributes attributes;           // the spec's, adjusted to this machine and, once created, to this kernel
  std::vector<std::byte> image = {};  // of a data section, as it is to be written; empty for all zeroes
  Fd fd = {};
  bool reused = false;      // found pinned: has its contents already
  sys::Mapping arena = {};  // of an arena: its memory
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
};

// An instruction that was made one that no verifier accepts, and why.
struct PoisonedSlot {
  std::uint32_t slot;
  btf::CoreRelocation relocation;
  bool is_incompatible;  // it exists, with another size or sign; otherwise: it does not exist
};

// What a program attaches to, where that is something in BTF.
struct AttachTarget {
  btf::TypeId type = 0;     // in the kernel's types or in the module's
  std::string module = {};  // empty: the kernel itself
  Fd module_btf = {};
};

struct ProgramPlan {
  const ProgramSpec* spec;
  std::vector<insn::Slot> code = {};              // the program, then its subprograms
  std::vector<BoundReference> references = {};    // to anything that is no function
  std::vector<btf::FunctionInfo> functions = {};  // one for each function, or none at all
  std::vector<btf::LineInfo> lines = {};          // from the first slot of each function on, or none at all
  std::vector<btf::CoreRelocation> core_relocations = {};
  std::vector<PoisonedSlot> poisoned = {};  // by slot, ascending
  AttachTarget target = {};
  Fd fd = {};
  std::string verifier_log = {};
};

struct LoadPlan {
  const CollectionSpec& spec;
  LoadOptions options;
  std::vector<MapPlan> maps = {};          // as in spec.maps
  std::vector<ProgramPlan> programs = {};  // those of spec.programs that are to be loaded
  NameIndex map_names = {};                // into maps
  KernelTypes::Shared running_types = {};  // null where nothing asked for them
  KernelTypes::Shared core_types = {};     // the same, or the caller's
  std::optional<btf::CoreResolver> core = {};
  Fd btf = {};                   // not valid where the object has none, or the kernel refused it
  std::string btf_refusal = {};  // why it did
  NewPins new_pins = {};

  MapPlan* map(std::string_view name) {
    const auto index = map_names.find(name);
    return index ? &maps[*index] : nullptr;
  }
  ProgramPlan* program(std::string_view name) {
    for (ProgramPlan& program : programs)
      if (program.spec->name == name) return &program;
    return nullptr;
  }
};

}  // namespace ebpf::loader
