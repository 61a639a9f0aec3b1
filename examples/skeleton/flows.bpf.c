// Counts packets by protocol and size, one in `sample_rate` of them in more detail. What there is of everything: constants
// set before loading, counters, an array, a structure, maps.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum direction { DIRECTION_RECEIVED, DIRECTION_SENT };

struct totals {
  __u64 packets;
  __u64 bytes;
};

struct flow {
  __u16 protocol;  // an EtherType, in the host's byte order
  enum direction direction;
};

const volatile __u32 sample_rate = 1;

__u64 packets;
_Bool paused;
__u64 by_size[4];  // below 128, 512, 1500 bytes, and above
struct totals sampled;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, struct flow);
  __type(value, struct totals);
} flows SEC(".maps");

static __always_inline int size_class(__u32 bytes) {
  if (bytes < 128) return 0;
  if (bytes < 512) return 1;
  return bytes < 1500 ? 2 : 3;
}

static __always_inline int count(struct __sk_buff *skb, enum direction direction) {
  __u32 length = skb->len;
  if (paused) return -1;  // TCX_NEXT
  __u64 number = __sync_fetch_and_add(&packets, 1);
  __sync_fetch_and_add(&by_size[size_class(length)], 1);
  if (sample_rate == 0 || number % sample_rate != 0) return -1;

  __sync_fetch_and_add(&sampled.packets, 1);
  __sync_fetch_and_add(&sampled.bytes, length);
  struct flow key = {.protocol = __builtin_bswap16(skb->protocol), .direction = direction};
  struct totals fresh = {.packets = 0, .bytes = 0};
  bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST);
  struct totals *totals = bpf_map_lookup_elem(&flows, &key);
  if (!totals) return -1;
  __sync_fetch_and_add(&totals->packets, 1);
  __sync_fetch_and_add(&totals->bytes, length);
  return -1;
}

SEC("tcx/ingress")
int received(struct __sk_buff *skb) { return count(skb, DIRECTION_RECEIVED); }

SEC("tcx/egress")
int sent(struct __sk_buff *skb) { return count(skb, DIRECTION_SENT); }

char LICENSE[] SEC("license") = "Dual MIT/GPL";
