// What a kernel test asks for before it starts: the right to use bpf(2), and the file systems that it needs, mounted so
// that nothing of them is left on the machine.
#pragma once

namespace ebpf::test {

// Skips the test case unless this process is root and the kernel answers bpf(2) with a map.
void require_root_and_bpf();

// Gives the calling thread, once per process, a mount namespace of its own with tracefs at /sys/kernel/tracing and an
// empty bpffs at /sys/fs/bpf. Both vanish with the process. Threads and children that are started afterwards see the
// same mounts, earlier ones do not. Skips the test case where the kernel has not got these file systems; calls
// require_root_and_bpf() itself.
void private_mounts();

}  // namespace ebpf::test
