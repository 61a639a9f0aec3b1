// Subprograms of all kinds: static, global, weak, hidden, with pointers to memory and to the context, deep calls.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct args {
  int a, b, c;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, int);
  __type(value, struct args);
} store SEC(".maps");

static __noinline int leaf(int a, int b) {
  int key = a & 3;
  struct args *found = bpf_map_lookup_elem(&store, &key);
  return found ? found->a + b : b;
}
static __noinline int middle(struct __sk_buff *skb, int depth) { return leaf(skb->len, depth) + leaf(depth, 2); }
__noinline int global_ints(int a, int b) { return leaf(a, b) * 3; }
__noinline int global_ctx(struct __sk_buff *skb) { return middle(skb, 1) + skb->mark; }
__noinline int global_memory(struct args *args) {
  if (!args) return -1;
  args->c = args->a + args->b;
  return args->c;
}
__weak __noinline int weak_one(int a) { return global_ints(a, a + 1); }
__hidden __noinline int hidden_one(struct __sk_buff *skb, struct args *args) { return args->a + skb->len; }
static __noinline int recurse_4(int a) { return leaf(a, 4); }
static __noinline int recurse_3(int a) { return recurse_4(a) + 1; }
static __noinline int recurse_2(int a) { return recurse_3(a) + 1; }
static __noinline int recurse_1(int a) { return recurse_2(a) + 1; }

SEC("tc")
int calls_static(struct __sk_buff *skb) { return middle(skb, 3); }
SEC("tc")
int calls_global(struct __sk_buff *skb) {
  struct args args = {skb->len, 2, 0};
  return global_ints(1, 2) + global_ctx(skb) + global_memory(&args) + weak_one(args.c);
}
SEC("tc")
int calls_hidden(struct __sk_buff *skb) {
  struct args args = {1, 2, 3};
  return hidden_one(skb, &args) + recurse_1(args.b);
}
SEC("tc")
int calls_nothing(struct __sk_buff *skb) { return 0; }

char LICENSE[] SEC("license") = "GPL";
