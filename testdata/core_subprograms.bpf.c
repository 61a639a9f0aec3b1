// CO-RE: relocations in functions that several programs share, static and global ones, in .text and in a program's own
// section. Wherever a copy of them ends up, its relocations, functions and lines are to be with it.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
  int pid;
  int tgid;
  char comm[16];
  struct task_struct* real_parent;
  struct task_struct* group_leader;
} __attribute__((preserve_access_index));

struct task_struct___missing {
  int ebpf_test_no_such_member;
} __attribute__((preserve_access_index));

__u64 tgid;
__u64 parent_tgid;
__u64 leader_pid;

static __noinline int tgid_of(struct task_struct* task) { return BPF_CORE_READ(task, tgid); }

// Calls the one before, so that this one is placed first in a program that calls it first.
static __noinline int parent_of(struct task_struct* task) {
  if (bpf_core_field_exists(((struct task_struct___missing*)task)->ebpf_test_no_such_member))
    return BPF_CORE_READ((struct task_struct___missing*)task, ebpf_test_no_such_member);
  return tgid_of(BPF_CORE_READ(task, real_parent));
}

// Global: verified by itself.
__noinline int leader_of_current(int more) {
  struct task_struct* task = (void*)bpf_get_current_task();
  return BPF_CORE_READ(task, group_leader, pid) + more;
}

SEC("raw_tp/sys_enter")
int own(void* ctx) {
  tgid = tgid_of((void*)bpf_get_current_task());
  return 0;
}

SEC("raw_tp/sys_enter")
int both(void* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  tgid = tgid_of(task);
  parent_tgid = parent_of(task);
  return 0;
}

SEC("raw_tp/sys_enter")
int in_other_order(void* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  parent_tgid = parent_of(task);
  leader_pid = leader_of_current(0);
  tgid = tgid_of(task);
  return 0;
}

SEC("raw_tp/sys_exit")
int in_another_section(void* ctx) {
  leader_pid = leader_of_current(0);
  return 0;
}
