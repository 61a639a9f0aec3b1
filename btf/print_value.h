// Values as text: the bytes of anything that has a BTF type, for people and as JSON.
//
//     std::printf("%s\n", btf::value_to_text(variable.types(), variable.type(), bytes, kHostByteOrder).c_str());
//
// prints {small = 3, colour = GREEN, word = "hello", next = 0xffff888003a51000}.
//
// Members of anonymous structures and unions are members of what they are in; of a union all are shown. An array of
// char is a text, up to its first NUL. An enumerator is called by its name, a combination of flags "A|B". An array
// without a length at the end of a structure takes the bytes that are left. What does not fit its type is shown as a
// number, where it has 1, 2, 4 or 8 bytes, or else in hexadecimal digits. Types and bytes may be hostile: what is
// printed is bounded by a small multiple of the bytes. Safe from several threads.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "ebpf/base/bytes.h"
#include "ebpf/base/json.h"
#include "ebpf/btf/btf.h"

namespace ebpf::btf {

// One line. An array is cut after a few elements. Without a type (id 0) the bytes are what does not fit its type.
std::string value_to_text(const Spec& types, TypeId type, std::span<const std::byte> bytes, ByteOrder order);

// Adds the value to `json`: numbers (of pointers and enumerators, too), booleans, strings, arrays and objects. Integers
// of 128 bits are strings of their digits, which no reader of JSON rounds.
void value_to_json(Json& json, const Spec& types, TypeId type, std::span<const std::byte> bytes, ByteOrder order);

}  // namespace ebpf::btf
