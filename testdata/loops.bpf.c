// Loops that the verifier looks at once: open-coded iterators, by the macros of <bpf/bpf_helpers.h>. Linux 6.4.
#include <linux/bpf.h>
#include <linux/version.h>

#include <bpf/bpf_helpers.h>

// The machine's UAPI headers may be older than the kernel that it is for.
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
struct bpf_iter_num {
  __u64 opaque[1];
} __attribute__((aligned(8)));
#endif

int first, end;
int numbers[64];
long sum, turns, visited;

// Numbers from first to end, but for those divisible by 5, up to the first one over 40.
SEC("socket")
int sum_of_range(struct __sk_buff *skb) {
  int i;
  sum = 0;
  bpf_for(i, first, end) {
    if ((unsigned int)i % 5 == 0) continue;
    if (i > 40) break;
    sum += i;
  }
  return 0;
}

// The verifier knows that the index is inside of the array.
SEC("socket")
int fill_array(struct __sk_buff *skb) {
  int i;
  bpf_for(i, 0, 64) numbers[i] = i * i;
  return 0;
}

SEC("socket")
int repeat(struct __sk_buff *skb) {
  int inner;
  turns = 0;
  bpf_repeat(1000) {
    bpf_for(inner, 0, 3) turns += 1;
  }
  return 0;
}

SEC("socket")
int for_each(struct __sk_buff *skb) {
  int *number;
  visited = 0;
  bpf_for_each(num, number, 10, 14) visited = visited * 100 + *number;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
