// Global variables of what is loaded on this machine, found by what people call it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/map.h"
#include "ebpf/variable.h"

namespace ebpf::cli {

struct ProgramName {
  std::uint32_t id;
  std::string name;  // of at most 15 characters
};

// A map that holds variables.
struct LoadedSection {
  std::uint32_t map_id;
  std::string map_name;               // of at most 15 characters
  std::vector<ProgramName> programs;  // that use it
  std::vector<Variable> variables;
};

// What a text such as "count.packets", "17.limits[2].rate" or "program:12" means.
struct Selection {
  std::vector<LoadedSection> sections;  // of the program or map, by number
  std::string_view rest;                // behind its name, without the dot; may be empty
};

// PROGRAM, MAP, or a number: of a map, or else of a program; "program:X" and "map:X" leave no doubt. Several programs
// of one name are all meant. The empty text means all that there is. Errors: not_found, denied.
Result<Selection> select_loaded(std::string_view text);

// One variable, and the path to the part of it that is meant.
struct Chosen {
  const LoadedSection* section;
  const Variable* variable;
  std::string_view path;
};

// Errors: not_found with the nearest name; invalid_argument where several maps have such a variable.
Result<Chosen> choose_variable(const Selection& selection);

}  // namespace ebpf::cli
