// The other of the two.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, int);
  __type(value, long);
} shared_map SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, int);
  __type(value, long);
} array_of_b SEC(".maps");
int counter_of_b = 5;
const volatile int limit_of_b = 100;
static volatile int hidden_b = 3;
__noinline int helper_of_b(int a) {
  int key = a;
  long *value = bpf_map_lookup_elem(&shared_map, &key);
  return value ? *value : hidden_b;
}
int chosen(int a) { return a + 2; }
static __noinline int same_name(int a) { return a * 5; }

SEC("tc")
int program_b(struct __sk_buff *skb) { return helper_of_b(same_name(skb->mark)) + chosen(1); }

char LICENSE[] SEC("license") = "GPL";
