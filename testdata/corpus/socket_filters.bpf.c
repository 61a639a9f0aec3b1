// Filters on sockets: packets read by the old instructions, by helpers, and passed on as records.
#include "packet.h"

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

struct so_event {
  __be32 src_addr, dst_addr;
  union {
    __be32 ports;
    __be16 port16[2];
  };
  __u32 ip_proto, pkt_type, ifindex;
};
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} rb SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __type(key, __u32);
  __type(value, long);
  __uint(max_entries, 256);
} by_protocol SEC(".maps");

SEC("socket")
int old_loads(struct __sk_buff *skb) {
  __u32 index = load_byte(skb, 14 + 9);
  long *value;
  if (load_half(skb, 12) != ETH_P_IP || load_word(skb, 26) == 0x7f000001) return 0;
  value = bpf_map_lookup_elem(&by_protocol, &index);
  if (value) __sync_fetch_and_add(value, skb->len);
  return 0;
}
SEC("socket")
int records(struct __sk_buff *skb) {
  struct so_event *e;
  __u8 verlen = 0;
  __u16 proto = 0;
  __u32 nhoff = 14;
  bpf_skb_load_bytes(skb, 12, &proto, 2);
  if (bpf_ntohs(proto) != ETH_P_IP) return 0;
  e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
  if (!e) return 0;
  bpf_skb_load_bytes(skb, nhoff + 9, &e->ip_proto, 1);
  if (e->ip_proto != 47) {
    bpf_skb_load_bytes(skb, nhoff + 12, &e->src_addr, 4);
    bpf_skb_load_bytes(skb, nhoff + 16, &e->dst_addr, 4);
  }
  bpf_skb_load_bytes(skb, nhoff, &verlen, 1);
  bpf_skb_load_bytes(skb, nhoff + ((verlen & 0xF) << 2), &e->ports, 4);
  e->pkt_type = skb->pkt_type;
  e->ifindex = skb->ifindex;
  bpf_ringbuf_submit(e, 0);
  return skb->len;
}
SEC("socket")
int never_submitted(struct __sk_buff *skb) {  // refused
  return bpf_ringbuf_reserve(&rb, 16, 0) != NULL;
}

char LICENSE[] SEC("license") = "GPL";
