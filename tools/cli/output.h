// What the commands write: results to standard output, everything else to standard error, and files. Each call is one
// write(2): nothing is held back, so that lines of both streams come in the order in which they were printed. <stdio.h>
// is not used, which with all that printf knows of numbers is 15 KB of a static binary.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/base/json.h"
#include "ebpf/base/text.h"

namespace ebpf::cli {

// To standard output. Where that takes no more (the disk is full), the first failure is kept for output_error().
void print_text(std::string_view text);
// print("map ", name, "\n").
template <class... Parts>
void print(const Parts&... parts) {
  print_text(cat(parts...));
}
void print_line(const Json& json);

// Errors: io, where not all that was printed was taken.
Result<void> output_error();

// To standard error.
void print_error_text(std::string_view text);
// "ebpf: ", the parts and the end of the line, to standard error.
void diagnose_text(std::string_view sentence);
template <class... Parts>
void diagnose(const Parts&... parts) {
  diagnose_text(cat(parts...));
}
void print_error(const Error& error);

// A file with these bytes, in the place of what is there. Errors: those of open(2), write(2) and close(2), with the
// path.
Result<void> write_file(const std::string& path, std::span<const std::byte> bytes);

// With spaces behind it, or in front of it, where it is shorter.
std::string padded(std::string_view text, std::size_t width);
std::string right_aligned(std::string_view text, std::size_t width);

}  // namespace ebpf::cli
