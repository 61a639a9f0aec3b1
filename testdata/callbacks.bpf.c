// Functions that are taken by address, as callbacks of helpers; one of them calls a subprogram. Each program returns a
// number that a test can know. Since 5.17.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_map;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} numbers SEC(".maps");

__u64 total;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __noinline __u32 next_of(__u32 x) { return x + 1; }

static long add_element(struct bpf_map* map, const void* key, __u64* value, __u64* sum) {
  *sum += *value;
  return 0;
}

static long add_index(__u32 index, __u64* sum) {
  *sum += next_of(index);
  return 0;
}

// The sum of `numbers`, also in `total`. Helper since 5.13.
SEC("tc")
int each_element(struct __sk_buff* skb) {
  __u64 sum = 0;
  bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
  total = sum;
  return sum;
}

// 1 + 2 + … + 10, by a callback that calls a subprogram itself. Helper since 5.17.
SEC("tc")
int looped(struct __sk_buff* skb) {
  __u64 sum = 0;
  bpf_loop(10, add_index, &sum, 0);
  return sum;
}
