// Which socket gets a packet: by lookup, by group, as groups change; flows taken apart.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} targets SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
  __uint(max_entries, 256);
  __type(key, __u32);
  __type(value, __u64);
} group SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u16);
  __type(value, __u8);
} ports SEC(".maps");

SEC("sk_lookup")
int dispatch(struct bpf_sk_lookup *ctx) {
  const __u32 zero = 0;
  __u16 port = ctx->local_port;
  struct bpf_sock *sk;
  long err;
  if (!bpf_map_lookup_elem(&ports, &port)) return SK_PASS;
  sk = bpf_map_lookup_elem(&targets, &zero);
  if (!sk) return SK_DROP;
  err = bpf_sk_assign(ctx, sk, 0);
  bpf_sk_release(sk);
  return err ? SK_DROP : SK_PASS;
}
SEC("sk_reuseport")
int by_hash(struct sk_reuseport_md *md) {
  __u32 index = md->hash & 255;
  return bpf_sk_select_reuseport(md, &group, &index, 0) ? SK_DROP : SK_PASS;
}
SEC("sk_reuseport/migrate")
int migrate(struct sk_reuseport_md *md) {
  __u32 index = 0;
  if (md->migrating_sk) index = 1;
  bpf_sk_select_reuseport(md, &group, &index, 0);
  return SK_PASS;
}
SEC("flow_dissector")
int dissect(struct __sk_buff *skb) {
  struct bpf_flow_keys *keys = skb->flow_keys;
  void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
  if (data + 20 > end) return BPF_DROP;
  keys->ip_proto = *(__u8 *)(data + 9);
  keys->addr_proto = 0x0800;
  return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
