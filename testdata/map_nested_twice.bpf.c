// A map of maps of maps: the kernel goes one level deep only.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct innermost {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
};

struct middle {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, struct innermost);
};

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1);
  __type(key, __u32);
  __array(values, struct middle);
} outermost SEC(".maps");

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) {
  __u32 key = 0;
  return bpf_map_lookup_elem(&outermost, &key) != 0;
}
