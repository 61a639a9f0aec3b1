// Operands that name objects: files, or directories of them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"

namespace ebpf::cli {

// The files that the operands name, in their order. A directory stands for all files below it whose names end in ".o",
// sorted by path; links to directories are not followed. What is no directory is a file, whether it is there or not:
// who reads it says so. Errors: io; not_found for a directory without any.
Result<std::vector<std::string>> object_files(std::span<const std::string_view> operands);

}  // namespace ebpf::cli
