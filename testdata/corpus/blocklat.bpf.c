// Latency of block requests, by device: what a tracepoint's arguments are depends on the kernel's version, where the
// disk is on a field that may be there.
#include "kernel_types.h"

extern int LINUX_KERNEL_VERSION __kconfig;

struct key {
  u32 dev;
  u32 cmd_flags;
};
struct hist {
  u32 slots[27];
};

const volatile bool per_disk = false;
const volatile bool per_flag = false;
const volatile bool queued = false;
const volatile u32 only_dev = 0;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, struct request *);
  __type(value, u64);
} start SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, struct key);
  __type(value, struct hist);
} hists SEC(".maps");

static struct hist initial;

static __always_inline u32 device(struct request *rq) {
  struct request___old *old = (void *)rq;
  struct gendisk *disk;
  if (bpf_core_field_exists(old->rq_disk))
    disk = BPF_CORE_READ(old, rq_disk);
  else
    disk = BPF_CORE_READ(rq, q, disk);
  return disk ? BPF_CORE_READ(disk, major) << 20 | BPF_CORE_READ(disk, first_minor) : 0;
}

static int begin(struct request *rq, int issue) {
  u64 ts = bpf_ktime_get_ns();
  if (issue && queued) return 0;
  if (only_dev && device(rq) != only_dev) return 0;
  bpf_map_update_elem(&start, &rq, &ts, 0);
  return 0;
}

SEC("tp_btf/block_rq_insert")
int block_rq_insert(u64 *ctx) {
  if (LINUX_KERNEL_VERSION < KERNEL_VERSION(5, 11, 0)) return begin((void *)ctx[1], false);
  return begin((void *)ctx[0], false);
}
SEC("tp_btf/block_rq_issue")
int block_rq_issue(u64 *ctx) {
  if (LINUX_KERNEL_VERSION < KERNEL_VERSION(5, 11, 0)) return begin((void *)ctx[1], true);
  return begin((void *)ctx[0], true);
}
SEC("tp_btf/block_rq_complete")
int BPF_PROG(block_rq_complete, struct request *rq, int error, unsigned int bytes) {
  struct key key = {};
  struct hist *hist;
  u64 slot, *since = bpf_map_lookup_elem(&start, &rq);
  s64 delta;
  if (!since) return 0;
  delta = (s64)(bpf_ktime_get_ns() - *since);
  if (delta < 0) goto out;
  if (per_disk) key.dev = device(rq);
  if (per_flag) key.cmd_flags = BPF_CORE_READ(rq, cmd_flags);
  hist = bpf_map_lookup_elem(&hists, &key);
  if (!hist) {
    bpf_map_update_elem(&hists, &key, &initial, 0);
    hist = bpf_map_lookup_elem(&hists, &key);
    if (!hist) goto out;
  }
  slot = log2_64((u64)delta / 1000U);
  if (slot >= 27) slot = 26;
  __sync_fetch_and_add(&hist->slots[slot], 1);
out:
  bpf_map_delete_elem(&start, &rq);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
