// A first program, as many are written. With WRITES defined it also calls a helper that the kernel logs a warning about.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int hello(void* ctx) {
  bpf_printk("hello");
  return XDP_PASS;
}

#ifdef WRITES
SEC("kprobe/vfs_read")
int writes(void* ctx) { return bpf_probe_write_user(0, ctx, 0); }
#endif
