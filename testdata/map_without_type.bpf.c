// A map that does not say of which type it is.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} untyped SEC(".maps");

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) {
  __u32 key = 0;
  return bpf_map_lookup_elem(&untyped, &key) != 0;
}
