// Counts the packets that this machine's network interfaces hand to the network stack, loopback included, and the bytes in
// them. One packet in `sample_rate` is looked at; the others cost a load and a compare.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

// Set before loading: a constant for the verifier, which removes the branch where it is 1.
const volatile __u32 sample_rate = 1;

// Read, and changed, by the host program while this runs.
__u64 packets;
__u64 sampled;
_Bool paused;

static __u64 seen;

SEC("raw_tp/netif_receive_skb")
int count(void *ctx) {
  if (paused) return 0;
  __sync_fetch_and_add(&packets, 1);
  if (__sync_fetch_and_add(&seen, 1) % sample_rate == 0) __sync_fetch_and_add(&sampled, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
