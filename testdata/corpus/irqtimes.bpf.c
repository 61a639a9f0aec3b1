// Time in interrupt handlers: tp_btf with strings of the kernel, per-CPU maps, histograms or sums.
#include "kernel_types.h"

struct key {
  char name[32];
};
struct info {
  u64 count;
  u32 slots[20];
};
const volatile bool filter_cg = false;
const volatile bool distributed = false;
const volatile bool nanoseconds = false;
const volatile bool do_count = false;

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, u32);
  __type(value, u64);
} start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, struct key);
  __type(value, struct info);
} infos SEC(".maps");

static struct info zero;

static int entry(int irq, struct irqaction *action) {
  u64 ts = bpf_ktime_get_ns();
  u32 key = 0;
  if (do_count) {
    struct key by_name = {};
    struct info *info;
    bpf_probe_read_kernel_str(&by_name.name, sizeof(by_name.name), BPF_CORE_READ(action, name));
    bpf_map_update_elem(&infos, &by_name, &zero, BPF_NOEXIST);
    info = bpf_map_lookup_elem(&infos, &by_name);
    if (info) info->count += 1;
    return 0;
  }
  bpf_map_update_elem(&start, &key, &ts, BPF_ANY);
  return 0;
}
static int leave(int irq, struct irqaction *action) {
  struct key by_name = {};
  struct info *info;
  u64 delta, *ts, slot;
  u32 key = 0;
  ts = bpf_map_lookup_elem(&start, &key);
  if (!ts) return 0;
  delta = bpf_ktime_get_ns() - *ts;
  if (!nanoseconds) delta /= 1000U;
  bpf_probe_read_kernel_str(&by_name.name, sizeof(by_name.name), BPF_CORE_READ(action, name));
  bpf_map_update_elem(&infos, &by_name, &zero, BPF_NOEXIST);
  info = bpf_map_lookup_elem(&infos, &by_name);
  if (!info) return 0;
  if (!distributed) {
    info->count += delta;
  } else {
    slot = log2_64(delta);
    if (slot >= 20) slot = 19;
    info->slots[slot]++;
  }
  return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(irq_entry_btf, int irq, struct irqaction *action) { return entry(irq, action); }
SEC("tp_btf/irq_handler_exit")
int BPF_PROG(irq_exit_btf, int irq, struct irqaction *action) { return leave(irq, action); }
SEC("raw_tp/irq_handler_entry")
int BPF_PROG(irq_entry_raw, int irq, struct irqaction *action) { return entry(irq, action); }
SEC("raw_tp/irq_handler_exit")
int BPF_PROG(irq_exit_raw, int irq, struct irqaction *action) { return leave(irq, action); }
SEC("tp_btf/softirq_entry")
int BPF_PROG(softirq_entry_btf, unsigned int vec) {
  u64 ts = bpf_ktime_get_ns();
  u32 key = 0;
  bpf_map_update_elem(&start, &key, &ts, BPF_ANY);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
