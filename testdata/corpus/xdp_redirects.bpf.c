// Redirection to devices, processors and sockets, with programs at the other end.
#include "packet.h"

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(key_size, sizeof(int));
  __uint(value_size, sizeof(struct bpf_devmap_val));
  __uint(max_entries, 64);
} devices SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
  __uint(key_size, sizeof(int));
  __uint(value_size, sizeof(int));
  __uint(max_entries, 64);
} devices_by_index SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_CPUMAP);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(struct bpf_cpumap_val));
  __uint(max_entries, 12);
} processors SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(key_size, sizeof(int));
  __uint(value_size, sizeof(int));
  __uint(max_entries, 64);
} sockets SEC(".maps");
const volatile int to_port = 0;
const volatile __u32 ncpus = 2;
__u64 redirected = 0;

SEC("xdp")
int to_device(struct xdp_md *ctx) {
  __sync_fetch_and_add(&redirected, 1);
  return bpf_redirect_map(&devices, to_port, XDP_PASS);
}
SEC("xdp")
int to_all(struct xdp_md *ctx) {
  return bpf_redirect_map(&devices_by_index, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}
SEC("xdp")
int to_processor(struct xdp_md *ctx) {
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  __u32 hash = 0;
  struct iphdr *ip;
  if (take_ethernet(&c) == bpf_htons(ETH_P_IP) && take_ipv4(&c, &ip) >= 0) hash = ip->saddr ^ ip->daddr;
  return bpf_redirect_map(&processors, hash % ncpus, 0);
}
SEC("xdp")
int to_socket(struct xdp_md *ctx) {
  int index = ctx->rx_queue_index;
  if (bpf_map_lookup_elem(&sockets, &index)) return bpf_redirect_map(&sockets, index, 0);
  return XDP_PASS;
}
SEC("xdp")
int to_interface(struct xdp_md *ctx) { return bpf_redirect(ctx->ingress_ifindex, 0); }
SEC("xdp/devmap")
int at_device(struct xdp_md *ctx) { return ctx->egress_ifindex ? XDP_PASS : XDP_DROP; }
SEC("xdp/cpumap")
int at_processor(struct xdp_md *ctx) { return ctx->ingress_ifindex == to_port ? XDP_DROP : XDP_PASS; }
SEC("xdp")
int fib(struct xdp_md *ctx) {
  struct bpf_fib_lookup params = {};
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  struct ethhdr *eth = (void *)(long)ctx->data;
  struct iphdr *ip;
  if (take_ethernet(&c) != bpf_htons(ETH_P_IP) || take_ipv4(&c, &ip) < 0) return XDP_PASS;
  params.family = 2;
  params.ipv4_src = ip->saddr;
  params.ipv4_dst = ip->daddr;
  params.ifindex = ctx->ingress_ifindex;
  if (bpf_fib_lookup(ctx, &params, sizeof(params), 0) != BPF_FIB_LKUP_RET_SUCCESS) return XDP_PASS;
  if ((void *)(eth + 1) > (void *)(long)ctx->data_end) return XDP_PASS;
  __builtin_memcpy(eth->h_dest, params.dmac, 6);
  __builtin_memcpy(eth->h_source, params.smac, 6);
  return bpf_redirect_map(&devices, params.ifindex, 0);
}
SEC("tp_btf/xdp_exception")
int on_exception(unsigned long long *ctx) {
  __sync_fetch_and_add(&redirected, ctx[2]);
  return 0;
}
SEC("raw_tracepoint/xdp_cpumap_kthread")
int on_kthread(struct bpf_raw_tracepoint_args *ctx) {
  redirected += ctx->args[1];
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
