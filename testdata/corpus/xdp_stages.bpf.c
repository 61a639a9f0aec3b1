// A pipeline of tail calls, by a program array that the loader fills.
#include "packet.h"

enum { PARSE, FILTER, REWRITE, STAGES };
struct state {
  __u32 offset, protocol;
};
int parse(struct xdp_md *ctx);
int filter(struct xdp_md *ctx);
int rewrite(struct xdp_md *ctx);
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, STAGES);
  __type(key, __u32);
  __array(values, int(void *));
} stages SEC(".maps") = {.values = {[PARSE] = (void *)&parse, [FILTER] = (void *)&filter, [REWRITE] = (void *)&rewrite}};
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 8);
  __uint(key_size, 4);
  __uint(value_size, 4);
} custom SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct state);
} scratch SEC(".maps");

static __always_inline struct state *state(void) {
  __u32 zero = 0;
  return bpf_map_lookup_elem(&scratch, &zero);
}
SEC("xdp")
int parse(struct xdp_md *ctx) {
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  struct state *s = state();
  if (!s) return XDP_ABORTED;
  s->protocol = take_ethernet(&c);
  s->offset = c.at - (void *)(long)ctx->data;
  bpf_tail_call(ctx, &stages, FILTER);
  return XDP_PASS;
}
SEC("xdp")
int filter(struct xdp_md *ctx) {
  struct state *s = state();
  if (!s || s->protocol != bpf_htons(ETH_P_IP)) return XDP_PASS;
  bpf_tail_call(ctx, &custom, s->offset & 7);
  bpf_tail_call(ctx, &stages, REWRITE);
  return XDP_DROP;
}
SEC("xdp")
int rewrite(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct state *s = state();
  struct iphdr *ip;
  __u32 offset;
  if (!s) return XDP_ABORTED;
  offset = s->offset;
  if (offset > 64) return XDP_DROP;
  ip = data + offset;
  if ((void *)(ip + 1) > end) return XDP_DROP;
  ip->ttl--;
  return XDP_TX;
}
SEC("xdp")
int start(struct xdp_md *ctx) {
  bpf_tail_call(ctx, &stages, PARSE);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
