// A callback that is a static function: it is no program, and nothing else that the kernel could be given.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct tcp_congestion_ops {
  char name[16];
  int (*ssthresh)(void* context);
};

char LICENSE[] SEC("license") = "GPL";

SEC("struct_ops")
static __attribute__((used)) int hidden_window(void* context) { return 2; }

SEC(".struct_ops")
struct tcp_congestion_ops shy = {
    .ssthresh = hidden_window,
    .name = "shy",
};
