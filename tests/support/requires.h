// What a test case needs of the kernel, in the field's words:
//
//     test_requires(kernel(5, 8));
//     test_requires(program_type(ProgramType::lsm), module("veth"));
//
// A case whose kernel does not meet one of them is skipped, with "needs …" as the reason. The kernel is asked by doing:
// a type of map is there if such a map is made, a type of program if a program of two instructions is loaded; what is
// made goes at once. Versions are for what cannot be asked for. tools/matrix counts a case that is skipped on every
// kernel as failed, so a requirement that nothing meets does not go unnoticed.
#pragma once

#include <optional>
#include <string>

#include "ebpf/sys/types.h"

namespace ebpf::test {

// One requirement, tried already: what is missing, "map type arena: BPF_MAP_CREATE: EINVAL", or nothing where it is
// met.
struct Requirement {
  std::optional<std::string> missing;
};

// Linux of at least this version, as it was built: Debian's "6.1.0-18-amd64" is 6.1.76.
Requirement kernel(unsigned major, unsigned minor);

// The kernel makes maps of this type. Throws std::logic_error for one that is not in the table of probes.cc, such as
// struct_ops, which needs a type of the kernel's.
Requirement map_type(MapType type);

// The kernel loads programs of this type. With an attach type for those that differ by it; by default `tracing` is
// fentry, and `lsm` a hook for the whole system. Throws std::logic_error for a pair that is not in the table of
// probes.cc, such as ext and struct_ops, which need a target that only the test has.
Requirement program_type(ProgramType type);
Requirement program_type(ProgramType type, AttachType attach_type);

// A module of the kernel, which modprobe(8) loads unless it is there already. The name is to be a literal: that is how
// tools/matrix knows which modules to take along.
Requirement module(const char* name);

// The kernel's own types, at /sys/kernel/btf/vmlinux (5.4, with CONFIG_DEBUG_INFO_BTF).
Requirement kernel_btf();

// Skips the test case where this requirement is not met.
void test_requires(const Requirement& requirement);

// The same for several.
template <class... More>
void test_requires(const Requirement& first, const Requirement& second, const More&... more) {
  test_requires(first);
  test_requires(second, more...);
}

}  // namespace ebpf::test
