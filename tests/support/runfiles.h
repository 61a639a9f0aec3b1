// Finding the files that a test reads, the compiled BPF objects above all.
#pragma once

#include <string>

namespace ebpf::test {

// The path under which `path`, relative to the top of the workspace ("testdata/globals.bpf.o"), can be opened. Looked
// for, in this order, in $EBPF_TESTDATA_DIR (for a test that was carried elsewhere, such as into a virtual machine), in
// the runfiles of `bazel test`, in those beside the executable, and in the working directory. Throws
// std::runtime_error, which fails the test case, where it is in none of them: then the target's `data` lacks it.
std::string runfile(const char* path);

}  // namespace ebpf::test
