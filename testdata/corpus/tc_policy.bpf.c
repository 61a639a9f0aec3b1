// Policy on traffic: ports, marks, pacing by time stamps, tunnels, VLANs, packets cloned and changed.
#include "packet.h"

struct rule {
  __u32 action, mark;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, __u16);
  __type(value, struct rule);
  __uint(max_entries, 512);
} rules SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, __u32);
  __type(value, __u64);
  __uint(max_entries, 65536);
} departures SEC(".maps");
const volatile __u64 rate = 1000000;
const volatile __u32 mirror_to = 0;

SEC("tc")
int ingress(struct __sk_buff *skb) {
  struct cursor c = {(void *)(long)skb->data, (void *)(long)skb->data_end};
  struct ports *ports;
  struct rule *rule;
  struct iphdr *ip;
  __u16 port;
  if (take_ethernet(&c) != bpf_htons(ETH_P_IP)) return 0;
  if (take_ipv4(&c, &ip) != IPPROTO_TCP) return 0;
  ports = take(&c, sizeof *ports);
  if (!ports) return 2;
  port = bpf_ntohs(ports->dest);
  rule = bpf_map_lookup_elem(&rules, &port);
  if (!rule) return 0;
  skb->mark = rule->mark;
  return rule->action;
}
SEC("classifier")
int pace(struct __sk_buff *skb) {
  __u32 key = skb->mark;
  __u64 delay = (__u64)skb->wire_len * 1000000000ull / rate, now, *next;
  now = skb->tstamp;
  if (now < bpf_ktime_get_ns()) now = bpf_ktime_get_ns();
  next = bpf_map_lookup_elem(&departures, &key);
  if (!next) {
    bpf_map_update_elem(&departures, &key, &now, BPF_ANY);
    return 0;
  }
  if (*next <= now) {
    *next = now + delay;
    return 0;
  }
  if (*next - now >= 2000000000ull) return 2;
  skb->tstamp = *next;
  __sync_fetch_and_add(next, delay);
  return 0;
}
SEC("action")
int mirror(struct __sk_buff *skb) {
  if (mirror_to) bpf_clone_redirect(skb, mirror_to, 0);
  return -1;
}
SEC("tc")
int rewrite(struct __sk_buff *skb) {
  __be32 old, fresh = 0x0100000a;
  if (bpf_skb_load_bytes(skb, 14 + 16, &old, 4)) return 2;
  bpf_l4_csum_replace(skb, 14 + 20 + 16, old, fresh, 4 | BPF_F_PSEUDO_HDR);
  bpf_l3_csum_replace(skb, 14 + 10, old, fresh, 4);
  bpf_skb_store_bytes(skb, 14 + 16, &fresh, 4, 0);
  bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 7);
  return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
}
SEC("tc")
int tunnel(struct __sk_buff *skb) {
  struct bpf_tunnel_key key = {.tunnel_id = 5, .remote_ipv4 = 0x0a000001};
  if (bpf_skb_set_tunnel_key(skb, &key, sizeof key, BPF_F_ZERO_CSUM_TX)) return 2;
  return bpf_skb_adjust_room(skb, 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4) ? 2 : 0;
}
SEC("tc")
int lookup_socket(struct __sk_buff *skb) {
  struct bpf_sock_tuple tuple = {.ipv4 = {.saddr = 1, .daddr = 2, .sport = 3, .dport = 4}};
  struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0);
  if (!sk) return 0;
  bpf_sk_release(sk);
  return 0;
}
SEC("tc")
int keeps_socket(struct __sk_buff *skb) {  // refused
  struct bpf_sock_tuple tuple = {.ipv4 = {.saddr = 1}};
  return bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple.ipv4), BPF_F_CURRENT_NETNS, 0) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
