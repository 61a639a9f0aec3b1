// Function entry and exit, changed return values, and names that this kernel does not have.
#include "kernel_types.h"

const volatile pid_t only = 0;
u64 calls = 0, failures = 0;

SEC("fentry/do_unlinkat")
int BPF_PROG(enter_unlink, int dfd, void *name) {
  calls++;
  return 0;
}
SEC("fexit/do_unlinkat")
int BPF_PROG(leave_unlink, int dfd, void *name, long ret) {
  if (ret < 0) failures++;
  return 0;
}
SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(enter_getpgid, struct pt_regs *regs) { return 0; }
SEC("fmod_ret/__x64_sys_getpgid")
int BPF_PROG(change_getpgid, struct pt_regs *regs, int ret) { return ret; }
SEC("fentry/no_such_function_anywhere")
int BPF_PROG(enter_nothing) { return 0; }
SEC("fexit/nomodule:no_such_function")
int BPF_PROG(leave_nothing) { return 0; }
SEC("tp_btf/no_such_tracepoint")
int BPF_PROG(no_tracepoint) { return 0; }
SEC("?fentry/not_loaded_by_default")
int BPF_PROG(optional) { return 0; }
SEC("?tp_btf/sched_process_fork")
int BPF_PROG(optional_fork, struct task_struct *parent, struct task_struct *child) {
  calls += parent->pid;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
