// Maps in maps, written down with their contents; a program array likewise.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, int);
  __type(value, int);
} inner_a SEC(".maps"), inner_b SEC(".maps");
struct inner_hash {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 5);
  __type(key, int);
  __type(value, int);
} hash_a SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __uint(key_size, sizeof(int));
  __uint(value_size, sizeof(int));
  __array(values, struct inner);
} outer_array SEC(".maps") = {.values = {[0] = &inner_a, 0, [2] = &inner_b}};
struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 5);
  __uint(key_size, sizeof(int));
  __array(values, struct inner_hash);
} outer_hash SEC(".maps") = {.values = {[0] = 0, &hash_a, [4] = &hash_a}};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, __u32);
  __array(values, struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
  });
} rings SEC(".maps");
struct inner_sized {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __uint(map_flags, BPF_F_INNER_MAP);
  __type(key, int);
  __type(value, int);
} sized SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 2);
  __type(key, int);
  __type(value, int);
  __array(values, struct inner_sized);
} dynamic_outer SEC(".maps") = {.values = {(void *)&sized}};

int first(struct __sk_buff *skb);
int second(struct __sk_buff *skb);
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 4);
  __uint(key_size, sizeof(int));
  __array(values, int(struct __sk_buff *));
} jumps SEC(".maps") = {.values = {[1] = (void *)&first, [3] = (void *)&second}};

SEC("tc")
int first(struct __sk_buff *skb) {
  int zero = 0, *value;
  void *map = bpf_map_lookup_elem(&outer_array, &zero);
  if (!map) return 0;
  value = bpf_map_lookup_elem(map, &zero);
  return value ? *value : 1;
}
SEC("tc")
int second(struct __sk_buff *skb) {
  int one = 1, *value;
  void *map = bpf_map_lookup_elem(&outer_hash, &one);
  if (!map) return 0;
  value = bpf_map_lookup_elem(map, &one);
  return value ? *value : 1;
}
SEC("tc")
int entry(struct __sk_buff *skb) {
  bpf_tail_call(skb, &jumps, skb->mark & 3);
  bpf_tail_call_static(skb, &jumps, 1);
  return 0;
}
SEC("tc")
int to_ring(struct __sk_buff *skb) {
  __u32 which = skb->mark & 15;
  __u64 record = skb->len;
  void *ring = bpf_map_lookup_elem(&rings, &which);
  if (ring) bpf_ringbuf_output(ring, &record, sizeof record, 0);
  return 0;
}
SEC("tc")
int to_sized(struct __sk_buff *skb) {
  int zero = 0, *value;
  void *map = bpf_map_lookup_elem(&dynamic_outer, &zero);
  if (!map) return 0;
  value = bpf_map_lookup_elem(map, &zero);
  return value ? *value : 0;
}

char LICENSE[] SEC("license") = "GPL";
