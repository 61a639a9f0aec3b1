// The names of a generated header: C's and BPF's names as C++ identifiers.
//
// A name that is a C++ keyword, a macro of common headers, or taken, gets a `_` at its end, and as many as it takes.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace ebpf::bpf2cpp {

// Whether nothing can be called so: keywords of C++23, macros that <errno.h>, <sys/types.h> and their like define, and
// the namespaces that the generated code uses.
bool is_reserved(std::string_view name);

// Whether the C library has something at global scope that a namespace of that name would collide with.
bool is_library_function(std::string_view name);

// The characters of a name that no identifier has as `_`: "count.calls" is count_calls.
std::string as_identifier(std::string_view name);

// A scope in which each name is given once.
class Scope {
 public:
  // An identifier for a name. Names that need no change are to be claimed before those that do, so that they keep it.
  std::string claim(std::string_view name);
  // Whether claim() would give the name itself.
  bool would_keep(std::string_view name) const;
  bool has(std::string_view name) const { return taken_.contains(std::string(name)); }

 private:
  std::set<std::string> taken_;
};

}  // namespace ebpf::bpf2cpp
