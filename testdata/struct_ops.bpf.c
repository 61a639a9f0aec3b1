// Congestion control of TCP, as structures of callbacks: two that share programs, one that is not created by default,
// and one with members that no kernel has. A test gives them names of its own before loading. With PLAIN defined without
// the last two, which libbpf 1.1 does not know.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

// As little of the kernel's types as is used, in an order of our own.
struct tcp_sock {
  __u32 snd_cwnd;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
  char name[16];
  __u32 flags;
  __u32 (*undo_cwnd)(struct sock* sk);
  __u32 (*ssthresh)(struct sock* sk);
  void (*cong_avoid)(struct sock* sk, __u32 ack, __u32 acked);
  void (*init)(struct sock* sk);
  void* owner;
};

struct tcp_congestion_ops___future {
  __u32 strength;
  void (*telepathy)(struct sock* sk);
  __u32 (*ssthresh)(struct sock* sk);
  __u32 (*undo_cwnd)(struct sock* sk);
  void (*cong_avoid)(struct sock* sk, __u32 ack, __u32 acked);
  char name[16];
};

__u64 first_inits;
__u64 first_acks;
__u64 second_acks;
__u64 future_acks;

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops/count_init")
void BPF_PROG(count_init, struct sock* sk) { __sync_fetch_and_add(&first_inits, 1); }

SEC("struct_ops/half_window")
__u32 BPF_PROG(half_window, struct sock* sk) {
  __u32 half = ((struct tcp_sock*)sk)->snd_cwnd / 2;
  return half > 2 ? half : 2;
}

SEC("struct_ops/same_window")
__u32 BPF_PROG(same_window, struct sock* sk) { return ((struct tcp_sock*)sk)->snd_cwnd; }

SEC("struct_ops/first_avoid")
void BPF_PROG(first_avoid, struct sock* sk, __u32 ack, __u32 acked) { __sync_fetch_and_add(&first_acks, 1); }

SEC("struct_ops/second_avoid")
void BPF_PROG(second_avoid, struct sock* sk, __u32 ack, __u32 acked) { __sync_fetch_and_add(&second_acks, 1); }

#ifndef PLAIN
SEC("?struct_ops/future_avoid")
void BPF_PROG(future_avoid, struct sock* sk, __u32 ack, __u32 acked) { __sync_fetch_and_add(&future_acks, 1); }

SEC("struct_ops/dormant_window")
__u32 BPF_PROG(dormant_window, struct sock* sk) { return 5; }
#endif

SEC("?struct_ops/spare_init")
void BPF_PROG(spare_init, struct sock* sk) { __sync_fetch_and_add(&first_inits, 100); }

SEC(".struct_ops")
struct tcp_congestion_ops first = {
    .init = (void*)count_init,
    .ssthresh = (void*)half_window,
    .undo_cwnd = (void*)same_window,
    .cong_avoid = (void*)first_avoid,
    .name = "ebpf_first",
};

SEC(".struct_ops")
struct tcp_congestion_ops second = {
    .ssthresh = (void*)half_window,
    .undo_cwnd = (void*)same_window,
    .cong_avoid = (void*)second_avoid,
    .name = "ebpf_second",
};

#ifndef PLAIN
SEC(".struct_ops")
struct tcp_congestion_ops___future future = {
    .ssthresh = (void*)half_window,
    .undo_cwnd = (void*)same_window,
    .cong_avoid = (void*)future_avoid,
    .name = "ebpf_future",
};

SEC("?.struct_ops")
struct tcp_congestion_ops dormant = {
    .ssthresh = (void*)dormant_window,
    .undo_cwnd = (void*)same_window,
    .cong_avoid = (void*)first_avoid,
    .name = "ebpf_dormant",
};
#endif
