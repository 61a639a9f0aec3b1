// A load balancer: consistent hashing over rings, connections remembered per processor, encapsulation, checksums.
#include "packet.h"

#define RING 1024
#define SERVICES 64
struct service {
  __be32 address;
  __be16 port;
  __u8 protocol, pad;
};
struct meta {
  __u32 flags, number;
};
struct flow {
  __be32 source, destination;
  __be16 sport, dport;
  __u8 protocol, pad[3];
};
struct target {
  __u32 real;
  __u64 seen;
};
struct server {
  __be32 address;
  __u8 mac[6], flags[2];
};
struct stats {
  __u64 packets, bytes, misses;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __type(key, struct service);
  __type(value, struct meta);
  __uint(max_entries, SERVICES);
} services SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(key_size, 4);
  __uint(value_size, 4);
  __uint(max_entries, 16);
  __array(values, struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __type(key, struct flow);
    __type(value, struct target);
    __uint(max_entries, 1000);
  });
} connections SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __type(key, struct flow);
  __type(value, struct target);
  __uint(max_entries, 1000);
} fallback SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, __u32);
  __type(value, __u32);
  __uint(max_entries, RING * SERVICES);
} rings SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, __u32);
  __type(value, struct server);
  __uint(max_entries, 4096);
} servers SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __type(key, __u32);
  __type(value, struct stats);
  __uint(max_entries, SERVICES);
} statistics SEC(".maps");

const volatile __be32 own_address = 0x0100007f;

static __always_inline __u32 rotate(__u32 word, unsigned int shift) { return word << shift | word >> (32 - shift); }
static __noinline __u32 mix(__u32 a, __u32 b, __u32 c) {
  c ^= b, c -= rotate(b, 14);
  a ^= c, a -= rotate(c, 11);
  b ^= a, b -= rotate(a, 25);
  c ^= b, c -= rotate(b, 16);
  a ^= c, a -= rotate(c, 4);
  b ^= a, b -= rotate(a, 14);
  return c ^ b;
}
static __noinline __u16 checksum(struct iphdr *ip) {
  __u16 *half = (__u16 *)ip;
  __u32 sum = 0;
#pragma unroll
  for (int i = 0; i < 10; i++) sum += half[i];
  return ~((sum & 0xffff) + (sum >> 16));
}
static __noinline int choose(struct flow *flow, struct meta *meta, struct server **out) {
  __u32 cpu = bpf_get_smp_processor_id(), place, *real;
  struct target *known, fresh = {};
  void *table = bpf_map_lookup_elem(&connections, &cpu);
  if (!table) table = &fallback;
  known = bpf_map_lookup_elem(table, flow);
  if (known) {
    place = known->real;
  } else {
    __u32 key = RING * (meta->number & (SERVICES - 1)) +
                mix(flow->source, flow->destination, flow->sport | flow->dport << 16) % RING;
    real = bpf_map_lookup_elem(&rings, &key);
    if (!real) return -1;
    place = *real;
    fresh.real = place;
    fresh.seen = bpf_ktime_get_ns();
    bpf_map_update_elem(table, flow, &fresh, BPF_ANY);
  }
  *out = bpf_map_lookup_elem(&servers, &place);
  return *out ? 0 : -1;
}
static __always_inline int encapsulate(struct xdp_md *ctx, struct server *server, __u16 length) {
  struct ethhdr *eth, *old;
  struct iphdr *ip;
  if (bpf_xdp_adjust_head(ctx, -(int)sizeof(*ip))) return XDP_DROP;
  eth = (void *)(long)ctx->data;
  ip = (void *)(eth + 1);
  old = (void *)(long)ctx->data + sizeof(*ip);
  if ((void *)(ip + 1) > (void *)(long)ctx->data_end || (void *)(old + 1) > (void *)(long)ctx->data_end)
    return XDP_DROP;
  __builtin_memcpy(eth->h_dest, server->mac, 6);
  __builtin_memcpy(eth->h_source, old->h_dest, 6);
  eth->h_proto = bpf_htons(ETH_P_IP);
  ip->version = 4;
  ip->ihl = 5;
  ip->tos = 0;
  ip->tot_len = bpf_htons(length + sizeof(*ip));
  ip->id = 0;
  ip->frag_off = 0;
  ip->ttl = 64;
  ip->protocol = 4;
  ip->check = 0;
  ip->saddr = own_address;
  ip->daddr = server->address;
  ip->check = checksum(ip);
  return XDP_TX;
}

SEC("xdp")
int balance(struct xdp_md *ctx) {
  struct cursor c = {(void *)(long)ctx->data, (void *)(long)ctx->data_end};
  struct service service = {};
  struct flow flow = {};
  struct server *server;
  struct ports *ports;
  struct stats *stats;
  struct meta *meta;
  struct iphdr *ip;
  __u16 length;
  int protocol;

  if (take_ethernet(&c) != bpf_htons(ETH_P_IP)) return XDP_PASS;
  protocol = take_ipv4(&c, &ip);
  if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) return XDP_PASS;
  ports = take(&c, sizeof *ports);
  if (!ports) return XDP_DROP;
  service.address = ip->daddr;
  service.port = ports->dest;
  service.protocol = protocol;
  meta = bpf_map_lookup_elem(&services, &service);
  if (!meta) return XDP_PASS;
  flow.source = ip->saddr;
  flow.destination = ip->daddr;
  flow.sport = ports->source;
  flow.dport = ports->dest;
  flow.protocol = protocol;
  length = bpf_ntohs(ip->tot_len);
  if (choose(&flow, meta, &server)) return XDP_DROP;
  __u32 number = meta->number;
  stats = bpf_map_lookup_elem(&statistics, &number);
  if (stats) {
    stats->packets++;
    stats->bytes += length;
  }
  return encapsulate(ctx, server, length);
}

char LICENSE[] SEC("license") = "GPL";
