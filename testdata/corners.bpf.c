// Shapes that are rare and legal: inner maps whose size needs rounding; a program array with static contents that is
// pinned.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct ring {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 5000);
};

struct ring first_ring SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 2);
  __type(key, __u32);
  __array(values, struct ring);
} rings SEC(".maps") = {.values = {[1] = &first_ring}};

int target(struct __sk_buff *skb);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __uint(pinning, 1);
  __array(values, int(struct __sk_buff *));
} jumps SEC(".maps") = {.values = {&target}};

SEC("socket")
int target(struct __sk_buff *skb) { return 7; }

SEC("socket")
int jump(struct __sk_buff *skb) {
  bpf_tail_call(skb, &jumps, 0);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
