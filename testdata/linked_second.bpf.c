// The other one of the two; see linked_first.bpf.c.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} hits SEC(".maps");

extern __u64 total;

static volatile __u32 own = 20;
static __noinline __u32 add_own(__u32 x) { return x + own; }

extern __u32 count_hit(__u32 key);
__noinline __u32 twice(__u32 x) { return 2 * x; }
__noinline __u32 choice(void) { return 7; }

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Returns length + 20 + choice().
SEC("socket")
int second(struct __sk_buff* skb) {
  __u32 key = 1;
  __u64* value = bpf_map_lookup_elem(&hits, &key);
  if (value) __sync_fetch_and_add(value, 1);
  __sync_fetch_and_add(&total, 1);
  count_hit(2);
  return add_own(skb->len) + choice();
}
