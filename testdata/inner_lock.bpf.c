// An inner map whose values need their types, because there is a lock in them. Since 6.2.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct locked {
  struct bpf_spin_lock lock;
  __u32 value;
};

struct locked_map {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct locked);
};

struct locked_map first_locked SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, struct locked_map);
} locked_maps SEC(".maps") = {.values = {&first_locked}};

SEC("tc")
int use_inner(struct __sk_buff* skb) {
  __u32 key = 0;
  void* inner = bpf_map_lookup_elem(&locked_maps, &key);
  if (!inner) return 1;
  struct locked* locked = bpf_map_lookup_elem(inner, &key);
  if (!locked) return 2;
  bpf_spin_lock(&locked->lock);
  locked->value += 3;
  bpf_spin_unlock(&locked->lock);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
