// BTF as the kernel holds it: its own, its modules' and that of programs, each an object with an id. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/sys/fd.h"

namespace ebpf::kernel {

struct BtfObject {
  Fd fd = {};
  std::uint32_t id = 0;
  std::string name = {};   // "vmlinux", a module's, or empty; known from 5.11 on
  bool is_kernel = false;  // the kernel's own or a module's
};

// What a descriptor of BTF is of. Errors: what BPF_OBJ_GET_INFO_BY_FD says.
Result<BtfObject> describe_btf_object(Fd fd);

// Errors: not_found; denied (CAP_SYS_ADMIN is needed for all that takes an id).
Result<BtfObject> btf_object_by_id(std::uint32_t id);

// The kernel's own BTF ("vmlinux") or that of a module. Linux 5.11. Errors: not_found, denied.
Result<BtfObject> kernel_btf_object(std::string_view name);

// The types of such an object, encoded: of a module they continue the kernel's.
Result<std::vector<std::byte>> read_btf_object(const Fd& object);

}  // namespace ebpf::kernel
