// System calls counted and timed, by number or process: raw tracepoints and tracepoints over the same maps.
#include "kernel_types.h"

struct data {
  u64 count, total_ns;
  char comm[TASK_COMM_LEN];
};

const volatile bool cgroup_filter = false;
const volatile bool by_process = false;
const volatile bool measure = true;
const volatile int only_errno = 0;

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __type(key, u32);
  __type(value, u32);
  __uint(max_entries, 1);
} cgroup SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, u32);
  __type(value, u64);
} start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 8192);
  __type(key, u32);
  __type(value, struct data);
} data SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1024);
  __type(key, u32);
  __type(value, u64);
} by_number SEC(".maps");

static struct data zero;

static __always_inline int leave(long number, long ret) {
  u64 id = bpf_get_current_pid_tgid();
  struct data *value;
  u32 tid = id, key;
  u64 *since, delta = 0;
  if (cgroup_filter && !bpf_current_task_under_cgroup(&cgroup, 0)) return 0;
  if (only_errno && ret != -only_errno) return 0;
  if (number == -1) return 0;
  if (measure) {
    since = bpf_map_lookup_elem(&start, &tid);
    if (!since) return 0;
    delta = bpf_ktime_get_ns() - *since;
  }
  key = by_process ? id >> 32 : number;
  value = bpf_map_lookup_elem(&data, &key);
  if (!value) {
    bpf_map_update_elem(&data, &key, &zero, BPF_NOEXIST);
    value = bpf_map_lookup_elem(&data, &key);
    if (!value) return 0;
    if (by_process) bpf_get_current_comm(&value->comm, sizeof(value->comm));
  }
  value->count++;
  value->total_ns += delta;
  return 0;
}

SEC("tracepoint/raw_syscalls/sys_enter")
int sys_enter(struct trace_event_raw_sys_enter *args) {
  u32 tid = bpf_get_current_pid_tgid();
  u64 ts = bpf_ktime_get_ns();
  bpf_map_update_elem(&start, &tid, &ts, 0);
  return 0;
}
SEC("tracepoint/raw_syscalls/sys_exit")
int sys_exit(struct trace_event_raw_sys_exit *args) { return leave(args->id, args->ret); }

SEC("raw_tracepoint/sys_enter")
int raw_enter(struct bpf_raw_tracepoint_args *ctx) {
  u32 number = ctx->args[1] & 1023;
  u64 *count = bpf_map_lookup_elem(&by_number, &number);
  if (count) __sync_fetch_and_add(count, 1);
  return 0;
}
SEC("raw_tp/sys_exit")
int BPF_PROG(raw_exit, struct pt_regs *regs, long ret) { return leave(1, ret); }

char LICENSE[] SEC("license") = "GPL";
