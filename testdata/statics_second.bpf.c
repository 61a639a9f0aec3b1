// The other one: see statics_first.bpf.c.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static volatile __u32 hits = 20;
extern __u32 shared;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __noinline int work(int a) {
  static volatile __u32 calls = 200;

  calls++;
  return a + calls;
}

SEC("tc")
int second(struct __sk_buff* skb) {
  hits++;
  return work(shared);
}
