// Giving BTF to the kernel, whatever its version. Internal.
//
// A current kernel takes a table as it is, in one call. Where it refuses, it is asked for the features that the table
// uses, each by a table of a few types, once per process; then it gets the table in terms of those that it has
// (btf/degrade.h).
#pragma once

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/btf/degrade.h"
#include "ebpf/load/token.h"
#include "ebpf/sys/fd.h"

namespace ebpf::loader {

struct LoadedTypes {
  Fd fd;
  btf::Features degraded;  // what this kernel does not know of what the table uses
};

// Linux 4.18. Safe from any thread. Errors: denied; what the kernel says about the table, with the last line of its
// log, is not_supported, invalid_argument or system.
Result<LoadedTypes> load_types(const btf::Spec& types, Token& token);

// Whether an error of load_types() is about what the table says, rather than about doing anything at all.
bool is_about_contents(const Error& error);

// Which of these features the kernel has, by //ebpf/features: one call for each that was never asked for before in this
// process.
btf::Features known_features(btf::Features asked, Token& token);

}  // namespace ebpf::loader
