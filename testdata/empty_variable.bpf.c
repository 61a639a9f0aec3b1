// Variables without a size: BTF lists them at the offset of the next one, and no kernel takes such BTF.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct empty {};

struct empty nothing;
__u32 before[0];
__u32 calls;
__u32 counter = 4;

SEC("socket")
int count(struct __sk_buff *skb) {
  // Their addresses keep them in the object.
  if ((void *)&nothing == (void *)skb || (void *)before == (void *)skb) return 0;
  ++calls;
  return ++counter;
}

char LICENSE[] SEC("license") = "GPL";
