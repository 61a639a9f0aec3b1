// One instruction of assembler text, read by the shapes of shape.h. Internal to this room.
#pragma once

#include <optional>
#include <string_view>

#include "ebpf/asm/item.h"
#include "ebpf/asm/scan.h"
#include "ebpf/base/error.h"

namespace ebpf::insn {

// The instruction at the scanner, which is behind it afterwards, at the end of the statement.
//
// A name in it is the item's, with a link that says where it stands: Link::offset and Link::imm for a jump,
// Link::function for what is called, Link::map and, with an offset behind it, Link::map_value in ld_imm64. What the
// last three really are is for the caller to find out; the instruction's src is 0.
//
// Errors: malformed, with line and column, and what would have been right there; or the rule of rules.h that is broken.
Result<Item> read_instruction(Scanner& scanner);

// Makes a call of "bpf_map_lookup_elem" one of the helper; false where the item calls something else.
bool name_helper(Item& item);

// Takes "name:", if that is what stands there.
std::optional<std::string_view> take_label(Scanner& scanner);

}  // namespace ebpf::insn
