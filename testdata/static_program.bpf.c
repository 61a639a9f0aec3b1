// A static function beside a program in its section, where it is neither a program nor a subprogram in .text.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u32 input;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
static __noinline int stray(__u32 x) { return x * 3; }

SEC("socket")
int program(struct __sk_buff* skb) { return stray(input) + stray(input + 1); }
