// A program that writes into its own streams (Linux 6.18: bpf_stream_vprintk, by one of its two names).
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

// As <linux/bpf.h> has it since 6.4.
struct bpf_iter_num {
  __u64 opaque[1];
} __attribute__((aligned(8)));

int lines = 1;

// Returns 0, or what the first line that could not be written returned.
SEC("syscall")
int write(void *ctx) {
  int i, result = 0;

  bpf_for(i, 0, lines) {
    result = bpf_stream_printk(1, "line %d of %d\n", i + 1, lines);
    if (result) return result;
  }
  return bpf_stream_printk(2, "%d lines were written\n", lines);
}
