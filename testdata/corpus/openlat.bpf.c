// Which files are opened, by whom and with what result: two tracepoints with a hash between them, filters in .rodata,
// events into a perf buffer.
#include "kernel_types.h"

struct args {
  const char *name;
  int flags;
};
struct event {
  u64 ts;
  u32 pid;
  u32 uid;
  int ret;
  int flags;
  char comm[TASK_COMM_LEN];
  char name[255];
};

const volatile pid_t only_pid = 0;
const volatile pid_t only_tgid = 0;
const volatile u32 only_uid = -1;
const volatile bool only_failed = false;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, u32);
  __type(value, struct args);
} pending SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(u32));
  __uint(value_size, sizeof(u32));
} events SEC(".maps");

static __always_inline bool wanted(u32 tgid, u32 pid) {
  if (only_tgid && only_tgid != tgid) return false;
  if (only_pid && only_pid != pid) return false;
  if (only_uid != (u32)-1 && only_uid != (u32)bpf_get_current_uid_gid()) return false;
  return true;
}

static __always_inline int enter(const char *name, int flags) {
  u64 id = bpf_get_current_pid_tgid();
  u32 pid = id;
  if (wanted(id >> 32, pid)) {
    struct args args = {name, flags};
    bpf_map_update_elem(&pending, &pid, &args, BPF_ANY);
  }
  return 0;
}

SEC("tracepoint/syscalls/sys_enter_open")
int enter_open(struct trace_event_raw_sys_enter *ctx) { return enter((const char *)ctx->args[0], ctx->args[1]); }

SEC("tracepoint/syscalls/sys_enter_openat")
int enter_openat(struct trace_event_raw_sys_enter *ctx) { return enter((const char *)ctx->args[1], ctx->args[2]); }

static __always_inline int leave(struct trace_event_raw_sys_exit *ctx) {
  struct event event = {};
  u32 pid = bpf_get_current_pid_tgid();
  struct args *args = bpf_map_lookup_elem(&pending, &pid);
  if (!args) return 0;
  event.ret = ctx->ret;
  if (!only_failed || event.ret < 0) {
    event.ts = bpf_ktime_get_ns();
    event.pid = bpf_get_current_pid_tgid() >> 32;
    event.uid = bpf_get_current_uid_gid();
    event.flags = args->flags;
    bpf_get_current_comm(&event.comm, sizeof(event.comm));
    bpf_probe_read_user_str(&event.name, sizeof(event.name), args->name);
    bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
  }
  bpf_map_delete_elem(&pending, &pid);
  return 0;
}

SEC("tracepoint/syscalls/sys_exit_open")
int leave_open(struct trace_event_raw_sys_exit *ctx) { return leave(ctx); }

SEC("tracepoint/syscalls/sys_exit_openat")
int leave_openat(struct trace_event_raw_sys_exit *ctx) { return leave(ctx); }

char LICENSE[] SEC("license") = "GPL";
