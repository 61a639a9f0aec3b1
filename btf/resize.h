// Another size for the array at the end of a data section: what the program declares with one element, and the loader
// knows how many it needs.
#pragma once

#include <cstdint>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

struct ResizedArray {
  Spec types;
  std::uint32_t section_size;   // in bytes, to the end of the array
  std::uint32_t variable_size;  // in bytes
};

// The table with `count` elements in the variable, which is an array and the last one of the section. Ids and offsets
// of strings stay, new types come behind; other variables of the type keep it. Errors: invalid_argument where it is no
// array, or not the last; out_of_range for no elements, or more than 4 GiB of them; malformed.
Result<ResizedArray> resize_array(const Spec& types, TypeId section, TypeId variable, std::uint32_t count);

}  // namespace ebpf::btf
