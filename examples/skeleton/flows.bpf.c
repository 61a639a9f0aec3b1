// Counts packets by protocol and length, one in `sample_rate` of them in more detail. What there is of everything: a
// constant set before loading, a knob, counters, an array, a structure, a map.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum direction { DIRECTION_RECEIVED, DIRECTION_SENT };

struct totals {
  __u64 packets;
  __u64 bytes;
};

// Without padding: all bytes of a key are compared, and those between members are what was on the stack.
struct flow {
  __u32 protocol;  // an EtherType, in the host's byte order
  enum direction direction;
};

const volatile __u32 sample_rate = 1;

__u32 thresholds[3] = {128, 512, 1500};  // ascending, in bytes

__u64 packets;
__u64 by_length[4];  // below the first threshold, the second, the third, and above
struct totals sampled;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, struct flow);
  __type(value, struct totals);
} flows SEC(".maps");

static __always_inline int length_class(__u32 length) {
  for (int i = 0; i < 3; i++)
    if (length < thresholds[i]) return i;
  return 3;
}

static __always_inline void add(struct totals *totals, __u32 length) {
  __sync_fetch_and_add(&totals->packets, 1);
  __sync_fetch_and_add(&totals->bytes, length);
}

static __always_inline void sample(struct __sk_buff *skb, enum direction direction) {
  struct flow key = {.protocol = __builtin_bswap16(skb->protocol), .direction = direction};
  struct totals fresh = {.packets = 0, .bytes = 0};

  add(&sampled, skb->len);
  bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST);
  struct totals *totals = bpf_map_lookup_elem(&flows, &key);
  if (totals) add(totals, skb->len);
}

static __always_inline int count(struct __sk_buff *skb, enum direction direction) {
  __u64 number = __sync_fetch_and_add(&packets, 1);

  __sync_fetch_and_add(&by_length[length_class(skb->len)], 1);
  if (sample_rate != 0 && number % sample_rate == 0) sample(skb, direction);
  return -1;  // TCX_NEXT
}

SEC("tcx/ingress")
int received(struct __sk_buff *skb) { return count(skb, DIRECTION_RECEIVED); }

SEC("tcx/egress")
int sent(struct __sk_buff *skb) { return count(skb, DIRECTION_SENT); }

char LICENSE[] SEC("license") = "Dual MIT/GPL";
