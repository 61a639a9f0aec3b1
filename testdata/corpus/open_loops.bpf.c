// Loops by iterators in the code.
// corpus: v3
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// As <linux/bpf.h> has it since Linux 6.4.
struct bpf_iter_num {
  __u64 opaque[1];
} __attribute__((aligned(8)));

__u64 sum = 0;
int values[100] = {};

SEC("raw_tp/sys_enter")
int for_loop(void *ctx) {
  int i;
  bpf_for(i, 0, 100) sum += values[i];
  return 0;
}
SEC("raw_tp/sys_enter")
int repeat_loop(void *ctx) {
  bpf_repeat(10) sum++;
  return 0;
}
SEC("raw_tp/sys_enter")
int nested_loops(void *ctx) {
  int i, j;
  bpf_for(i, 0, 10) {
    if (sum > 1000) break;
    bpf_for(j, 0, 10) {
      if (j == 5) continue;
      values[i * 10 + j] = i;
    }
  }
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
