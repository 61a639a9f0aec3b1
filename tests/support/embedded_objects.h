// BPF objects inside of other files: tools that were built with skeletons carry theirs in .rodata.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ebpf::test {

// Every ELF64 object for BPF, of either byte order, that lies in `file` with all its sections, in the order in which
// they lie there. The spans are parts of `file`. A file that is such an object itself has exactly itself.
std::vector<std::span<const std::byte>> embedded_objects(std::span<const std::byte> file);

}  // namespace ebpf::test
