// Data in sections of its own, static and global variables, alignment, arrays of structures, strings.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct entry {
  __u64 hits;
  __u32 id;
  char tag[4];
};
__u64 counter_a SEC(".data.counters") = 1;
__u64 counter_b SEC(".data.counters") = 2;
const volatile __u32 limit SEC(".rodata.limits") = 10;
struct entry entries[16] SEC(".bss.entries");
static volatile __u32 hidden_static = 5;
static volatile __u64 static_bss;
__hidden __u64 hidden_global = 7;
__u64 plain = 9;
__u32 zeroes[32];
__attribute__((aligned(64))) __u64 aligned_one = 1;
const char banner[] = "a constant of some length that is compared";
static const char small[] = "x";
_Bool flag = 1;
__s8 tiny = -1;
enum mode { OFF, ON = 5, BIG = 0x7fffffff } mode = ON;
struct entry first_entry = {1, 2, "abc"};

SEC("socket")
int touch(struct __sk_buff *skb) {
  __u32 i = skb->len & 15;
  entries[i].hits++;
  counter_a += counter_b;
  hidden_static++;
  static_bss += hidden_global;
  plain ^= aligned_one;
  zeroes[i + 16] = limit;
  if (flag) tiny++;
  if (mode == ON) first_entry.id = entries[i].id;
  return banner[i] == small[0] ? first_entry.tag[i & 3] : 0;
}

char LICENSE[] SEC("license") = "GPL";
