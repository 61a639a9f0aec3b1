// Sequence counters (ebpf/seq.h) for every kind of CPU. Linux 5.12, for the atomic instructions that return a value.
#include "seq.h"

// Writes unless somebody else is writing; what it returns says which.
SEC("socket")
int write_if_free(struct __sk_buff* skb) {
  if (!seq_write_try_begin(&written.sequence)) return 0;
  fill(++rounds);
  seq_write_end(&written.sequence);
  return 1;
}
