// Time off the processor with stack traces of kernel and user.
#include "kernel_types.h"

#define PF_KTHREAD 0x00200000
#define STACK_DEPTH 127

struct key {
  u32 pid, tgid;
  int user_stack, kern_stack;
};
struct value {
  u64 delta;
  char comm[TASK_COMM_LEN];
};
struct started {
  u64 ts;
  struct key key;
};

const volatile bool kernel_only = false;
const volatile bool user_only = false;
const volatile u64 max_ns = -1, min_ns = 1000;
const volatile pid_t only_tgid = -1;
const volatile long only_state = -1;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, u32);
  __type(value, struct started);
  __uint(max_entries, 10240);
} start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(key_size, sizeof(u32));
  __uint(value_size, STACK_DEPTH * sizeof(u64));
  __uint(max_entries, 1024);
} stacks SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, struct key);
  __type(value, struct value);
  __uint(max_entries, 10240);
} info SEC(".maps");

static bool allowed(struct task_struct *task) {
  unsigned int flags = BPF_CORE_READ(task, flags);
  if (only_tgid != -1 && only_tgid != BPF_CORE_READ(task, tgid)) return false;
  if (user_only && flags & PF_KTHREAD) return false;
  if (kernel_only && !(flags & PF_KTHREAD)) return false;
  if (only_state != -1 && task_state(task) != only_state) return false;
  return true;
}

static int handle(void *ctx, struct task_struct *prev, struct task_struct *next) {
  struct value *value, fresh = {};
  struct started *found, started = {};
  s64 delta;
  u32 pid;

  if (allowed(prev)) {
    pid = BPF_CORE_READ(prev, pid);
    started.key.pid = pid;
    started.key.tgid = BPF_CORE_READ(prev, tgid);
    started.ts = bpf_ktime_get_ns();
    if (BPF_CORE_READ(prev, flags) & PF_KTHREAD)
      started.key.user_stack = -1;
    else
      started.key.user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
    started.key.kern_stack = bpf_get_stackid(ctx, &stacks, 0);
    bpf_map_update_elem(&start, &pid, &started, 0);
  }
  pid = BPF_CORE_READ(next, pid);
  found = bpf_map_lookup_elem(&start, &pid);
  if (!found) return 0;
  delta = (s64)(bpf_ktime_get_ns() - found->ts);
  if (delta < 0 || delta < min_ns || delta > max_ns) goto out;
  value = bpf_map_lookup_elem(&info, &found->key);
  if (!value) {
    bpf_probe_read_kernel_str(&fresh.comm, sizeof(fresh.comm), next->comm);
    bpf_map_update_elem(&info, &found->key, &fresh, BPF_NOEXIST);
    value = bpf_map_lookup_elem(&info, &found->key);
    if (!value) goto out;
  }
  __sync_fetch_and_add(&value->delta, (u64)delta / 1000U);
out:
  bpf_map_delete_elem(&start, &pid);
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next) {
  return handle(ctx, prev, next);
}
SEC("raw_tp/sched_switch")
int BPF_PROG(on_switch_raw, bool preempt, struct task_struct *prev, struct task_struct *next) {
  return handle(ctx, prev, next);
}

char LICENSE[] SEC("license") = "GPL";
