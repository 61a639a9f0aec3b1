// KernelTypes: the types of a kernel and its modules, as BTF.
//
//     EBPF_TRY(auto kernel, KernelTypes::running());
//     auto task = kernel->types().find("task_struct", btf::Kind::structure);
//
// Opening the running kernel's maps its BTF and reads one word of each type: under a millisecond, and no memory of its
// own but an index of a few pages. A loader opens them by itself when a program asks for them; who loads many objects
// opens them once and gives them to each load (LoadOptions::kernel_types).
//
// Source: Documentation/bpf/btf.rst; Documentation/ABI/testing/sysfs-kernel-btf.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf {

// Immutable, and safe to use from several threads; modules are opened under a lock when they are first asked for.
class KernelTypes {
 public:
  using Shared = std::shared_ptr<const KernelTypes>;

  struct Module {
    std::string name;
    btf::Spec types;  // continues the kernel's
  };

  // Those of the running kernel: /sys/kernel/btf/vmlinux (5.4, CONFIG_DEBUG_INFO_BTF); where /sys is not mounted, from
  // the kernel itself (5.11, CAP_SYS_ADMIN); else the vmlinux file that belongs to it, in /boot, /lib/modules or
  // /usr/lib/debug. Errors: not_found, with all that was tried.
  static Result<Shared> running();
  // From a file that is BTF itself or an ELF file with a .BTF section, such as a vmlinux. Errors: io, malformed.
  static Result<Shared> read_file(const std::string& path);
  // From BTF in memory, which is checked as a whole. Errors: malformed.
  static Result<Shared> parse(std::vector<std::byte> bytes);

  // The kernel's own.
  const btf::Spec& types() const { return *types_; }
  // Whether they are of the kernel that runs here, so that their ids mean something to it. Others have no modules.
  bool is_running_kernel() const { return is_running_; }
  // Where they come from: a path, or "the kernel".
  const std::string& source() const { return source_; }

  // The modules that are loaded and have types. One whose types cannot be read, or make no sense, is left out and told
  // of in module_problems(): it is nobody's fault who does not use it. Valid as long as this object.
  std::vector<const Module*> modules() const;
  std::vector<std::string> module_problems() const;
  // Errors: not_found; as in module_problems().
  Result<const Module*> module(std::string_view name) const;

 private:
  struct ModuleSlot {
    std::string name;
    std::unique_ptr<const Module> module;  // null before it is asked for, and where that failed
    std::string problem;                   // why
  };

  KernelTypes() = default;
  static Result<Shared> make(btf::Spec types, std::string source, bool is_running);
  static Result<Shared> from_sysfs();
  static Result<Shared> from_object();
  static Result<Shared> from_vmlinux_files();
  void list_modules() const;
  void open_module(ModuleSlot& slot) const;

  std::shared_ptr<const btf::Spec> types_;
  std::string source_;
  bool is_running_ = false;

  mutable std::mutex lock_;  // of what follows
  mutable bool is_listed_ = false;
  mutable std::vector<ModuleSlot> modules_;
};

}  // namespace ebpf
