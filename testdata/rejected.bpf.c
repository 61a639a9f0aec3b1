// Programs that the verifier refuses, each for one reason, for the tests of what is said about that.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} map SEC(".maps");

__u64 sink;
__u64 table[8];

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Reads the packet without a look at where it ends.
SEC("xdp")
int no_bounds_check(struct xdp_md* ctx) {
  __u64* data = (void*)(long)ctx->data;
  sink = *data;
  return XDP_PASS;
}

// Indexes an array by a number that may be anything.
SEC("socket")
int unbounded_index(struct __sk_buff* skb) {
  table[skb->len] = 1;
  return 0;
}

// Follows what may be a null pointer.
SEC("socket")
int unchecked_lookup(struct __sk_buff* skb) {
  __u32 key = 0;
  __u64* value = bpf_map_lookup_elem(&map, &key);
  *value = 1;
  return 0;
}

// Never ends.
SEC("socket")
int endless(struct __sk_buff* skb) {
  for (;;) sink++;
  return 0;
}

// The fault is in a subprogram.
static __noinline void deep_fault(struct xdp_md* ctx) {
  __u64* data = (void*)(long)ctx->data;
  sink += *data;
}

SEC("xdp")
int fault_in_subprogram(struct xdp_md* ctx) {
  sink = 0;
  deep_fault(ctx);
  return XDP_PASS;
}
