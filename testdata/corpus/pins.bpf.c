// Maps that are pinned by their names.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, int);
  __type(value, long);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
} corpus_shared SEC(".maps");

SEC("tc")
int uses_pinned(struct __sk_buff *skb) {
  int key = 1;
  return bpf_map_lookup_elem(&corpus_shared, &key) != NULL;
}
SEC("tc")
int uses_nothing(struct __sk_buff *skb) { return 0; }

char LICENSE[] SEC("license") = "GPL";
