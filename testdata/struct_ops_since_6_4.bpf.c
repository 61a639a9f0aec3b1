// Congestion control of TCP that is attached by links, which came with Linux 6.4: an older and a newer one to take its
// place, and one that is not created by default.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct tcp_congestion_ops {
  __u32 (*ssthresh)(struct sock* sk);
  __u32 (*undo_cwnd)(struct sock* sk);
  void (*cong_avoid)(struct sock* sk, __u32 ack, __u32 acked);
  char name[16];
};

__u64 older_acks;
__u64 newer_acks;

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops")
__u32 BPF_PROG(ten_packets, struct sock* sk) { return 10; }

SEC("struct_ops")
__u32 BPF_PROG(undo, struct sock* sk) { return 10; }

SEC("struct_ops")
void BPF_PROG(older_avoid, struct sock* sk, __u32 ack, __u32 acked) { __sync_fetch_and_add(&older_acks, 1); }

SEC("struct_ops")
void BPF_PROG(newer_avoid, struct sock* sk, __u32 ack, __u32 acked) { __sync_fetch_and_add(&newer_acks, 1); }

SEC(".struct_ops.link")
struct tcp_congestion_ops older = {
    .ssthresh = (void*)ten_packets,
    .undo_cwnd = (void*)undo,
    .cong_avoid = (void*)older_avoid,
    .name = "ebpf_linked",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops newer = {
    .ssthresh = (void*)ten_packets,
    .undo_cwnd = (void*)undo,
    .cong_avoid = (void*)newer_avoid,
    .name = "ebpf_linked",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops other_name = {
    .ssthresh = (void*)ten_packets,
    .undo_cwnd = (void*)undo,
    .cong_avoid = (void*)newer_avoid,
    .name = "ebpf_other",
};
