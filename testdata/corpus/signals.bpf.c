// Signals as they are made, and processes that end by one; a program that sends one itself.
#include "kernel_types.h"

struct event {
  pid_t pid, tpid;
  int sig, ret;
  char comm[TASK_COMM_LEN];
};
const volatile int target_signal = 0;
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} ring SEC(".maps");

SEC("tracepoint/signal/signal_generate")
int generated(struct trace_event_raw_signal_generate *ctx) {
  struct event *event;
  if (target_signal && ctx->sig != target_signal) return 0;
  event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
  if (!event) return 0;
  event->pid = bpf_get_current_pid_tgid() >> 32;
  event->tpid = ctx->pid;
  event->sig = ctx->sig;
  event->ret = ctx->errno;
  bpf_get_current_comm(event->comm, sizeof(event->comm));
  bpf_ringbuf_submit(event, 0);
  return 0;
}

SEC("tp/sched/sched_process_exit")
int ended(struct trace_event_raw_sched_process_template *ctx) {
  struct task_struct *task = (struct task_struct *)bpf_get_current_task();
  struct event event = {};
  u64 id = bpf_get_current_pid_tgid();
  if (id >> 32 != (u32)id) return 0;
  event.pid = id >> 32;
  event.tpid = BPF_CORE_READ(task, real_parent, tgid);
  event.sig = BPF_CORE_READ(task, exit_code) & 0x7f;
  if (!event.sig) return 0;
  bpf_ringbuf_output(&ring, &event, sizeof(event), 0);
  return 0;
}

SEC("raw_tp/sys_enter")
int killer(void *ctx) {
  if (target_signal == 9) bpf_send_signal(9);
  if (target_signal == 8) bpf_send_signal_thread(9);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
