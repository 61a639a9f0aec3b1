// An array at the end of a section of its own, to be given as many elements as the loader needs. Any Linux since 5.14
// (programs that are only run) loads it.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

// How many elements `counts` has.
const volatile __u32 slots = 1;
__u32 chosen;

__u64 before SEC(".data.counts") = 7;
__u64 counts[1] SEC(".data.counts") = {5};

const volatile __u16 weights[2] SEC(".rodata.weights") = {1, 2};
__u32 not_an_array SEC(".data.number") = 1;

SEC("syscall")
int count(void *ctx) {
  __u64 *first = counts;
  __u32 slot = chosen;

  // To the compiler there is one element.
  asm volatile("" : "+r"(first));
  if (slot >= slots) return 1;
  first[slot] += 1;
  return 0;
}
