// Processes that begin and end, with their lives' lengths: ring buffer, tracepoints with dynamic strings, CO-RE.
#include "kernel_types.h"

struct event {
  int pid, ppid;
  unsigned exit_code;
  u64 duration_ns;
  char comm[16];
  char filename[127];
  bool exit_event;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, pid_t);
  __type(value, u64);
} exec_start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 100000);  // to be rounded up
} rb SEC(".maps");

const volatile unsigned long long min_duration_ns = 0;

SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx) {
  struct task_struct *task;
  unsigned fname_off;
  struct event *e;
  pid_t pid = bpf_get_current_pid_tgid() >> 32;
  u64 ts = bpf_ktime_get_ns();

  bpf_map_update_elem(&exec_start, &pid, &ts, BPF_ANY);
  if (min_duration_ns) return 0;
  e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
  if (!e) return 0;
  task = (struct task_struct *)bpf_get_current_task();
  e->exit_event = false;
  e->pid = pid;
  e->ppid = BPF_CORE_READ(task, real_parent, tgid);
  bpf_get_current_comm(&e->comm, sizeof(e->comm));
  fname_off = ctx->__data_loc_filename & 0xFFFF;
  bpf_probe_read_str(&e->filename, sizeof(e->filename), (void *)ctx + fname_off);
  bpf_ringbuf_submit(e, 0);
  return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(struct trace_event_raw_sched_process_template *ctx) {
  u64 id = bpf_get_current_pid_tgid(), *start_ts, duration = 0;
  struct task_struct *task;
  struct event *e;
  pid_t pid = id >> 32, tid = (u32)id;
  if (pid != tid) return 0;
  start_ts = bpf_map_lookup_elem(&exec_start, &pid);
  if (start_ts)
    duration = bpf_ktime_get_ns() - *start_ts;
  else if (min_duration_ns)
    return 0;
  bpf_map_delete_elem(&exec_start, &pid);
  if (min_duration_ns && duration < min_duration_ns) return 0;
  e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
  if (!e) return 0;
  task = (struct task_struct *)bpf_get_current_task();
  e->exit_event = true;
  e->duration_ns = duration;
  e->pid = pid;
  e->ppid = BPF_CORE_READ(task, real_parent, tgid);
  e->exit_code = (BPF_CORE_READ(task, exit_code) >> 8) & 0xff;
  bpf_get_current_comm(&e->comm, sizeof(e->comm));
  bpf_ringbuf_submit(e, 0);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
