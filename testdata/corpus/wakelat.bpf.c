// How long tasks wait before they run: BTF tracepoints, and raw ones for kernels without BTF. Histograms by what
// .rodata asks for; a cgroup filter; layouts of two kernels.
#include "kernel_types.h"

#define SLOTS 26
#define TASK_RUNNING 0

struct hist {
  u32 slots[SLOTS];
  char comm[TASK_COMM_LEN];
};

const volatile bool filter_cgroup = false;
const volatile bool per_process = false;
const volatile bool per_thread = false;
const volatile bool per_pidns = false;
const volatile bool milliseconds = false;
const volatile pid_t only_tgid = 0;

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __type(key, u32);
  __type(value, u32);
  __uint(max_entries, 1);
} cgroup_map SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, u32);
  __type(value, u64);
} start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, u32);
  __type(value, struct hist);
} hists SEC(".maps");

static struct hist zero;

static int enqueue(u32 tgid, u32 pid) {
  u64 ts;
  if (!pid) return 0;
  if (only_tgid && only_tgid != tgid) return 0;
  ts = bpf_ktime_get_ns();
  bpf_map_update_elem(&start, &pid, &ts, BPF_ANY);
  return 0;
}

static unsigned int pid_namespace_of(struct task_struct *task) {
  struct pid *pid = BPF_CORE_READ(task, thread_pid);
  unsigned int level = BPF_CORE_READ(pid, level);
  struct upid upid;
  bpf_core_read(&upid, sizeof(upid), &pid->numbers[level]);
  return BPF_CORE_READ(upid.ns, ns.inum);
}

static int on_switch(struct task_struct *prev, struct task_struct *next) {
  struct hist *hist;
  u64 *since, slot;
  u32 pid, key;
  s64 delta;

  if (filter_cgroup && !bpf_current_task_under_cgroup(&cgroup_map, 0)) return 0;
  if (task_state(prev) == TASK_RUNNING) enqueue(BPF_CORE_READ(prev, tgid), BPF_CORE_READ(prev, pid));
  pid = BPF_CORE_READ(next, pid);
  since = bpf_map_lookup_elem(&start, &pid);
  if (!since) return 0;
  delta = bpf_ktime_get_ns() - *since;
  if (delta < 0) goto out;
  if (per_process)
    key = BPF_CORE_READ(next, tgid);
  else if (per_thread)
    key = pid;
  else if (per_pidns)
    key = pid_namespace_of(next);
  else
    key = -1;
  hist = bpf_map_lookup_elem(&hists, &key);
  if (!hist) {
    if (bpf_map_update_elem(&hists, &key, &zero, BPF_NOEXIST)) goto out;
    hist = bpf_map_lookup_elem(&hists, &key);
    if (!hist) goto out;
    BPF_CORE_READ_STR_INTO(&hist->comm, next, comm);
  }
  slot = log2_64((u64)delta / (milliseconds ? 1000000U : 1000U));
  if (slot >= SLOTS) slot = SLOTS - 1;
  __sync_fetch_and_add(&hist->slots[slot], 1);
out:
  bpf_map_delete_elem(&start, &pid);
  return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(wakeup_btf, struct task_struct *p) { return enqueue(p->tgid, p->pid); }
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(wakeup_new_btf, struct task_struct *p) { return enqueue(p->tgid, p->pid); }
SEC("tp_btf/sched_switch")
int BPF_PROG(switch_btf, bool preempt, struct task_struct *prev, struct task_struct *next) {
  return on_switch(prev, next);
}
SEC("raw_tp/sched_wakeup")
int BPF_PROG(wakeup_raw, struct task_struct *p) { return enqueue(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid)); }
SEC("raw_tp/sched_wakeup_new")
int BPF_PROG(wakeup_new_raw, struct task_struct *p) { return enqueue(BPF_CORE_READ(p, tgid), BPF_CORE_READ(p, pid)); }
SEC("raw_tp/sched_switch")
int BPF_PROG(switch_raw, bool preempt, struct task_struct *prev, struct task_struct *next) {
  return on_switch(prev, next);
}

char LICENSE[] SEC("license") = "GPL";
