// Addresses of the kernel's symbols, from /proc/kallsyms; a weak one that is not there.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern const void schedule __ksym;
extern const void bpf_prog_put __ksym;
extern const void no_such_symbol __ksym __weak;
__u64 addresses[3] = {};

SEC("raw_tp/sys_exit")
int by_address(const void *ctx) {
  addresses[0] = (__u64)&bpf_prog_put;
  addresses[1] = (__u64)&schedule;
  addresses[2] = (__u64)&no_such_symbol;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
