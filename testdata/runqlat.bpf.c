// How long tasks wait for a processor between becoming ready and running: a histogram, as bcc's runqlat keeps one. It
// stands here for the usual CO-RE program of that size: two ways in (BTF tracepoints, and raw ones for kernels without
// BTF), filters that are constants, and the layout of task_struct and of its neighbours left to relocation. Used by the
// tests that compare relocated code, and by the bench.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define TASK_RUNNING 0
#define TASK_NAME 16
#define SLOTS 32
#define MOST_TASKS 10240

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
  unsigned int inum;
};
struct pid_namespace {
  struct ns_common ns;
};
struct upid {
  int nr;
  struct pid_namespace* ns;
};
struct pid {
  unsigned int level;
  struct upid numbers[1];
};
struct task_struct {
  int pid;
  int tgid;
  char comm[TASK_NAME];
  struct pid* thread_pid;
};
// The state changed its name and its width in Linux 5.14.
struct task_struct___now {
  unsigned int __state;
};
struct task_struct___before {
  volatile long state;
};

#pragma clang attribute pop

struct histogram {
  __u32 slots[SLOTS];
  char comm[TASK_NAME];
};

const volatile _Bool by_process = 0;
const volatile _Bool by_thread = 0;
const volatile _Bool by_namespace = 0;
const volatile _Bool in_milliseconds = 0;
const volatile _Bool one_cgroup = 0;
const volatile __s32 only_tgid = 0;

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __type(key, __u32);
  __type(value, __u32);
  __uint(max_entries, 1);
} cgroups SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MOST_TASKS);
  __type(key, __u32);
  __type(value, __u64);
} ready_since SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, MOST_TASKS);
  __type(key, __u32);
  __type(value, struct histogram);
} histograms SEC(".maps");

static const struct histogram kEmpty;

static __always_inline int is_filtered_out(void) { return one_cgroup && !bpf_current_task_under_cgroup(&cgroups, 0); }

static __always_inline int becomes_ready(__u32 tgid, __u32 pid) {
  __u64 now;
  if (pid == 0 || (only_tgid && only_tgid != (__s32)tgid)) return 0;
  now = bpf_ktime_get_ns();
  bpf_map_update_elem(&ready_since, &pid, &now, BPF_ANY);
  return 0;
}

static __always_inline unsigned int namespace_of(struct task_struct* task) {
  struct pid* number = BPF_CORE_READ(task, thread_pid);
  const unsigned int level = BPF_CORE_READ(number, level);
  struct upid innermost;
  bpf_core_read(&innermost, sizeof innermost, &number->numbers[level]);
  return BPF_CORE_READ(innermost.ns, ns.inum);
}

static __always_inline long state_of(void* task) {
  struct task_struct___now* now = task;
  if (bpf_core_field_exists(now->__state)) return BPF_CORE_READ(now, __state);
  return BPF_CORE_READ((struct task_struct___before*)task, state);
}

// The position of the highest bit.
static __always_inline __u64 log2_of(__u64 value) {
  __u64 result = 0;
  if (value >> 32) result += 32, value >>= 32;
  if (value >> 16) result += 16, value >>= 16;
  if (value >> 8) result += 8, value >>= 8;
  if (value >> 4) result += 4, value >>= 4;
  if (value >> 2) result += 2, value >>= 2;
  return result + (value >> 1);
}

static __always_inline __u32 key_for(struct task_struct* task) {
  if (by_process) return BPF_CORE_READ(task, tgid);
  if (by_thread) return BPF_CORE_READ(task, pid);
  if (by_namespace) return namespace_of(task);
  return (__u32)-1;
}

static __always_inline void count(struct task_struct* task, __s64 waited) {
  const __u32 key = key_for(task);
  struct histogram* found = bpf_map_lookup_elem(&histograms, &key);
  __u64 slot;
  if (!found) {
    bpf_map_update_elem(&histograms, &key, &kEmpty, BPF_NOEXIST);
    found = bpf_map_lookup_elem(&histograms, &key);
    if (!found) return;
    if (!found->comm[0]) bpf_probe_read_kernel_str(&found->comm, sizeof found->comm, task->comm);
  }
  slot = log2_of(waited / (in_milliseconds ? 1000000 : 1000));
  if (slot >= SLOTS) slot = SLOTS - 1;
  // From the comparison alone verifiers up to that of Linux 6.1 do not see that the address is aligned.
  barrier_var(slot);
  __sync_fetch_and_add(&found->slots[slot & (SLOTS - 1)], 1);
}

static __always_inline int switches(struct task_struct* from, struct task_struct* to) {
  __u32 pid;
  __u64* since;
  __s64 waited;
  if (is_filtered_out()) return 0;
  if (state_of(from) == TASK_RUNNING) becomes_ready(BPF_CORE_READ(from, tgid), BPF_CORE_READ(from, pid));
  pid = BPF_CORE_READ(to, pid);
  since = bpf_map_lookup_elem(&ready_since, &pid);
  if (!since) return 0;
  waited = bpf_ktime_get_ns() - *since;
  if (waited >= 0) count(to, waited);
  bpf_map_delete_elem(&ready_since, &pid);
  return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(btf_wakeup, struct task_struct* task) {
  return is_filtered_out() ? 0 : becomes_ready(task->tgid, task->pid);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(btf_wakeup_new, struct task_struct* task) {
  return is_filtered_out() ? 0 : becomes_ready(task->tgid, task->pid);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(btf_switch, _Bool preempt, struct task_struct* from, struct task_struct* to) { return switches(from, to); }

SEC("raw_tp/sched_wakeup")
int BPF_PROG(raw_wakeup, struct task_struct* task) {
  return is_filtered_out() ? 0 : becomes_ready(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, pid));
}

SEC("raw_tp/sched_wakeup_new")
int BPF_PROG(raw_wakeup_new, struct task_struct* task) {
  return is_filtered_out() ? 0 : becomes_ready(BPF_CORE_READ(task, tgid), BPF_CORE_READ(task, pid));
}

SEC("raw_tp/sched_switch")
int BPF_PROG(raw_switch, _Bool preempt, struct task_struct* from, struct task_struct* to) { return switches(from, to); }
