// Assembler text to an ELF object: asm/ knows what is in it, elf/ how it is written, and this is between them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "ebpf/base/bytes.h"
#include "ebpf/base/error.h"

namespace ebpf::cli {

// The bytes of a relocatable object. Errors: malformed, with line, column and what was expected.
Result<std::vector<std::byte>> assemble_file(std::string_view text, ByteOrder order);

}  // namespace ebpf::cli
