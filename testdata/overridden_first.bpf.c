// With overridden_second.bpf.c: two files that a linker (bpftool gen object) makes one object of. The weak function here
// gives way to the strong one there, and its code stays behind without a name.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} shared SEC(".maps");

__u64 unused_by_the_other;
extern __u32 defined_in_second;

// Two files may each have a static function of a name.
static __noinline __u32 local(__u32 x) { return x + 10; }

__weak __noinline int overridden(int x) {
  unused_by_the_other += x;
  return 1;
}

char LICENSE[] SEC("license") = "GPL";

SEC("tc")
int first(struct __sk_buff* skb) { return overridden(skb->len) + local(skb->len) + defined_in_second; }
