// Counting what a test's whole process allocates through operator new, which a target that depends on this replaces.
#pragma once

#include <cstddef>

namespace ebpf::fuzz {

// How many bytes live now.
std::size_t memory_in_use();
// The most that ever lived since the last start_peak().
std::size_t memory_peak();
void start_peak();

}  // namespace ebpf::fuzz
