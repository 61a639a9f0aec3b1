// Each program is refused by the verifier, for the reason in its name.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, int);
  __type(value, long);
} numbers SEC(".maps");

SEC("tc")
int null_not_checked(struct __sk_buff *skb) {
  int key = 1;
  long *value = bpf_map_lookup_elem(&numbers, &key);
  return *value;
}
SEC("tc")
int beyond_value(struct __sk_buff *skb) {
  int key = 1;
  long *value = bpf_map_lookup_elem(&numbers, &key);
  return value ? value[1] : 0;
}
SEC("tc")
int unbounded_index(struct __sk_buff *skb) {
  int key = 1;
  char *value = bpf_map_lookup_elem(&numbers, &key);
  return value ? value[skb->len] : 0;
}
SEC("tc")
int endless(struct __sk_buff *skb) {
  volatile int go_on = 1;
  while (go_on) {
  }
  return 0;
}
SEC("tc")
int not_initialised(struct __sk_buff *skb) {
  register long r7 asm("r7");
  asm volatile("r0 = r7" : "=r"(r7)::"r0");
  return r7;
}
SEC("tc")
int wrong_context(struct __sk_buff *skb) { return *(volatile int *)((char *)skb + 4000); }
SEC("tc")
int no_such_helper(struct __sk_buff *skb) { return ((long (*)(void *))4711)(skb); }
SEC("socket")
int not_for_this_type(struct __sk_buff *skb) { return bpf_redirect(1, 0); }
SEC("socket")
int leaks_address(struct __sk_buff *skb) {
  int key = 1;
  long *value = bpf_map_lookup_elem(&numbers, &key);
  if (value) *value = (long)value;
  return (long)skb;
}
SEC("tc")
int misaligned_stack(struct __sk_buff *skb) {
  char buffer[16];
  return bpf_skb_load_bytes(skb, 0, buffer, 64);
}
SEC("tc")
int returns_pointer(struct __sk_buff *skb) {
  asm volatile("r0 = r10; exit" ::: "r0");
  return 0;
}
SEC("cgroup/connect4")
int bad_result(struct bpf_sock_addr *ctx) { return 77; }
SEC("tc")
int large_stack(struct __sk_buff *skb) {
  volatile char buffer[504];
  buffer[skb->len & 255] = 1;
  buffer[1] = buffer[0];
  return bpf_skb_load_bytes(skb, 0, (void *)buffer, 505);
}

char LICENSE[] SEC("license") = "GPL";
