// Packets counted by protocol and action, per processor.
#include "packet.h"

struct record {
  __u64 packets, bytes;
};
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, __u32);
  __type(value, struct record);
  __uint(max_entries, 5);
} actions SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, __u32);
  __type(value, __u64);
  __uint(max_entries, 256);
} protocols SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __type(key, __be32);
  __type(value, struct record);
  __uint(max_entries, 4096);
} sources SEC(".maps");

static __always_inline int count(struct xdp_md *ctx, __u32 action) {
  struct record *record = bpf_map_lookup_elem(&actions, &action);
  if (!record) return XDP_ABORTED;
  record->packets++;
  record->bytes += ctx->data_end - ctx->data;
  return action;
}
static __always_inline void count_protocol(__u32 protocol) {
  __u64 *value = bpf_map_lookup_elem(&protocols, &protocol);
  if (value) ++*value;
}

SEC("xdp")
int pass_all(struct xdp_md *ctx) { return count(ctx, XDP_PASS); }
SEC("xdp")
int drop_all(struct xdp_md *ctx) { return count(ctx, XDP_DROP); }
SEC("xdp")
int by_protocol(struct xdp_md *ctx) {
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  __be16 proto = take_ethernet(&c);
  int transport = -1;
  if (proto == bpf_htons(ETH_P_IP)) {
    struct iphdr *ip;
    transport = take_ipv4(&c, &ip);
    if (transport >= 0) {
      struct record fresh = {1, ctx->data_end - ctx->data}, *known = bpf_map_lookup_elem(&sources, &ip->saddr);
      if (known) {
        __sync_fetch_and_add(&known->packets, 1);
        __sync_fetch_and_add(&known->bytes, fresh.bytes);
      } else {
        bpf_map_update_elem(&sources, &ip->saddr, &fresh, BPF_NOEXIST);
      }
    }
  } else if (proto == bpf_htons(ETH_P_IPV6)) {
    struct ipv6hdr *ip;
    transport = take_ipv6(&c, &ip);
  }
  if (transport >= 0) count_protocol(transport & 255);
  return count(ctx, XDP_PASS);
}
SEC("xdp")
int echo(struct xdp_md *ctx) {
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  struct ethhdr *eth = take(&c, sizeof *eth);
  unsigned char mac[6];
  if (!eth) return XDP_DROP;
  __builtin_memcpy(mac, eth->h_source, 6);
  __builtin_memcpy(eth->h_source, eth->h_dest, 6);
  __builtin_memcpy(eth->h_dest, mac, 6);
  return count(ctx, XDP_TX);
}
SEC("xdp")
int unchecked(struct xdp_md *ctx) {  // refused
  struct ethhdr *eth = (void *)(long)ctx->data;
  return eth->h_proto == bpf_htons(ETH_P_IP) ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
