// Functions that call functions: static, global and weak subprograms, and several programs in one section that share
// them. `input` comes from outside so that the compiler cannot compute the answers; each program returns a number that
// a test can know, and none of the subprograms is inlined. Any Linux since 5.6 loads it.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} numbers SEC(".maps");

__u32 input = 5;
__u64 visited;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// The call graph: chain -> triple_of_next -> next_of; middle -> next_of; and so on. The order in .text is not the order
// of the calls.
static __noinline __u32 next_of(__u32 x) { return x + 1; }

static __noinline __u32 triple_of_next(__u32 x) { return next_of(x) * 3; }

// Global: the verifier checks it by itself, for any argument.
__noinline int doubled(int x) { return x * 2; }

// Weak, and not overridden by anything in this object.
__weak __noinline int weak_offset(int x) { return x + 100; }

// A subprogram that refers to a map and to a variable: relocations within .text.
static __noinline __u64 number_at(__u32 index) {
  __u64* number = bpf_map_lookup_elem(&numbers, &index);
  visited++;
  return number ? *number : 0;
}

// (input + 1) * 3
SEC("tc")
int chain(struct __sk_buff* skb) { return triple_of_next(input); }

// input + 1
SEC("tc")
int middle(struct __sk_buff* skb) { return next_of(input); }

// input * 2 + 1
SEC("tc")
int global_call(struct __sk_buff* skb) { return doubled(input) + 1; }

// input + 100
SEC("tc")
int weak_call(struct __sk_buff* skb) { return weak_offset(input); }

// numbers[0] + numbers[3]; adds 2 to `visited`
SEC("tc")
int map_in_subprogram(struct __sk_buff* skb) { return number_at(0) + number_at(3); }

// No subprogram at all, in another section, so that only this one can be loaded without the functions of .text.
SEC("socket")
int alone(struct __sk_buff* skb) { return input; }
