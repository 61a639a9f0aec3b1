// Programs that attach to another program, which the loader is told of (LoadOptions::program_targets): replacements of
// its functions, and traces of their entry and return. One of them reads a type of the kernel, too.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct xdp_buff;

struct task_struct {
  int pid;
  int tgid;
} __attribute__((preserve_access_index));

__u64 replaced;      // calls of the replacement
__u64 entered;       // of decide(), seen by fentry
__u64 left;          // and by fexit
__s64 returned;      // what decide() returned, as fexit saw it
__u64 length_seen;   // its second argument, as fentry saw it
__u32 tgid;          // of the process that ran the program, read through CO-RE

char LICENSE[] SEC("license") = "GPL";

SEC("freplace/decide")
int stricter(struct xdp_md* ctx, int length) {
  __sync_fetch_and_add(&replaced, 1);
  return XDP_TX;
}

SEC("fentry/decide")
int BPF_PROG(on_entry, struct xdp_buff* packet, int length) {
  struct task_struct* task = (struct task_struct*)bpf_get_current_task();
  __sync_fetch_and_add(&entered, 1);
  tgid = BPF_CORE_READ(task, tgid);
  length_seen = length;
  return 0;
}

SEC("fentry/no_xdp")
int BPF_PROG(on_program) {
  __sync_fetch_and_add(&entered, 1);
  return 0;
}

SEC("fexit/decide")
int BPF_PROG(on_return, struct xdp_buff* packet, int length, int result) {
  __sync_fetch_and_add(&left, 1);
  returned = result;
  return 0;
}
