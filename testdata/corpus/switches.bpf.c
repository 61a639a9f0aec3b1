// Constants that the loader may set, and code that they cut out: what is cut is not verified, so it may be wrong.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile _Bool use_new_helper = 0;
const volatile __u32 level = 2;
const volatile __u64 mask = 0xff00ff00ff00ff00ull;
const volatile struct {
  _Bool enabled[4];
  __s16 weights[4];
  char name[8];
} config = {{1, 0, 1, 0}, {1, -2, 3, -4}, "corpus"};
volatile const __u8 table[256] = {[7] = 7, [255] = 1};

static long (*no_such_helper)(void *ctx, long what) = (void *)9999;

SEC("tc")
int cut(struct __sk_buff *skb) {
  if (use_new_helper) return no_such_helper(skb, 1);
  if (level > 5) {
    char *null = NULL;
    return *(volatile char *)null;
  }
  return 0;
}
SEC("tc")
int kept(struct __sk_buff *skb) {  // refused
  if (!use_new_helper) return no_such_helper(skb, 1);
  return 0;
}
SEC("tc")
int weighed(struct __sk_buff *skb) {
  long sum = 0;
#pragma unroll
  for (int i = 0; i < 4; i++)
    if (config.enabled[i]) sum += config.weights[i] * table[i + level];
  return (sum & mask) + config.name[skb->len & 7] + table[skb->mark & 255];
}
SEC("tc")
int loops(struct __sk_buff *skb) {
  __u32 sum = 0;
  for (__u32 i = 0; i < level && i < 16; i++) sum += table[i];
  return sum;
}

char LICENSE[] SEC("license") = "GPL";
