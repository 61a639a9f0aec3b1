// A member that points to data: an address that means nothing to the kernel.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

int limit = 7;

struct tcp_congestion_ops {
  char name[16];
  int* limits;
};

char LICENSE[] SEC("license") = "GPL";

SEC(".struct_ops")
struct tcp_congestion_ops pointed = {
    .limits = &limit,
    .name = "pointed",
};
