// A call of a function that this object only declares, without __ksym: something was not linked in.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

int defined_elsewhere(int x);

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int call(struct __sk_buff* skb) { return defined_elsewhere(1); }
