// Maps that say whether they want to be pinned: `shared` by its name, the others not.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} shared SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
  __uint(pinning, LIBBPF_PIN_NONE);
} unpinned SEC(".maps");

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("socket")
int count(struct __sk_buff* skb) {
  __u32 zero = 0;
  __u64* value = bpf_map_lookup_elem(&shared, &zero);
  if (value) __sync_fetch_and_add(value, 1);
  value = bpf_map_lookup_elem(&unpinned, &zero);
  if (value) __sync_fetch_and_add(value, 1);
  return 0;
}
