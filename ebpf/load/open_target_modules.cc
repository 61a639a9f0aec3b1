// Pass: a program that attaches to a function or tracepoint of a module names the module's BTF by a descriptor
// (attach_btf_obj_fd of BPF_PROG_LOAD, Linux 5.11).
#include "ebpf/base/text.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/load/passes.h"

namespace ebpf::loader {

Result<void> open_target_modules(LoadPlan& plan) {
  for (ProgramPlan& program : plan.programs) {
    if (program.target.module.empty()) continue;
    auto object = kernel::kernel_btf_object(program.target.module);
    if (!object)
      return std::unexpected(std::move(object).error().in(
          cat("program ", quoted(program.spec->name), ": types of module ", quoted(program.target.module))));
    program.target.module_btf = std::move(object->fd);
  }
  return {};
}

}  // namespace ebpf::loader
