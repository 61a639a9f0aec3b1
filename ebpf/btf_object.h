// BtfObject: BTF that the kernel holds: of a program or map that was loaded, of the kernel itself, or of a module.
//
//     EBPF_TRY(auto object, BtfObject::load(types));             // a table of one's own
//     EBPF_TRY(auto of_program, BtfObject::from_id(program.info()->btf_id));
//     EBPF_TRY(btf::Spec read, of_program.types());
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/sys/fd.h"

namespace ebpf {

// Move-only; safe from several threads. The kernel keeps the types while this exists, or something else refers to them.
class BtfObject {
 public:
  // Gives types to the kernel. What an older kernel does not know is left out, and degraded() says what; ids of types
  // stay. Linux 4.18; needs CAP_BPF (CAP_SYS_ADMIN before 5.8). Errors: denied; invalid_argument for a split table,
  // which only a module has; what the kernel says of the types.
  static Result<BtfObject> load(const btf::Spec& types);
  // Linux 4.19; needs CAP_SYS_ADMIN. Errors: not_found, denied.
  static Result<BtfObject> from_id(std::uint32_t id);
  // The kernel's own types ("vmlinux") or a module's. Linux 5.11; needs CAP_SYS_ADMIN. Errors: not_found, denied.
  static Result<BtfObject> from_name(std::string_view name);
  // Takes over a descriptor. Errors: invalid_argument for one that is not of BTF.
  static Result<BtfObject> from_fd(Fd fd);
  // The smallest id above `id`, to go through all that there are; nothing at the end. An object may be gone by the time
  // that it is asked for. Linux 5.4; needs CAP_SYS_ADMIN. Errors: denied.
  static Result<std::optional<std::uint32_t>> next_id(std::uint32_t id);

  const Fd& fd() const { return fd_; }
  std::uint32_t id() const { return id_; }
  // "vmlinux", a module's, or empty: what programs bring has no name. Empty before 5.11.
  const std::string& name() const { return name_; }
  // Whether it is the kernel's own, or a module's. False before 5.11.
  bool is_kernel() const { return is_kernel_; }
  // What load() left out.
  btf::Features degraded() const { return degraded_; }

  // Reads them back. Those of a module continue the kernel's, which are to be given as `base` (KernelTypes). Two system
  // calls. Errors: malformed; invalid_argument where a base is missing.
  Result<btf::Spec> types(std::shared_ptr<const btf::Spec> base = nullptr) const;

 private:
  BtfObject() = default;

  Fd fd_;
  std::uint32_t id_ = 0;
  std::string name_;
  bool is_kernel_ = false;
  btf::Features degraded_;
};

}  // namespace ebpf
