// A bad line: of the packets that a network interface receives, some percent are lost, at random.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

// The knobs. They have initial values, so they are in .data, and the counters, which change all the time, in .bss: other
// memory, so that reading a knob never waits for a counter.
__u32 loss_percent = 10;
_Bool paused = 1;  // nothing is lost until somebody says so

__u64 packets;
__u64 lost;

SEC("xdp")
int lose_packets(struct xdp_md *packet) {
  _Bool lose = !paused && bpf_get_prandom_u32() % 100 < loss_percent;

  if (lose) __sync_fetch_and_add(&lost, 1);
  __sync_fetch_and_add(&packets, 1);
  return lose ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
