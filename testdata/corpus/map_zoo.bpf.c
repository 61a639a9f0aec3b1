// Every way to write down a map: numbers or types, flags, sizes that the loader works out, many types.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct pair {
  __u32 a, b;
};
#define MAP(map, kind, k, v, n, f)       \
  struct {                               \
    __uint(type, BPF_MAP_TYPE_##kind);   \
    __type(key, k);                      \
    __type(value, v);                    \
    __uint(max_entries, n);              \
    __uint(map_flags, f);                \
  } map SEC(".maps")

MAP(hash, HASH, struct pair, __u64, 100, 0);
MAP(hash_lazy, HASH, struct pair, __u64, 100, BPF_F_NO_PREALLOC);
MAP(percpu_hash, PERCPU_HASH, __u32, struct pair, 100, 0);
MAP(lru, LRU_HASH, __u32, __u64, 100, 0);
MAP(lru_own, LRU_HASH, __u32, __u64, 100, BPF_F_NO_COMMON_LRU);
MAP(lru_percpu, LRU_PERCPU_HASH, __u32, __u64, 100, 0);
MAP(array, ARRAY, __u32, __u64, 100, 0);
MAP(array_mapped, ARRAY, __u32, __u64, 100, BPF_F_MMAPABLE);
MAP(array_read_only, ARRAY, __u32, __u64, 100, BPF_F_RDONLY_PROG);
MAP(percpu_array, PERCPU_ARRAY, __u32, __u64, 100, 0);
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(key_size, 8);
  __uint(value_size, 8);
  __uint(max_entries, 255);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} lpm SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __type(value, __u32);
  __uint(max_entries, 32);
} queue SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_STACK);
  __uint(value_size, 4);
  __uint(max_entries, 32);
} stack SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
  __type(value, __u32);
  __uint(max_entries, 1000);
  __uint(map_extra, 3);
} bloom SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
} perf_default SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(max_entries, 2);
  __type(key, int);
  __type(value, int);
} perf_two SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 1);
} ring SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} cgroups SEC(".maps");

SEC("socket")
int use_all(struct __sk_buff *skb) {
  struct pair key = {1, 2};
  __u32 index = 3;
  __u64 one = 1, *value;
  bpf_map_update_elem(&hash, &key, &one, BPF_ANY);
  bpf_map_update_elem(&hash_lazy, &key, &one, BPF_NOEXIST);
  bpf_map_update_elem(&percpu_hash, &index, &key, 0);
  bpf_map_update_elem(&lru, &index, &one, 0);
  bpf_map_update_elem(&lru_own, &index, &one, 0);
  bpf_map_update_elem(&lru_percpu, &index, &one, 0);
  value = bpf_map_lookup_elem(&array, &index);
  if (value) ++*value;
  value = bpf_map_lookup_elem(&array_mapped, &index);
  if (value) __sync_fetch_and_add(value, 2);
  value = bpf_map_lookup_elem(&array_read_only, &index);
  if (value && *value) return 1;
  value = bpf_map_lookup_elem(&percpu_array, &index);
  if (value) --*value;
  one = 0x2000000020ull;
  value = bpf_map_lookup_elem(&lpm, &one);
  return value ? *value : 0;
}
SEC("socket")
int use_queues(struct __sk_buff *skb) {
  __u32 value = skb->len;
  bpf_map_push_elem(&queue, &value, 0);
  bpf_map_pop_elem(&queue, &value);
  bpf_map_push_elem(&stack, &value, BPF_EXIST);
  bpf_map_peek_elem(&stack, &value);
  bpf_map_push_elem(&bloom, &value, 0);
  return bpf_map_peek_elem(&bloom, &value) == 0;
}
SEC("socket")
int use_buffers(struct __sk_buff *skb) {
  __u64 value = skb->len;
  bpf_perf_event_output(skb, &perf_two, BPF_F_CURRENT_CPU | (32ull << 32), &value, sizeof value);
  bpf_ringbuf_output(&ring, &value, sizeof value, 0);
  return 0;
}
SEC("socket")
int use_default_sizes(struct __sk_buff *skb) {
  __u64 value = skb->len;
  bpf_perf_event_output(skb, &perf_default, BPF_F_CURRENT_CPU, &value, sizeof value);
  return 0;
}
SEC("socket")
int write_read_only(struct __sk_buff *skb) {  // refused
  __u32 index = 3;
  __u64 one = 1;
  bpf_map_update_elem(&array_read_only, &index, &one, 0);
  return 0;
}
SEC("tc")
int under_cgroup(struct __sk_buff *skb) { return bpf_skb_under_cgroup(skb, &cgroups, 0); }
SEC("socket")
int on_any_processor(struct __sk_buff *skb) {
  __u32 index = 0;
  __u64 *value = bpf_map_lookup_percpu_elem(&percpu_array, &index, 0);
  return value ? *value : 0;
}

char LICENSE[] SEC("license") = "GPL";
