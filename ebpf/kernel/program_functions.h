// The functions of a program that is loaded: what other programs can replace (freplace) or trace (fentry, fexit).
// Internal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/sys/fd.h"

namespace ebpf::kernel {

// The program's name in full, where its types tell it, and its number: `"classify" (program number 12)`.
struct ProgramFunction {
  std::string program;
  btf::TypeId type;  // in the program's BTF
};

// Looks a function up by its name among those that the program was linked from. The types are asked of the kernel,
// which takes CAP_SYS_ADMIN; who has them can give them (`types`: of the object that the program came from). Linux 5.0.
// Errors: not_found, with the nearest name; unsupported_input for a program that was loaded without types; denied.
Result<ProgramFunction> find_program_function(const Fd& program, std::string_view name,
                                              const btf::Spec* types = nullptr);

}  // namespace ebpf::kernel
