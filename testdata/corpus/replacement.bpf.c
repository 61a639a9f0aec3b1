// Programs that take the place of functions of others; without a target none can be loaded.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("freplace/process")
int replace_process(struct xdp_md *ctx) { return XDP_PASS; }
SEC("freplace")
int replace_anything(struct __sk_buff *skb) { return 0; }
SEC("xdp")
int not_a_replacement(struct xdp_md *ctx) { return XDP_DROP; }

char LICENSE[] SEC("license") = "GPL";
