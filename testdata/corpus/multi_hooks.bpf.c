// Probes of many functions at once.
#include "kernel_types.h"

u64 hits = 0;
SEC("kprobe.multi/vfs_*")
int BPF_KPROBE(enter_vfs) { return hits++, 0; }
SEC("kretprobe.multi/vfs_*")
int BPF_KRETPROBE(leave_vfs) { return hits++, 0; }
SEC("kprobe/")
int nothing_named(struct pt_regs *ctx) { return 0; }
SEC("kprobe")
int none_named(struct pt_regs *ctx) { return bpf_get_attach_cookie(ctx) != 0; }

char LICENSE[] SEC("license") = "GPL";
