// Global functions that are given the program's context, tagged as such (__arg_ctx), by programs of many types. Linux 6.8
// and later know the tag; earlier ones need each function's argument to have the type of the context.
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events SEC(".maps");

// Shared by programs of all types: this helper takes the context of each.
__noinline int emit(void *ctx __arg_ctx, __u64 value) {
  return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &value, sizeof value);
}

// Calls one that takes the context, and is itself called by such.
__noinline int emit_twice(__u64 value, const void *const ctx __arg_ctx) {
  return emit((void *)ctx, value) + emit((void *)ctx, value + 1);
}

// Looks into it: only for those that have this one.
__noinline int length_of(void *ctx __arg_ctx) {
  const struct __sk_buff *skb = ctx;
  return skb->len;
}

SEC("socket")
int in_socket(struct __sk_buff *skb) { return length_of(skb) + emit_twice(1, skb) * 0; }

SEC("tc")
int in_tc(struct __sk_buff *skb) { return length_of(skb) + emit(skb, 1) * 0; }

// The same by its own type, which every kernel knows.
__noinline int length_of_frame(struct xdp_md *ctx __arg_ctx) { return ctx->data_end - ctx->data; }

SEC("xdp")
int in_xdp(struct xdp_md *ctx) { return length_of_frame(ctx) + emit(ctx, 1) * 0; }

// What the registers are called depends on who asks; a kernel wants bpf_user_pt_regs_t.
__noinline int first_word(struct pt_regs *ctx __arg_ctx) { return *(volatile unsigned long *)ctx; }

__noinline int second_word(bpf_user_pt_regs_t *ctx __arg_ctx) { return ((volatile unsigned long *)ctx)[1]; }

SEC("kprobe")
int in_kprobe(struct pt_regs *ctx) { return first_word(ctx) + second_word(ctx) + emit(ctx, 1); }

__noinline int third_word(bpf_user_pt_regs_t *ctx __arg_ctx) { return ((volatile unsigned long *)ctx)[2]; }

SEC("perf_event")
int in_perf_event(struct bpf_perf_event_data *ctx) { return third_word((void *)ctx) + emit(ctx, 1); }

__noinline int first_argument(__u64 *ctx __arg_ctx) { return ctx[0]; }

SEC("raw_tp")
int in_raw_tp(struct bpf_raw_tracepoint_args *ctx) { return first_argument((void *)ctx) + emit(ctx, 1); }

// A tracepoint's context is what its event has.
struct event {
  __u64 common;
  __u64 own;
};

__noinline int own_word(struct event *ctx __arg_ctx) { return ctx->own; }

SEC("tp/sched/sched_process_exit")
int in_tracepoint(struct event *ctx) { return own_word(ctx) + emit(ctx, 1); }

SEC("cgroup_skb/egress")
int in_cgroup_skb(struct __sk_buff *skb) { return length_of(skb) + emit(skb, 1) > 0; }

SEC("cgroup/connect4")
int in_connect(struct bpf_sock_addr *ctx) { return emit(ctx, 1) == 0; }

SEC("sockops")
int in_sockops(struct bpf_sock_ops *ctx) { return emit(ctx, 1) == 0; }

SEC("lwt_xmit")
int in_lwt_xmit(struct __sk_buff *skb) { return emit_twice(1, skb) == 0; }
