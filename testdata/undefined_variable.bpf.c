// A use of a variable that this object only declares, without __ksym or __kconfig.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern __u32 defined_elsewhere;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) { return defined_elsewhere; }
