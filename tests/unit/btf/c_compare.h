// Printed C, compiled and compared: the text of CPrinter goes through clang's BPF target, which writes BTF of what it
// understood, and that has to be what was printed.
#pragma once

#include <string>
#include <vector>

#include "ebpf/btf/btf.h"

namespace ebpf::test {

// All types as one header, made by CPrinter.
std::string c_header(const btf::Spec& types);

// For each type that has a name a pointer, "struct sk_buff *probe_1234;", which lets the compiler keep type 1234. In
// several parts: how long clang takes for BTF grows with the square of the number of names in it.
std::vector<std::string> probes(const btf::Spec& types, std::size_t per_part = 700);

// The BTF that `compiler` makes of C source.
btf::Spec compile_c(const std::string& source, const std::string& compiler = "clang-19");

struct Comparison {
  std::size_t types = 0;    // that were compared
  std::size_t members = 0;  // of structures and unions, and enumerators
  std::size_t opaque = 0;   // structures that were printed as bytes
  std::vector<std::string> differences;
};

// Each type that `compiled` has a probe of, against the original. Adds to `out`.
void compare_probes(const btf::Spec& original, const btf::Spec& compiled, Comparison& out);

// All of the above: whatever was lost on the way from the types through C and the compiler to types.
Comparison round_trip(const btf::Spec& types, const std::string& compiler = "clang-19");

// A message of at most a few of the differences.
std::string first_differences(const Comparison& comparison);

}  // namespace ebpf::test
