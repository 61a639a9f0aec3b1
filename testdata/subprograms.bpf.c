// Functions that call functions: static, global and weak subprograms, several programs in one section that share them,
// and functions that are taken by address, as callbacks. `input` comes from outside so that the compiler cannot compute
// the answers; each program returns a number that a test can know, and none of the subprograms is inlined.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_map;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} numbers SEC(".maps");

__u32 input = 5;
__u64 visited;
__u64 total;

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

static long add_element(struct bpf_map* map, const void* key, __u64* value, __u64* sum) {
  *sum += *value;
  return 0;
}

static long add_index(__u32 index, __u64* sum) {
  *sum += next_of(index);
  return 0;
}

// (input + 1) * 3
SEC("syscall")
int chain(void* ctx) { return triple_of_next(input); }

// input + 1
SEC("syscall")
int middle(void* ctx) { return next_of(input); }

// input * 2 + 1
SEC("syscall")
int global_call(void* ctx) { return doubled(input) + 1; }

// input + 100
SEC("syscall")
int weak_call(void* ctx) { return weak_offset(input); }

// numbers[0] + numbers[3]; adds 2 to `visited`
SEC("syscall")
int map_in_subprogram(void* ctx) { return number_at(0) + number_at(3); }

// The sum of `numbers`, also in `total`. Helper since 5.13.
SEC("syscall")
int each_element(void* ctx) {
  __u64 sum = 0;
  bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
  total = sum;
  return sum;
}

// 1 + 2 + … + 10, by a callback that calls a subprogram itself. Helper since 5.17.
SEC("syscall")
int looped(void* ctx) {
  __u64 sum = 0;
  bpf_loop(10, add_index, &sum, 0);
  return sum;
}

// No subprogram at all, in another section, so that only this one can be loaded without the functions of .text.
SEC("socket")
int alone(struct __sk_buff* skb) { return input; }
