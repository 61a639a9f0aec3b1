// One of two files that are linked into one object (statics.bpf.o), each with static variables and functions of the same
// names.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static volatile __u32 hits = 10;
static volatile __u32 of_first = 1;
__u32 shared = 3;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __noinline int work(int a) {
  static volatile __u32 calls = 100;

  calls++;
  return a + calls;
}

SEC("tc")
int first(struct __sk_buff* skb) {
  hits++;
  return work(of_first);
}
