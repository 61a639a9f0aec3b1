// A map in the form that was usual before BTF: a struct of numbers in SEC("maps").
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct legacy_definition {
  unsigned int type;
  unsigned int key_size;
  unsigned int value_size;
  unsigned int max_entries;
  unsigned int map_flags;
};

struct legacy_definition old SEC("maps") = {
    .type = BPF_MAP_TYPE_ARRAY,
    .key_size = 4,
    .value_size = 4,
    .max_entries = 1,
};

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int use(struct __sk_buff* skb) {
  __u32 key = 0;
  return bpf_map_lookup_elem(&old, &key) != 0;
}
