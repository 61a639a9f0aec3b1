// Needs a function and a variable that no kernel has.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int bpf_absent_function_of_all_kernels(int a) __ksym;
SEC("tc")
int calls_it(struct __sk_buff *skb) { return bpf_absent_function_of_all_kernels(1); }

char LICENSE[] SEC("license") = "GPL";
