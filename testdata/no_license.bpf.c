// A program without a license. It calls nothing that would need one, so the kernel has no objection.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("socket")
int count(struct __sk_buff* skb) { return 0; }
