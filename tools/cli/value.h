// Values of BPF variables as text: printed by their BTF type, for people and as JSON, and read from the command line.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/spec/spec.h"
#include "tools/cli/json.h"

namespace ebpf::cli {

// Adds the value to `json`: numbers, booleans, strings for arrays of char, arrays, objects. Without a type (id 0) an
// unsigned number where there are 1, 2, 4 or 8 bytes, otherwise the bytes in hexadecimal.
void value_to_json(Json& json, const btf::Spec& types, btf::TypeId type, std::span<const std::byte> bytes,
                   ByteOrder order);

// The same as one line for people. An array is cut after a few elements.
std::string value_to_text(const btf::Spec& types, btf::TypeId type, std::span<const std::byte> bytes, ByteOrder order);

// Sets a variable from "NAME=VALUE": a number (decimal, 0x…, negative), true or false, the name of an enumerator, a
// floating point number, or for an array of char a text. Errors: not_found, type_mismatch, out_of_range,
// invalid_argument.
Result<void> set_from_text(CollectionSpec& spec, std::string_view assignment);

}  // namespace ebpf::cli
