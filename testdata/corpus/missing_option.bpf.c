// Needs an option of the kernel's configuration that no kernel has.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int CONFIG_ABSENT_FROM_ALL_KERNELS __kconfig;
SEC("tc")
int reads_it(struct __sk_buff *skb) { return CONFIG_ABSENT_FROM_ALL_KERNELS; }

char LICENSE[] SEC("license") = "GPL";
