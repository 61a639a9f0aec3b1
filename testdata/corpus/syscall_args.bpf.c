// System calls by their entry functions: wrappers or not is a configuration that the loader knows.
#include "kernel_types.h"

struct event {
  pid_t pid, tpid;
  int sig, ret;
  char comm[TASK_COMM_LEN];
};
const volatile pid_t filtered_pid = 0;
const volatile int target_signal = 0;
const volatile bool failed_only = false;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, __u32);
  __type(value, struct event);
} values SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(__u32));
} events SEC(".maps");

SEC("ksyscall/kill")
int BPF_KSYSCALL(enter_kill, pid_t tpid, int sig) {
  struct event event = {};
  u32 tid = bpf_get_current_pid_tgid();
  if (target_signal && sig != target_signal) return 0;
  event.pid = bpf_get_current_pid_tgid() >> 32;
  if (filtered_pid && event.pid != filtered_pid) return 0;
  event.tpid = tpid;
  event.sig = sig;
  bpf_get_current_comm(event.comm, sizeof(event.comm));
  bpf_map_update_elem(&values, &tid, &event, BPF_ANY);
  return 0;
}
SEC("kretsyscall/kill")
int BPF_KRETPROBE(leave_kill, int ret) {
  u32 tid = bpf_get_current_pid_tgid();
  struct event *event = bpf_map_lookup_elem(&values, &tid);
  if (!event) return 0;
  if (!failed_only || ret < 0) {
    event->ret = ret;
    bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, sizeof(*event));
  }
  bpf_map_delete_elem(&values, &tid);
  return 0;
}
SEC("ksyscall/mmap")
int BPF_KSYSCALL(enter_mmap, void *addr, unsigned long length, int prot, int flags, int fd, long offset) {
  bpf_printk("mmap %lu %d %d", length, prot, flags);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
