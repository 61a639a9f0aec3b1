// A program that others attach to: an XDP program which asks two global functions, each of which can be replaced
// (testdata/attach_to_program.bpf.c), and a second one of the same kind with a function of the same prototype.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// Without a use of the context the compiler would pass none.
#define USE(context) __asm__ volatile("" : : "r"(context))

char LICENSE[] SEC("license") = "GPL";

__noinline int decide(struct xdp_md* ctx, int length) {
  USE(ctx);
  volatile int verdict = length;
  return verdict ? XDP_PASS : XDP_ABORTED;
}

__noinline int decide_late(struct xdp_md* ctx, int length) {
  USE(ctx);
  volatile int verdict = length;
  return verdict ? XDP_DROP : XDP_ABORTED;
}

static __noinline int count_bytes(struct xdp_md* ctx) {
  volatile int length = (long)ctx->data_end - (long)ctx->data;
  return length;
}

SEC("xdp")
int ask_for_a_verdict(struct xdp_md* ctx) { return decide(ctx, count_bytes(ctx)); }

SEC("xdp")
int ask_late(struct xdp_md* ctx) { return decide_late(ctx, count_bytes(ctx)); }

SEC("socket")
int no_xdp(struct __sk_buff* ctx) { return 7; }
