// Packets in several pieces.
#include "packet.h"

struct {
  __uint(type, BPF_MAP_TYPE_CPUMAP);
  __uint(key_size, 4);
  __uint(value_size, 8);
  __uint(max_entries, 4);
} processors SEC(".maps");
__u64 lengths[16] = {};

SEC("xdp.frags")
int look_at_all(struct xdp_md *ctx) {
  char bytes[16] = {};
  __u64 length = bpf_xdp_get_buff_len(ctx);
  lengths[length >> 10 & 15]++;
  if (bpf_xdp_load_bytes(ctx, 14, bytes, sizeof bytes)) return XDP_PASS;
  bytes[8]--;
  if (bpf_xdp_store_bytes(ctx, 14, bytes, sizeof bytes)) return XDP_DROP;
  return XDP_TX;
}
SEC("xdp.frags/devmap")
int at_device(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp.frags/cpumap")
int at_processor(struct xdp_md *ctx) { return bpf_redirect_map(&processors, 0, XDP_PASS); }
SEC("xdp")
int adjusts(struct xdp_md *ctx) {
  if (bpf_xdp_adjust_head(ctx, -16)) return XDP_ABORTED;
  if (bpf_xdp_adjust_meta(ctx, -4)) return XDP_ABORTED;
  return bpf_xdp_adjust_tail(ctx, 4) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
