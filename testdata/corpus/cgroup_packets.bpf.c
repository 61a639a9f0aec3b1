// What a cgroup sends and receives: counted in storage of its own, and refused by address.
#include "packet.h"

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 128);
  __uint(key_size, 8);
  __uint(value_size, 1);
} allowed SEC(".maps"), denied SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, __u64);
} counted SEC(".maps");
const volatile _Bool is_allow_list = 0;

static __always_inline int check(struct __sk_buff *skb, int incoming) {
  struct {
    __u32 length;
    __be32 address;
  } key = {32, 0};
  struct iphdr ip;
  if (skb->protocol != bpf_htons(ETH_P_IP)) return 1;
  if (bpf_skb_load_bytes(skb, 0, &ip, sizeof ip)) return 0;
  key.address = incoming ? ip.saddr : ip.daddr;
  if (is_allow_list) return bpf_map_lookup_elem(&allowed, &key) != NULL;
  return bpf_map_lookup_elem(&denied, &key) == NULL;
}
SEC("cgroup_skb/ingress")
int in(struct __sk_buff *skb) { return check(skb, 1); }
SEC("cgroup_skb/egress")
int out(struct __sk_buff *skb) {
  __u64 *bytes = bpf_get_local_storage(&counted, 0);
  *bytes += skb->len;
  return check(skb, 0);
}
SEC("cgroup/skb")
int any(struct __sk_buff *skb) { return bpf_skb_cgroup_id(skb) != 5; }

char LICENSE[] SEC("license") = "GPL";
