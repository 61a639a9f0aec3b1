// What the targets share: properties that must hold for all input, and results that must be values or errors.
#pragma once

#include <cstdint>
#include <cstdlib>

#include "ebpf/base/error.h"

namespace ebpf::fuzz {

// A property that holds for all input. Not assert(): it is checked in every build.
inline void require(bool holds) {
  if (!holds) std::abort();
}

// The sum of what was read: the optimiser may not leave the reading out.
inline volatile std::uint64_t sink;
inline void use(std::uint64_t value) { sink = sink + value; }

template <class T>
bool good(const Result<T>& result) {
  if (!result) require(!result.error().message().empty());
  return result.has_value();
}

}  // namespace ebpf::fuzz
