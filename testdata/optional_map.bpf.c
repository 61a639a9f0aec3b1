// A map that a program uses only where a constant says so: programs of this kind are loaded without the map on kernels
// that do not have its type.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} fallback SEC(".maps");

const volatile bool use_events = true;

char LICENSE[] SEC("license") = "GPL";

// 1 where it went into the ring buffer, 2 into the array.
SEC("tc")
int report(struct __sk_buff* skb) {
  __u32 key = 0, value = skb->len;
  if (use_events) return bpf_ringbuf_output(&events, &value, sizeof value, 0) == 0 ? 1 : -1;
  bpf_map_update_elem(&fallback, &key, &value, 0);
  return 2;
}
