// Types one by one, in the words of the format: `ebpf btf dump --format raw` and `json`.
#pragma once

#include <string>

#include "ebpf/btf/btf.h"

namespace ebpf::cli {

// Appends the type as the lines that `bpftool btf dump ... format raw` has for it: one of its own, and one, after a
// tab, for each member, enumerator, parameter or variable.
void append_raw(std::string& out, const btf::Spec& types, btf::Type type);

// Appends the type as one line with a JSON object (docs/cli.md).
void append_json(std::string& out, btf::Type type);

}  // namespace ebpf::cli
