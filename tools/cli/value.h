// Values of BPF variables as text: printed by their BTF type (btf/print_value.h), and read from the command line.
#pragma once

#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/base/json.h"
#include "ebpf/btf/print_value.h"
#include "ebpf/spec/spec.h"

namespace ebpf::cli {

using btf::value_to_json;
using btf::value_to_text;

// Sets a variable from "NAME=VALUE": a number (decimal, 0x…, negative), true or false, the name of an enumerator, a
// floating point number, or for an array of char a text. Errors: not_found, type_mismatch, out_of_range,
// invalid_argument.
Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment);

}  // namespace ebpf::cli
