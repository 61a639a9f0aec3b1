// One of two files that `bpftool gen object` links into one object, "linked": what each of them has, declares, and has
// under the same name as the other.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// Defined here, used in both.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} hits SEC(".maps");

__u64 total;
__u64 first_calls = 1000;
const volatile __u32 step = 3;

// Each file has its own.
static volatile __u32 own = 10;
static __noinline __u32 add_own(__u32 x) { return x + own; }

// Defined in the other file, and, weakly, here, too.
extern __u32 twice(__u32 x);
__weak __noinline __u32 choice(void) { return 1; }

// Callbacks and subprograms of both.
__noinline __u32 count_hit(__u32 key) {
  __u64* value = bpf_map_lookup_elem(&hits, &key);
  if (value) __sync_fetch_and_add(value, 1);
  __sync_fetch_and_add(&total, step);
  return value != 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Returns twice(length + 10) + 100 * choice().
SEC("socket")
int first(struct __sk_buff* skb) {
  __sync_fetch_and_add(&first_calls, 1);
  count_hit(0);
  return twice(add_own(skb->len)) + 100 * choice();
}
