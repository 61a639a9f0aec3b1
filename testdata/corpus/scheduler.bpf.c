// A scheduler as sched_ext wants it: sleepable and other operations, kfuncs, per-CPU and shared queues.
// corpus: v3
#include "kernel_types.h"

struct sched_ext_entity {
  u64 dsq_vtime, slice;
  u32 weight;
} __attribute__((preserve_access_index));
struct task_struct___scx {
  int pid;
  struct sched_ext_entity scx;
} __attribute__((preserve_access_index));
struct scx_exit_info {
  int kind;
} __attribute__((preserve_access_index));
struct sched_ext_ops {
  s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
  void (*enqueue)(struct task_struct *p, u64 enq_flags);
  void (*dispatch)(s32 cpu, struct task_struct *prev);
  s32 (*init)(void);
  void (*exit)(struct scx_exit_info *info);
  u64 flags;
  u32 timeout_ms;
  char name[128];
} __attribute__((preserve_access_index));

extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym __weak;
extern void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
extern bool scx_bpf_consume(u64 dsq_id) __ksym __weak;

#define SHARED 0
u64 vtime_now = 0;
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(key_size, sizeof(u32));
  __uint(value_size, sizeof(u64));
  __uint(max_entries, 2);
} stats SEC(".maps");

static void count(u32 which) {
  u64 *value = bpf_map_lookup_elem(&stats, &which);
  if (value) (*value)++;
}
SEC("struct_ops/corpus_select_cpu")
s32 BPF_PROG(corpus_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags) {
  count(0);
  return prev_cpu;
}
SEC("struct_ops/corpus_enqueue")
void BPF_PROG(corpus_enqueue, struct task_struct *p, u64 enq_flags) {
  count(1);
  scx_bpf_dispatch(p, SHARED, 20000000, enq_flags);
}
SEC("struct_ops/corpus_dispatch")
void BPF_PROG(corpus_dispatch, s32 cpu, struct task_struct *prev) { scx_bpf_consume(SHARED); }
SEC("struct_ops.s/corpus_sched_init")
s32 BPF_PROG(corpus_sched_init) { return scx_bpf_create_dsq(SHARED, -1); }
SEC("struct_ops/corpus_exit")
void BPF_PROG(corpus_exit, struct scx_exit_info *info) { vtime_now = info->kind; }

SEC(".struct_ops")
struct sched_ext_ops corpus_sched = {
    .select_cpu = (void *)corpus_select_cpu,
    .enqueue = (void *)corpus_enqueue,
    .dispatch = (void *)corpus_dispatch,
    .init = (void *)corpus_sched_init,
    .exit = (void *)corpus_exit,
    .timeout_ms = 5000,
    .name = "corpus",
};

char LICENSE[] SEC("license") = "GPL";
