// Names that are looked for in the types of the kernel and its modules. Internal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ebpf/btf/name_search.h"
#include "ebpf/load/plan.h"

namespace ebpf::loader {

// "vmlinux", by which a name may ask for the kernel itself and for no module.
inline constexpr std::string_view kKernelItself = "vmlinux";

// Collects names and takes what searches find for them. The first find counts.
class KernelNames {
 public:
  // `module`: where to look; empty for everywhere. `out` must stay where it is.
  void add(std::string name, btf::Kind kind, std::string_view module, KernelName& out);
  bool empty() const { return wanted_.empty(); }

  // Puts what is missing, and may be in `module`, into a search; and takes what was found there.
  void ask(btf::NameSearch& search, std::string_view module);
  void take(const btf::NameSearch& search, std::string_view module);
  // Whether there is something that a module might still have.
  bool is_missing_any() const;

 private:
  struct Wanted {
    std::string name;
    btf::Kind kind;
    std::string module;
    KernelName* out;
    std::size_t query = 0;
  };
  std::vector<Wanted> wanted_;
};

}  // namespace ebpf::loader
