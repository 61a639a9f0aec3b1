// Functions of user programs, by path and name: allocations with their sizes and stacks.
#include "kernel_types.h"

struct allocation {
  u64 size, timestamp_ns;
  int stack_id;
};
union combined {
  struct {
    u64 total_size : 40;
    u64 number : 24;
  };
  u64 bits;
};

const volatile u64 min_size = 0, max_size = -1, sample_rate = 1;
const volatile bool trace_all = false;
const volatile u64 stack_flags = 0;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, pid_t);
  __type(value, u64);
  __uint(max_entries, 10240);
} sizes SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, u64);
  __type(value, struct allocation);
  __uint(max_entries, 1000000);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} allocations SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, u64);
  __type(value, union combined);
  __uint(max_entries, 10240);
} combined SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __type(key, u32);
  __uint(value_size, 127 * sizeof(u64));
  __uint(max_entries, 1024);
} stack_traces SEC(".maps");

static union combined initial;

static int enter(unsigned long size) {
  pid_t tid = bpf_get_current_pid_tgid();
  u64 value = size;
  if (size < min_size || size > max_size) return 0;
  if (sample_rate > 1 && bpf_ktime_get_ns() % sample_rate != 0) return 0;
  bpf_map_update_elem(&sizes, &tid, &value, BPF_ANY);
  if (trace_all) bpf_printk("allocation of %lu bytes", size);
  return 0;
}
static void add(u64 stack, u64 size) {
  union combined *existing = bpf_map_lookup_elem(&combined, &stack);
  const union combined more = {.total_size = size, .number = 1};
  if (!existing) {
    bpf_map_update_elem(&combined, &stack, &initial, BPF_NOEXIST);
    existing = bpf_map_lookup_elem(&combined, &stack);
    if (!existing) return;
  }
  __sync_fetch_and_add(&existing->bits, more.bits);
}
static int leave(void *ctx, u64 address) {
  pid_t tid = bpf_get_current_pid_tgid();
  struct allocation made = {};
  u64 *size = bpf_map_lookup_elem(&sizes, &tid);
  if (!size) return 0;
  made.size = *size;
  bpf_map_delete_elem(&sizes, &tid);
  if (address) {
    made.timestamp_ns = bpf_ktime_get_ns();
    made.stack_id = bpf_get_stackid(ctx, &stack_traces, stack_flags);
    bpf_map_update_elem(&allocations, &address, &made, BPF_ANY);
    add(made.stack_id, made.size);
  }
  return 0;
}

SEC("uprobe")
int BPF_KPROBE(malloc_enter, unsigned long size) { return enter(size); }
SEC("uretprobe")
int BPF_KRETPROBE(malloc_exit) { return leave(ctx, PT_REGS_RC(ctx)); }
SEC("uprobe/libc.so.6:calloc")
int BPF_UPROBE(calloc_enter, unsigned long n, unsigned long size) { return enter(n * size); }
SEC("uretprobe/libc.so.6:calloc")
int BPF_URETPROBE(calloc_exit, void *made) { return leave(ctx, (u64)made); }
SEC("uprobe//usr/bin/bash:readline+0x8")
int at_offset(struct pt_regs *ctx) { return 0; }
SEC("uprobe.s/libc.so.6:free")
int BPF_UPROBE(free_enter, void *address) {
  u64 key = (u64)address;
  char first = 0;
  bpf_copy_from_user(&first, 1, address);
  bpf_map_delete_elem(&allocations, &key);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
