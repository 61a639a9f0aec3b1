// A struct_ops of the kernel's own tests, whose programs can be run on made-up input; declared in another order than the
// kernel has. (Linux 5.16; CONFIG_NET.)
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct bpf_dummy_ops_state {
  int val;
} __attribute__((preserve_access_index));

struct bpf_dummy_ops {
  int (*test_2)(struct bpf_dummy_ops_state* cb, int a1, unsigned short a2, char a3, unsigned long a4);
  int (*test_1)(struct bpf_dummy_ops_state* cb);
};

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/test_1")
int BPF_PROG(answer, struct bpf_dummy_ops_state* state) {
  if (!state) return 0xf2f3f4f5;
  return state->val + 1;
}

SEC("struct_ops/test_2")
int BPF_PROG(sum, struct bpf_dummy_ops_state* state, int a1, unsigned short a2, char a3, unsigned long a4) {
  return a1 + a2 + a3 + (int)a4;
}

SEC(".struct_ops")
struct bpf_dummy_ops dummy = {
    .test_1 = (void*)answer,
    .test_2 = (void*)sum,
};
