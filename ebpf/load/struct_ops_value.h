// What the kernel is given when a struct_ops map is registered. Internal; a Map keeps it until it is attached.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ebpf/sys/fd.h"

namespace ebpf::loader {

struct StructOpsValue {
  // In the kernel's layout, callbacks as numbers of descriptors. Empty for maps of other types.
  std::vector<std::byte> bytes = {};
  // Those descriptors: of the programs, which may otherwise be gone when the map is attached.
  std::vector<Fd> programs = {};
  // A program that was refused (LoadOptions::keep_going); the map can then not be attached.
  std::string missing = {};
};

}  // namespace ebpf::loader
