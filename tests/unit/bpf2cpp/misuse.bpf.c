// What misuse.cc uses in ways in which it cannot be used.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum color { COLOR_RED, COLOR_BLUE };

struct stats {
  __u64 packets;
  enum color color;
};

struct key {
  __u32 port;
};

const volatile __u32 limit = 1;
const volatile struct stats constant_stats = {1};
const volatile __u32 constants[4] = {1};
__u64 packets;
__u32 thresholds[4];
enum color color;
struct stats stats;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, struct key);
  __type(value, struct stats);
} by_port SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} per_cpu SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 4);
  __type(value, __u32);
} queue SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int trace(void *ctx) {
  struct key key = {443};
  struct stats *found = bpf_map_lookup_elem(&by_port, &key);
  if (found && found->packets < limit + constants[1] + constant_stats.packets) stats.packets++;
  packets += thresholds[0] + color;
  return 0;
}

SEC("xdp")
int filter(struct xdp_md *ctx) { return XDP_PASS; }

char LICENSE[] SEC("license") = "GPL";
