// The functions of programs and shared libraries: where in the file they begin. Internal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"

namespace ebpf {

// A file by its name: as it is where it has a slash in it, otherwise looked for as the shell looks for programs (PATH)
// and, where ".so" is in the name, as the dynamic linker looks for libraries (LD_LIBRARY_PATH and the usual folders).
// Errors: not_found.
Result<std::string> find_program_or_library(std::string_view name);

// What `offset` bytes behind the beginning of the function is, in bytes from the beginning of the file. Reads the whole
// file. The symbols of the dynamic linker and those that a debugger has are looked at; not those of files apart
// (.gnu_debuglink). Errors: not_found for a function that is not there or only called; invalid_argument where several
// local ones have the name; out_of_range for an offset behind its end; malformed and unsupported_input for the file.
Result<std::uint64_t> function_offset(const std::string& path, std::string_view function, std::uint64_t offset = 0);

// The same of all functions whose names match, with `*` for any text and `?` for any character; each place once, in the
// order of the file. Errors: not_found where none does; as function_offset().
Result<std::vector<std::uint64_t>> function_offsets(const std::string& path, std::string_view pattern);

// The same in a file's bytes. For tests, too.
Result<std::uint64_t> function_offset_in(std::span<const std::byte> file, std::string_view function,
                                         std::uint64_t offset = 0);
Result<std::vector<std::uint64_t>> function_offsets_in(std::span<const std::byte> file, std::string_view pattern);

// Whether the whole text is what the pattern says: `*` for any text, `?` for any character.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace ebpf
