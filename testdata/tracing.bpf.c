// Tracepoints that a test can make fire: it sets `target_tgid` to its own process id before loading and then calls
// getppid(2), which hardly anything else does, or forks.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 target_tgid = 0;

__u64 getppid_calls;            // counted by the tracepoint of that system call
__u64 forks;                    // by a tracepoint of the scheduler
__u64 raw_syscalls;             // every system call, by the raw tracepoint
__u64 raw_syscall_counts[512];  // the same, by system call number
__u32 last_tid;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline int is_target(void) { return bpf_get_current_pid_tgid() >> 32 == target_tgid; }

SEC("tracepoint/syscalls/sys_enter_getppid")
int on_getppid(void* ctx) {
  if (!is_target()) return 0;
  __sync_fetch_and_add(&getppid_calls, 1);
  last_tid = (__u32)bpf_get_current_pid_tgid();
  return 0;
}

SEC("tp/sched/sched_process_fork")
int on_fork(void* ctx) {
  if (is_target()) __sync_fetch_and_add(&forks, 1);
  return 0;
}

// The arguments of sys_enter: the registers, and the system call's number.
SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args* ctx) {
  __u64 number = ctx->args[1];

  if (!is_target()) return 0;
  __sync_fetch_and_add(&raw_syscalls, 1);
  if (number < 512) __sync_fetch_and_add(&raw_syscall_counts[number], 1);
  return 0;
}
