// A program in a section whose name tells nothing of its type.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("teapot/short_and_stout")
int brew(void* ctx) { return 418; }

SEC("socket")
int known(struct __sk_buff* skb) { return 0; }
