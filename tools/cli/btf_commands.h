// The commands of the family `ebpf btf`.
#pragma once

#include "tools/cli/command.h"

namespace ebpf::cli {

extern const Command kBtfDump;
extern const Command kBtfMin;

}  // namespace ebpf::cli
