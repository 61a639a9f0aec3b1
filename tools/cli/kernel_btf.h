// Which kernel's types programs are relocated against: this one's, or those of a file (--kernel-btf).
#pragma once

#include "ebpf/load/options.h"
#include "ebpf/spec/spec.h"
#include "tools/cli/command.h"

namespace ebpf::cli {

// Takes --kernel-btf. False where the file cannot be read, which it says on standard error.
bool read_kernel_btf(const Arguments& arguments, LoadOptions& options);

// The running kernel's types are opened once for all programs of all files, and not at all where none asks for them.
// Where that fails, the load that needs them says why.
void open_kernel_types(const CollectionSpec& spec, LoadOptions& options);

}  // namespace ebpf::cli
