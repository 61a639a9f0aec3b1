// Samples of where processors are: perf events with registers, and a queue's length.
#include "kernel_types.h"

struct bpf_user_pt_regs {
  unsigned long unused[16];
  unsigned long ip;
};
struct key {
  u32 pid;
  u64 kernel_ip;
  int user_stack_id, kern_stack_id;
  char name[TASK_COMM_LEN];
};

const volatile bool include_idle = false;
const volatile pid_t only_pid = -1;
const volatile u64 kernel_text = 0xffffffff80000000;

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __type(key, u32);
  __uint(value_size, 127 * sizeof(u64));
  __uint(max_entries, 2048);
} stackmap SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, struct key);
  __type(value, u64);
  __uint(max_entries, 10240);
} counts SEC(".maps");

u32 queue_lengths[64] = {};

SEC("perf_event")
int sample(void *ctx) {
  u64 id = bpf_get_current_pid_tgid();
  struct key key = {};
  u64 *count, one = 1;
  if (!include_idle && (u32)id == 0) return 0;
  if (only_pid != -1 && (id >> 32) != only_pid) return 0;
  key.pid = id >> 32;
  key.kern_stack_id = bpf_get_stackid(ctx, &stackmap, 0);
  key.user_stack_id = bpf_get_stackid(ctx, &stackmap, BPF_F_USER_STACK);
  bpf_get_current_comm(&key.name, sizeof(key.name));
  count = bpf_map_lookup_elem(&counts, &key);
  if (count)
    __sync_fetch_and_add(count, 1);
  else
    bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
  return 0;
}

SEC("perf_event")
int queue_length(void *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  struct cfs_rq *queue = BPF_CORE_READ(task, se.cfs_rq);
  struct cfs_rq___queued *newer = (void *)queue;
  u64 slot;
  if (bpf_core_field_exists(newer->nr_queued))
    slot = BPF_CORE_READ(newer, nr_queued);
  else
    slot = BPF_CORE_READ(queue, nr_running);
  if (slot > 0) slot--;
  if (slot > 63) slot = 63;
  __sync_fetch_and_add(&queue_lengths[slot], 1);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
