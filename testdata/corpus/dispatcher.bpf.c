// A program made of replaceable functions, with a table in .rodata that says which run.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define SLOTS 10
struct config {
  __u8 magic, version, enabled, has_frags;
  __u32 chain[SLOTS], priorities[SLOTS], flags[SLOTS];
};
static volatile const struct config conf = {};
struct {
  __uint(priority, 10);
  __uint(XDP_PASS, 1);
} config_of_dispatcher SEC(".xdp_run_config");

#define SLOT(n)                                \
  __attribute__((noinline)) int prog##n(struct xdp_md *ctx) { \
    volatile int ret = 31;                     \
    if (!ctx) return XDP_ABORTED;              \
    return ret;                                \
  }
SLOT(0) SLOT(1) SLOT(2) SLOT(3) SLOT(4) SLOT(5) SLOT(6) SLOT(7) SLOT(8) SLOT(9)
__attribute__((noinline)) int compat_test(struct xdp_md *ctx) {
  volatile int ret = 31;
  if (!ctx) return XDP_ABORTED;
  return ret;
}

#define RUN(n)                                      \
  if (number < n + 1) goto out;                     \
  ret = prog##n(ctx);                               \
  if (!((1U << ret) & conf.chain[n])) return ret;

SEC("xdp")
int xdp_dispatcher(struct xdp_md *ctx) {
  __u8 number = conf.enabled;
  int ret;
  RUN(0) RUN(1) RUN(2) RUN(3) RUN(4) RUN(5) RUN(6) RUN(7) RUN(8) RUN(9)
  if (number < 11) goto out;
  ret = compat_test(ctx);
out:
  return XDP_PASS;
}
SEC("xdp")
int xdp_pass(struct xdp_md *ctx) { return XDP_PASS; }

char LICENSE[] SEC("license") = "GPL";
__uint(dispatcher_version, 2) SEC("xdp_metadata");
