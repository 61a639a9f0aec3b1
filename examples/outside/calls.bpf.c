// Counts the system calls of one process.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 process;

__u64 calls;

SEC("raw_tp/sys_enter")
int on_call(void *ctx) {
  if (bpf_get_current_pid_tgid() >> 32 == process) __sync_fetch_and_add(&calls, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
