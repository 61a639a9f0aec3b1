// One of two files that become one object: uses the other's functions, maps and variables.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, int);
  __type(value, long);
} shared_map SEC(".maps");
struct other_map {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, int);
  __type(value, long);
};
extern struct other_map array_of_b SEC(".maps");
extern int counter_of_b;
extern const volatile int limit_of_b;
extern int helper_of_b(int a);
int own_counter = 1;
__weak int chosen(int a) { return a + 1; }
static __noinline int same_name(int a) { return a * 3; }

SEC("tc")
int program_a(struct __sk_buff *skb) {
  int key = 0;
  long *value = bpf_map_lookup_elem(&array_of_b, &key);
  counter_of_b++;
  if (own_counter > limit_of_b) return 0;
  return helper_of_b(skb->len) + chosen(2) + same_name(own_counter) + (value ? *value : 0);
}

char LICENSE[] SEC("license") = "GPL";
