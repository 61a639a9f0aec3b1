// Asking the running kernel what it can do, and whether this process may.
//
//     const Answer answer = features::probe(feature(MapType::ringbuf));
//     if (answer.verdict == Verdict::denied) std::puts(answer.sentence.c_str());
//
// Nothing is probed that was not asked for, and nothing twice: answers are kept for the life of the process. The kernel
// is asked by doing the smallest thing that needs the feature: a map is made, a program of a few instructions loaded;
// or a call is made that cannot succeed, and fails in another way where the feature is known. What is made goes at
// once. Nothing is attached, and nothing is written to the kernel's log; helpers that would be (trace_printk,
// trace_vprintk, probe_write_user) are not tried unless allow_loud_probes() was called: of the first two it is known
// from another helper who may call them (Linux 5.10), what is not known is answered with `unknown`.
//
// It works without privilege, without /proc and /sys, and under a seccomp filter that refuses bpf(2) or kills who calls
// it: where a filter is in place, a child process tries each command first. Of a program type that differs by what it
// is attached to, a helper counts as there when programs of one attach type may call it; "struct_ops" means a
// tcp_congestion_ops.
//
// All functions are safe to call from any thread; they wait for each other.
#pragma once

#include <string>
#include <vector>

#include "ebpf/btf/feature.h"
#include "ebpf/features/answer.h"
#include "ebpf/features/feature.h"

namespace ebpf::features {

Answer probe(const Feature& feature);

// The same for loaders, who have called bpf(2) already, so that no child process needs to try it first. `token` is a
// BPF token to go with the call, or -1; there is no answer for btf::Feature::layout, see there. A static program that
// calls this alone has none of the other probes in it.
Verdict probe_after_refusal(btf::Feature feature, int token);

// All helpers for one type of program, by number (the first, unspec, is not one): many at a time, which is faster than
// one by one.
std::vector<Answer> probe_helpers(ProgramType type);

// The names of the kernel's kfuncs, sorted, where its BTF marks them (Linux 6.10 and later, built with pahole 1.27).
std::vector<std::string> list_kfuncs();

// Whether helpers may be asked for that make the kernel write to its log or enable a trace event. Not by default.
void allow_loud_probes(bool allowed);
// Whether a feature is one of those helpers, and not to be tried.
bool is_too_loud(const Feature& feature);

// Forgets all answers. For who has changed what the process may do, or what is mounted.
void forget();

}  // namespace ebpf::features
