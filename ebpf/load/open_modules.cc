// Pass: programs that attach to something in a module, or use its functions and variables, name the module's BTF by a
// descriptor (attach_btf_obj_fd and fd_array of BPF_PROG_LOAD, Linux 5.11 and 5.14).
#include "ebpf/base/text.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {

Result<void> open_modules(LoadPlan& plan) {
  for (ModulePlan& module : plan.modules) {
    auto object = kernel::kernel_btf_object(module.name);
    if (!object) return std::unexpected(std::move(object).error().in(cat("types of module ", quoted(module.name))));
    module.btf = std::move(object->fd);
  }
  return {};
}

}  // namespace ebpf::loader
