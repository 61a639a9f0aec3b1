// A map whose key_size is not the size of its key.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __uint(key_size, 8);
  __type(key, __u32);
  __type(value, __u32);
} contradiction SEC(".maps");

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) {
  __u64 key = 0;
  return bpf_map_lookup_elem(&contradiction, &key) != 0;
}
