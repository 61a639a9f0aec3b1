// Congestion control of TCP: functions for a structure of the kernel's.
#include "kernel_types.h"

#ifndef STRUCT_OPS
#define STRUCT_OPS ".struct_ops"
#endif

struct ack_sample;
struct rate_sample;
enum tcp_ca_event { CA_EVENT_TX_START };
struct tcp_congestion_ops {
  u32 (*ssthresh)(struct sock *sk);
  void (*cong_avoid)(struct sock *sk, u32 ack, u32 acked);
  void (*set_state)(struct sock *sk, u8 new_state);
  u32 (*undo_cwnd)(struct sock *sk);
  void (*init)(struct sock *sk);
  char name[16];
  u32 flags;
} __attribute__((preserve_access_index));

static __always_inline struct tcp_sock *tcp_sk(const struct sock *sk) { return (struct tcp_sock *)sk; }

SEC("struct_ops/corpus_init")
void BPF_PROG(corpus_init, struct sock *sk) {}
SEC("struct_ops/corpus_ssthresh")
u32 BPF_PROG(corpus_ssthresh, struct sock *sk) {
  u32 half = tcp_sk(sk)->snd_cwnd >> 1;
  return half > 2 ? half : 2;
}
SEC("struct_ops/corpus_cong_avoid")
void BPF_PROG(corpus_cong_avoid, struct sock *sk, u32 ack, u32 acked) {
  struct tcp_sock *tp = tcp_sk(sk);
  if (tp->snd_cwnd < tp->snd_ssthresh) tp->snd_cwnd += acked;
}
SEC("struct_ops/corpus_undo_cwnd")
u32 BPF_PROG(corpus_undo_cwnd, struct sock *sk) {
  const struct tcp_sock *tp = tcp_sk(sk);
  return tp->snd_cwnd > tp->prior_cwnd ? tp->snd_cwnd : tp->prior_cwnd;
}

SEC(STRUCT_OPS)
struct tcp_congestion_ops corpus_cc = {
    .init = (void *)corpus_init,
    .ssthresh = (void *)corpus_ssthresh,
    .cong_avoid = (void *)corpus_cong_avoid,
    .undo_cwnd = (void *)corpus_undo_cwnd,
    .name = "bpf_corpus",
};

char LICENSE[] SEC("license") = "GPL";
