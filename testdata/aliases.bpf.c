// Two names for one function. Compiled without BTF: with it, clang-19 cannot.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

__u32 counter = 10;

__attribute__((noinline)) int impl(int n) { return counter += n; }
int api(int n) __attribute__((alias("impl")));

SEC("socket")
int by_name(struct __sk_buff *skb) { return impl(1); }

SEC("socket")
int by_alias(struct __sk_buff *skb) { return api(2); }

char LICENSE[] SEC("license") = "GPL";
