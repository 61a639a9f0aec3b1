// Sockets of a cgroup: made, bound, connected, sent through, and asked for their names.
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u32);
} owners SEC(".maps");
const volatile __be32 from = 0x0a00000a, to = 0x0100007f;

SEC("cgroup/sock_create")
int create(struct bpf_sock *sk) {
  sk->mark = bpf_get_current_uid_gid();
  return 1;
}
SEC("cgroup/sock_release")
int release(struct bpf_sock *sk) { return bpf_get_socket_cookie(sk) ? 1 : 0; }
SEC("cgroup/sock")
int old_create(struct bpf_sock *sk) { return sk->family == 2 || sk->family == 10; }
SEC("cgroup/post_bind4")
int bound4(struct bpf_sock *sk) { return sk->src_port >= 1024; }
SEC("cgroup/post_bind6")
int bound6(struct bpf_sock *sk) { return sk->src_ip6[0] == 0; }
SEC("cgroup/bind4")
int bind4(struct bpf_sock_addr *ctx) {
  if (ctx->user_port == bpf_htons(80)) ctx->user_port = bpf_htons(8080);
  return 1;
}
SEC("cgroup/bind6")
int bind6(struct bpf_sock_addr *ctx) { return ctx->user_ip6[0] == 0 ? 3 : 1; }
SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx) {
  __u32 *owner;
  if (ctx->user_ip4 == from) ctx->user_ip4 = to;
  owner = bpf_sk_storage_get(&owners, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
  if (owner) *owner = bpf_get_current_pid_tgid() >> 32;
  return 1;
}
SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *ctx) {
  ctx->user_ip6[3] = bpf_htonl(1);
  return 1;
}
SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *ctx) {
  ctx->msg_src_ip4 = to;
  return 1;
}
SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *ctx) { return ctx->type == 2; }
SEC("cgroup/recvmsg4")
int recvmsg4(struct bpf_sock_addr *ctx) {
  ctx->user_ip4 = from;
  return 1;
}
SEC("cgroup/recvmsg6")
int recvmsg6(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/getpeername4")
int peer4(struct bpf_sock_addr *ctx) {
  ctx->user_ip4 = from;
  return 1;
}
SEC("cgroup/getpeername6")
int peer6(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/getsockname4")
int name4(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/getsockname6")
int name6(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/recvmsg4")
int may_not_refuse(struct bpf_sock_addr *ctx) { return 0; }  // refused

char LICENSE[] SEC("license") = "GPL";
