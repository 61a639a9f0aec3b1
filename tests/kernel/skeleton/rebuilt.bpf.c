// A structure that another build (-DLATER) has with its members the other way round, and the same size.
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct span {
#ifdef LATER
  __u32 last;
  __u32 first;
#else
  __u32 first;
  __u32 last;
#endif
};

struct rebuilt {
  __u64 count;
  union {
    struct span span;
    __u64 both;
  };
};

struct rebuilt rebuilt = {.count = 1};

SEC("socket")
int use(void *context) {
  return (int)(rebuilt.count + rebuilt.span.first);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
