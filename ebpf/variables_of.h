// The global variables of what the kernel holds already: of a map by its number or pin, of a program that another
// process has loaded. Names, places and types are those of the map's BTF, so that a knob can be turned without the
// object file:
//
//     EBPF_TRY(auto map, Map::open_pinned("/sys/fs/bpf/agent/settings"));
//     EBPF_TRY(auto variables, variables_of(map));
//     EBPF_TRY(auto rate, find_variable(variables, "sample_rate")->as<std::uint32_t>());
//
// Static variables of files that were linked can share a name, and BTF does not know the files: they are called
// "name@0x28", by their offset in the section.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/found.h"
#include "ebpf/map.h"
#include "ebpf/program.h"
#include "ebpf/variable.h"

namespace ebpf {

// The variables of a map that is a data section; none where the map is something else, or was made without types. They
// are views of its memory where it can be mapped: of constants (.rodata) read-only ones, which disturb nobody who is
// still loading. Linux 4.18; several system calls; needs CAP_SYS_ADMIN for the types. Errors: denied, malformed.
Result<std::vector<Variable>> variables_of(const Map& map);
// Those of all maps that the program uses. Errors: also not_found where one is gone meanwhile.
Result<std::vector<Variable>> variables_of(const Program& program);

// Errors: not_found, with the nearest name.
Found<const Variable> find_variable(std::span<const Variable> variables, std::string_view name);

}  // namespace ebpf
