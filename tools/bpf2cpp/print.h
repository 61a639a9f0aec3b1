// A Model as the text of a header.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "tools/bpf2cpp/model.h"

namespace ebpf::bpf2cpp {

// `object` are the bytes to be embedded; nothing: the header has none and its Spec reads a file.
std::string print(const Model& model, std::span<const std::byte> object);

}  // namespace ebpf::bpf2cpp
