// Probes of many functions at once, those that came later.
#include "kernel_types.h"

u64 hits = 0;
SEC("kprobe.session/vfs_*")
int around_vfs(struct pt_regs *ctx) { return hits++, 0; }
SEC("uprobe.multi//bin/bash:read*")
int enter_read(struct pt_regs *ctx) { return hits++, 0; }
SEC("uretprobe.multi//bin/bash:read*")
int leave_read(struct pt_regs *ctx) { return hits++, 0; }
SEC("uprobe.multi.s//bin/bash:read*")
int enter_read_sleepable(struct pt_regs *ctx) { return hits++, 0; }
SEC("uprobe.session//bin/bash:read*")
int around_read(struct pt_regs *ctx) { return hits++, 0; }

char LICENSE[] SEC("license") = "GPL";
