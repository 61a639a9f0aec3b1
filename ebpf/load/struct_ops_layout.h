// A structure of callbacks in the kernel's layout. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/spec/spec.h"

namespace ebpf::loader {

struct StructOpsLayout {
  struct Callback {
    std::uint32_t offset;      // of the member in the value, in bytes
    std::uint32_t member;      // its place among the members of the kernel's structure
    std::string_view name;     // the member's
    std::string_view program;  // the spec's
  };
  btf::TypeId structure = 0;          // the kernel's
  std::vector<std::byte> value = {};  // of the map, with zeroes where callbacks go
  std::vector<Callback> callbacks = {};
};

// Brings the map's structure into the layout that the kernel has for it, member by member, by their names. `kernel` are
// the types in which `wrapper`, the kernel's bpf_struct_ops_NAME, is. Members that the kernel does not have must be
// zero. Errors: not_supported for one that is not, or is a callback; type_mismatch for one that is something else or of
// another size there; unsupported_input for bit-fields and addresses; malformed.
Result<StructOpsLayout> lay_out_struct_ops(const MapSpec& map, const btf::Spec& local, const btf::Spec& kernel,
                                           btf::TypeId wrapper);

}  // namespace ebpf::loader
