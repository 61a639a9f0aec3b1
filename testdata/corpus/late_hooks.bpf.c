// Sections that came late: traffic control and netkit by links, netfilter, verdicts without a parser.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u64 seen[6] = {};
SEC("tcx/ingress")
int in(struct __sk_buff *skb) { return seen[0] += skb->len, -1; }
SEC("tcx/egress")
int out(struct __sk_buff *skb) { return seen[1] += skb->len, -1; }
SEC("tc/ingress")
int in_old(struct __sk_buff *skb) { return seen[2]++, 0; }
SEC("tc/egress")
int out_old(struct __sk_buff *skb) { return seen[3]++, 0; }
SEC("netkit/primary")
int primary(struct __sk_buff *skb) { return seen[4]++, 0; }
SEC("netkit/peer")
int peer(struct __sk_buff *skb) { return seen[5]++, 0; }
struct bpf_nf_ctx;
SEC("netfilter")
int hook(struct bpf_nf_ctx *ctx) { return 1; }

SEC("sk_skb/verdict")
int verdict_alone(struct __sk_buff *skb) { return SK_DROP; }

char LICENSE[] SEC("license") = "GPL";
