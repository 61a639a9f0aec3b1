// Sockets in maps: put there as they connect, messages and streams redirected between them.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct key {
  __u32 remote, local, remote_port, local_port;
};
struct {
  __uint(type, BPF_MAP_TYPE_SOCKHASH);
  __uint(max_entries, 65535);
  __type(key, struct key);
  __type(value, __u64);
} by_flow SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, 20);
  __type(key, int);
  __type(value, int);
} by_index SEC(".maps");
__u64 redirected = 0;

SEC("sockops")
int on_event(struct bpf_sock_ops *skops) {
  struct key key = {};
  if (skops->family != 2) return 0;
  switch (skops->op) {
    case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
    case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
      key.remote = skops->remote_ip4;
      key.local = skops->local_ip4;
      key.remote_port = skops->remote_port;
      key.local_port = bpf_htonl(skops->local_port);
      bpf_sock_hash_update(skops, &by_flow, &key, BPF_NOEXIST);
      break;
    case BPF_SOCK_OPS_RTO_CB:
      redirected += skops->snd_cwnd;
      break;
    case BPF_SOCK_OPS_TCP_CONNECT_CB:
      bpf_sock_ops_cb_flags_set(skops, BPF_SOCK_OPS_RTO_CB_FLAG | BPF_SOCK_OPS_STATE_CB_FLAG);
      break;
  }
  return 0;
}
SEC("sk_msg")
int on_message(struct sk_msg_md *msg) {
  struct key key = {msg->local_ip4, msg->remote_ip4, bpf_htonl(msg->local_port), msg->remote_port};
  if (msg->size > 4096) bpf_msg_apply_bytes(msg, 4096);
  return bpf_msg_redirect_hash(msg, &by_flow, &key, BPF_F_INGRESS);
}
SEC("sk_skb/stream_parser")
int parser(struct __sk_buff *skb) { return skb->len; }
SEC("sk_skb/stream_verdict")
int verdict(struct __sk_buff *skb) {
  __sync_fetch_and_add(&redirected, 1);
  return bpf_sk_redirect_map(skb, &by_index, skb->remote_port & 15, 0);
}
SEC("sk_skb")
int unspecific(struct __sk_buff *skb) { return SK_PASS; }

char LICENSE[] SEC("license") = "GPL";
