// What a test case needs of the kernel, in the field's words:
//
//     test_requires(kernel(5, 8));
//     test_requires(program_type(ProgramType::lsm), module("veth"));
//
// A case whose kernel does not meet one of them is skipped, with "needs …" as the reason. The kernel is asked by doing:
// a type of map is there if such a map is made, a type of program if a program of two instructions is loaded; what is
// made goes at once. Versions are for what cannot be asked for. tools/matrix counts a case that is skipped on every
// kernel as failed, so a requirement that nothing meets does not go unnoticed.
//
// Tests of attaching ask for the type of program and, where it hangs on a module's function, for the module:
//
//     kprobe, kretprobe       program_type(ProgramType::kprobe), kprobes()
//     kprobe.multi            program_type(ProgramType::kprobe, AttachType::trace_kprobe_multi), kprobes(), kernel(5,
//     18) fentry, fexit           program_type(ProgramType::tracing, AttachType::trace_fentry or trace_fexit) fmod_ret,
//     tp_btf, iter  …, AttachType::modify_return, trace_raw_tp, trace_iter lsm, lsm_cgroup
//     program_type(ProgramType::lsm), program_type(ProgramType::lsm, AttachType::lsm_cgroup) freplace, struct_ops
//     program_type(ProgramType::ext), program_type(ProgramType::struct_ops) a module's functions    module("dummy"),
//     and kernel(5, 11) for its BTF
//
// Loading a program is not attaching it: a kernel may load kprobe programs without having kprobes. What a part of a
// test case may do without root's rights is said with privileges.h.
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

// The kernel makes maps of this type, by //ebpf/features.
Requirement map_type(MapType type);

// The kernel loads programs of this type. With an attach type for those that differ by it; by default `tracing` is
// fentry, `lsm` a hook for the whole system, `ext` a replacement of an XDP program, and `struct_ops` a function of
// struct tcp_congestion_ops. By //ebpf/features.
Requirement program_type(ProgramType type);
Requirement program_type(ProgramType type, AttachType attach_type);

// A module of the kernel, which modprobe(8) loads unless it is there already. The name is to be a literal: that is how
// tools/matrix knows which modules to take along.
Requirement module(const char* name);

// The kernel has kprobes (CONFIG_KPROBES), as perf events.
Requirement kprobes();

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
