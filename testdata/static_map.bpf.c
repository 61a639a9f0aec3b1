// A map that is static: it has no symbol that others could know it by, and references to it go through its section.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} hidden_away SEC(".maps");

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) {
  __u32 key = 0;
  return bpf_map_lookup_elem(&hidden_away, &key) != 0;
}
