#include "tools/cli/kernel_btf.h"

#include "ebpf/ebpf.h"

namespace ebpf::cli {

bool read_kernel_btf(const Arguments& arguments, LoadOptions& options) {
  for (const GivenOption& option : arguments.options) {
    if (option.name != "--kernel-btf") continue;
    auto types = KernelTypes::read_file(std::string(option.value));
    if (!types) {
      diagnose("--kernel-btf: ", types.error().message());
      return false;
    }
    options.kernel_types = *std::move(types);
  }
  return true;
}

void open_kernel_types(const CollectionSpec& spec, LoadOptions& options) {
  if (options.kernel_types) return;
  for (const ProgramSpec& program : spec.programs) {
    if (program.core_relocations.empty() && !program.attach_by_btf) continue;
    if (auto types = KernelTypes::running()) options.kernel_types = *std::move(types);
    return;
  }
}

}  // namespace ebpf::cli
