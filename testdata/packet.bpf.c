// Programs on the way of a packet: XDP, tc and tcx, and the hooks of a cgroup. Each counts packets and bytes in a
// variable of its own and, by protocol, in one hash map; none changes what happens to the packet.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct traffic {
  __u64 packets;
  __u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 256);
  __type(key, __u32);  // the Ethernet protocol, in host order
  __type(value, struct traffic);
} by_protocol SEC(".maps");

struct traffic xdp_traffic;
struct traffic tc_traffic;
struct traffic tcx_ingress_traffic;
struct traffic tcx_egress_traffic;
struct traffic cgroup_ingress_traffic;
struct traffic cgroup_egress_traffic;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void add(struct traffic* traffic, __u64 bytes) {
  __sync_fetch_and_add(&traffic->packets, 1);
  __sync_fetch_and_add(&traffic->bytes, bytes);
}

static __noinline void add_to_protocol(__u32 protocol, __u64 bytes) {
  struct traffic none = {};
  struct traffic* traffic = bpf_map_lookup_elem(&by_protocol, &protocol);
  if (!traffic) {
    bpf_map_update_elem(&by_protocol, &protocol, &none, BPF_NOEXIST);
    traffic = bpf_map_lookup_elem(&by_protocol, &protocol);
    if (!traffic) return;
  }
  add(traffic, bytes);
}

SEC("xdp")
int count_xdp(struct xdp_md* ctx) {
  void* data = (void*)(long)ctx->data;
  void* end = (void*)(long)ctx->data_end;
  struct ethhdr* header = data;

  if ((void*)(header + 1) > end) return XDP_PASS;
  add(&xdp_traffic, end - data);
  add_to_protocol(bpf_ntohs(header->h_proto), end - data);
  return XDP_PASS;
}

static __always_inline void count_skb(struct __sk_buff* skb, struct traffic* traffic) {
  add(traffic, skb->len);
  add_to_protocol(bpf_ntohs(skb->protocol), skb->len);
}

SEC("tc")
int count_tc(struct __sk_buff* skb) {
  count_skb(skb, &tc_traffic);
  return TC_ACT_UNSPEC;  // which is also TCX_NEXT
}

SEC("tcx/ingress")
int count_tcx_ingress(struct __sk_buff* skb) {
  count_skb(skb, &tcx_ingress_traffic);
  return TC_ACT_UNSPEC;
}

SEC("tcx/egress")
int count_tcx_egress(struct __sk_buff* skb) {
  count_skb(skb, &tcx_egress_traffic);
  return TC_ACT_UNSPEC;
}

SEC("cgroup_skb/ingress")
int count_cgroup_ingress(struct __sk_buff* skb) {
  count_skb(skb, &cgroup_ingress_traffic);
  return 1;  // let it pass
}

SEC("cgroup_skb/egress")
int count_cgroup_egress(struct __sk_buff* skb) {
  count_skb(skb, &cgroup_egress_traffic);
  return 1;
}
