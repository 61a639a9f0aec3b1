// Functions of the kernel: acquired and released references, read-copy-update sections, weak ones that are not there.
#include "kernel_types.h"

struct bpf_cpumask;
struct cpumask;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_no_such_function_of_the_kernel(int a) __ksym __weak;
extern struct task_struct *bpf_task_from_pid___old(s32 pid, int more) __ksym __weak;

struct holder {
  struct task_struct __kptr *task;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, int);
  __type(value, struct holder);
} held SEC(".maps");

SEC("tp_btf/task_newtask")
int BPF_PROG(acquire_release, struct task_struct *task, u64 clone_flags) {
  struct task_struct *mine = bpf_task_acquire(task);
  if (mine) bpf_task_release(mine);
  return 0;
}
SEC("tp_btf/task_newtask")
int BPF_PROG(leaks, struct task_struct *task, u64 clone_flags) {  // refused
  struct task_struct *mine = bpf_task_acquire(task);
  return mine != NULL;
}
SEC("tp_btf/task_newtask")
int BPF_PROG(reads_under_lock, struct task_struct *task, u64 clone_flags) {
  int pid = 0;
  bpf_rcu_read_lock();
  if (task->real_parent) pid = task->real_parent->pid;
  bpf_rcu_read_unlock();
  return pid & 1;
}
SEC("tp_btf/task_newtask")
int BPF_PROG(exchanges, struct task_struct *task, u64 clone_flags) {
  struct holder fresh = {}, *holder;
  struct task_struct *mine, *old;
  int key = 1;
  bpf_map_update_elem(&held, &key, &fresh, BPF_NOEXIST);
  holder = bpf_map_lookup_elem(&held, &key);
  if (!holder) return 0;
  mine = bpf_task_acquire(task);
  if (!mine) return 0;
  old = bpf_kptr_xchg(&holder->task, mine);
  if (old) bpf_task_release(old);
  return 0;
}
SEC("tp_btf/task_newtask")
int BPF_PROG(by_number, struct task_struct *task, u64 clone_flags) {
  struct task_struct *found = bpf_task_from_pid(task->pid);
  if (!found) return 0;
  bpf_task_release(found);
  return 0;
}
SEC("tp_btf/task_newtask")
int BPF_PROG(asks_for_weak, struct task_struct *task, u64 clone_flags) {
  if (bpf_no_such_function_of_the_kernel) bpf_no_such_function_of_the_kernel(1);
  return 0;
}
SEC("raw_tp/sys_enter")
int not_allowed_here(void *ctx) {  // refused
  struct task_struct *found = bpf_task_from_pid(1);
  if (found) bpf_task_release(found);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
