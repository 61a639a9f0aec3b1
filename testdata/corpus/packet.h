// Headers of packets, and the steps over them that the corpus's network programs share.
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#ifndef ETH_P_IP
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86DD
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88A8
#endif
#define IPPROTO_ICMP 1
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_ICMPV6 58

struct ethhdr {
  unsigned char h_dest[6];
  unsigned char h_source[6];
  __be16 h_proto;
} __attribute__((packed));
struct vlan_hdr {
  __be16 tci;
  __be16 proto;
};
struct iphdr {
  __u8 ihl : 4, version : 4;
  __u8 tos;
  __be16 tot_len;
  __be16 id;
  __be16 frag_off;
  __u8 ttl;
  __u8 protocol;
  __u16 check;
  __be32 saddr;
  __be32 daddr;
};
struct ipv6hdr {
  __u8 priority : 4, version : 4;
  __u8 flow_lbl[3];
  __be16 payload_len;
  __u8 nexthdr;
  __u8 hop_limit;
  __be32 saddr[4];
  __be32 daddr[4];
};
struct ports {
  __be16 source;
  __be16 dest;
};
struct tcphdr {
  __be16 source;
  __be16 dest;
  __be32 seq;
  __be32 ack_seq;
  __u16 res1 : 4, doff : 4, fin : 1, syn : 1, rst : 1, psh : 1, ack : 1, urg : 1, ece : 1, cwr : 1;
  __be16 window;
  __u16 check;
  __be16 urg_ptr;
};
struct udphdr {
  __be16 source;
  __be16 dest;
  __be16 len;
  __u16 check;
};

struct cursor {
  void *at;
  void *end;
};

// Steps over `size` bytes; null where the packet ends before.
static __always_inline void *take(struct cursor *c, unsigned int size) {
  void *here = c->at;
  if (here + size > c->end) return NULL;
  c->at = here + size;
  return here;
}

// The protocol behind the Ethernet header and up to two VLAN tags, in network order; 0 where there is none.
static __always_inline __be16 take_ethernet(struct cursor *c) {
  struct ethhdr *eth = take(c, sizeof *eth);
  __be16 proto;
  if (!eth) return 0;
  proto = eth->h_proto;
#pragma unroll
  for (int i = 0; i < 2; i++) {
    struct vlan_hdr *vlan;
    if (proto != bpf_htons(ETH_P_8021Q) && proto != bpf_htons(ETH_P_8021AD)) break;
    vlan = take(c, sizeof *vlan);
    if (!vlan) return 0;
    proto = vlan->proto;
  }
  return proto;
}

// The transport protocol behind an IPv4 header; -1 where there is none.
static __always_inline int take_ipv4(struct cursor *c, struct iphdr **out) {
  struct iphdr *ip = take(c, sizeof *ip);
  unsigned int options;
  if (!ip || ip->ihl < 5) return -1;
  options = ip->ihl * 4 - sizeof *ip;
  if (options > 40 || c->at + options > c->end) return -1;
  c->at += options;
  *out = ip;
  return ip->protocol;
}
static __always_inline int take_ipv6(struct cursor *c, struct ipv6hdr **out) {
  struct ipv6hdr *ip = take(c, sizeof *ip);
  if (!ip) return -1;
  *out = ip;
  return ip->nexthdr;
}
