// Functions that helpers call: loops, elements of maps, timers.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define CLOCK_MONOTONIC 1
struct element {
  __u64 runs;
  struct bpf_timer timer;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, int);
  __type(value, struct element);
} timers SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __type(key, int);
  __type(value, __u64);
} numbers SEC(".maps");
struct sum {
  __u64 total;
  int stop;
};
__u64 fired = 0;

static int add_number(__u32 i, struct sum *sum) {
  sum->total += i;
  return sum->stop && i > 10;
}
static long add_element(void *map, int *key, __u64 *value, struct sum *sum) {
  sum->total += *value;
  return 0;
}
static int on_timer(void *map, int *key, struct element *element) {
  element->runs++;
  fired++;
  bpf_timer_start(&element->timer, 1000000, 0);
  return 0;
}
static __noinline __u64 sum_twice(int n) {
  struct sum sum = {0, 1};
  bpf_loop(n, add_number, &sum, 0);
  bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
  return sum.total;
}

SEC("tc")
int looped(struct __sk_buff *skb) { return sum_twice(skb->len); }
SEC("tc")
int looped_inside(struct __sk_buff *skb) {
  struct sum sum = {};
  bpf_loop(64, add_number, &sum, 0);
  return sum.total;
}
SEC("tc")
int start_timer(struct __sk_buff *skb) {
  int key = 1;
  struct element fresh = {}, *element;
  bpf_map_update_elem(&timers, &key, &fresh, BPF_NOEXIST);
  element = bpf_map_lookup_elem(&timers, &key);
  if (!element) return 0;
  if (bpf_timer_init(&element->timer, &timers, CLOCK_MONOTONIC)) return 0;
  bpf_timer_set_callback(&element->timer, on_timer);
  bpf_timer_start(&element->timer, 1000000, 0);
  return 0;
}
SEC("tc")
int cancel_timer(struct __sk_buff *skb) {
  int key = 1;
  struct element *element = bpf_map_lookup_elem(&timers, &key);
  if (element) bpf_timer_cancel(&element->timer);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
