// New programs with their arguments: an unrolled loop over user memory into a record that is too large for the stack.
#include "kernel_types.h"

#define MAX_ARGS 20
#define ARG_SIZE 128
#define LAST_ARG (MAX_ARGS * ARG_SIZE)

struct event {
  pid_t pid, ppid;
  u32 uid;
  int retval;
  int count;
  u32 size;
  char comm[TASK_COMM_LEN];
  char args[LAST_ARG + ARG_SIZE];
};

const volatile bool ignore_failed = true;
const volatile u32 only_uid = -1;
const volatile int max_args = 10;

static const struct event empty = {};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, pid_t);
  __type(value, struct event);
} execs SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int enter_execve(struct trace_event_raw_sys_enter *ctx) {
  const char **args = (const char **)ctx->args[1];
  const char *arg = NULL;
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  pid_t pid = (pid_t)bpf_get_current_pid_tgid();
  u32 uid = bpf_get_current_uid_gid();
  struct event *event;
  long n;

  if (only_uid != (u32)-1 && only_uid != uid) return 0;
  if (bpf_map_update_elem(&execs, &pid, &empty, BPF_NOEXIST)) return 0;
  event = bpf_map_lookup_elem(&execs, &pid);
  if (!event) return 0;
  event->pid = bpf_get_current_pid_tgid() >> 32;
  event->uid = uid;
  event->ppid = BPF_CORE_READ(task, real_parent, tgid);
  event->count = 0;
  event->size = 0;
  n = bpf_probe_read_user_str(event->args, ARG_SIZE, (const char *)ctx->args[0]);
  if (n <= ARG_SIZE && n > 0) event->size += n;
  event->count++;
#pragma unroll
  for (int i = 1; i < MAX_ARGS && i < max_args; i++) {
    if (bpf_probe_read_user(&arg, sizeof(arg), &args[i]) || !arg) return 0;
    if (event->size > LAST_ARG) return 0;
    n = bpf_probe_read_user_str(&event->args[event->size], ARG_SIZE, arg);
    if (n <= 0 || n > ARG_SIZE) return 0;
    event->count++;
    event->size += n;
  }
  return 0;
}

SEC("tp/syscalls/sys_exit_execve")
int leave_execve(struct trace_event_raw_sys_exit *ctx) {
  pid_t pid = (pid_t)bpf_get_current_pid_tgid();
  struct event *event = bpf_map_lookup_elem(&execs, &pid);
  u64 size;
  if (!event) return 0;
  event->retval = ctx->ret;
  if (!ignore_failed || ctx->ret >= 0) {
    bpf_get_current_comm(&event->comm, sizeof(event->comm));
    size = __builtin_offsetof(struct event, args) + event->size;
    if (size <= sizeof(*event)) bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
  }
  bpf_map_delete_elem(&execs, &pid);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
