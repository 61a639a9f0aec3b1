// See overridden_first.bpf.c.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} shared SEC(".maps");

__u32 defined_in_second = 5000;

static __noinline __u32 local(__u32 x) { return x + 20; }

__noinline int overridden(int x) {
  __u32 key = 1;
  __u64* value = bpf_map_lookup_elem(&shared, &key);
  if (value) *value += x;
  return 100;
}

char LICENSE[] SEC("license") = "GPL";

SEC("tc")
int second(struct __sk_buff* skb) { return overridden(1) + local(skb->len); }
