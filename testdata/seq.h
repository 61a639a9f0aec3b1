// What seq.bpf.c and seq_strong_cpu.bpf.c are: one record of many words, written with a sequence counter and without,
// and a reader of what user space writes.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include <ebpf/seq.h>

#define WORDS 32

struct record {
  __u64 sequence;
  __u64 words[WORDS];
};

struct record written;  // by the programs
struct record given;    // by user space

__u64 rounds;
__u64 whole;  // times that `given` was read in one piece,
__u64 torn;   // was not although the counter said so,
__u64 given_up;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(__u64 value) {
  for (__u32 i = 0; i < WORDS; i++) *(volatile __u64*)&written.words[i] = value;
}

// All words get the same new value.
SEC("socket")
int write_plainly(struct __sk_buff* skb) {
  fill(++rounds);
  return 0;
}

SEC("socket")
int write_in_sequence(struct __sk_buff* skb) {
  seq_write_begin(&written.sequence);
  fill(++rounds);
  seq_write_end(&written.sequence);
  return 0;
}

SEC("socket")
int read_in_sequence(struct __sk_buff* skb) {
  for (__u32 tries = 0; tries < 8; tries++) {
    __u64 seen = seq_read_begin(&given.sequence);
    __u64 first = *(volatile __u64*)&given.words[0];
    __u64 different = 0;
    for (__u32 i = 1; i < WORDS; i++) different |= *(volatile __u64*)&given.words[i] ^ first;
    if (seq_read_retry(&given.sequence, seen)) continue;
    if (different)
      torn++;
    else
      whole++;
    return 0;
  }
  given_up++;
  return 0;
}
