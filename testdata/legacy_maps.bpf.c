// Maps in the form that was usual before BTF, by what is behind the five numbers that all of them begin with: nothing,
// zeroes, and what iproute2 has there.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct bpf_map_definition {
  __u32 type;
  __u32 key_size;
  __u32 value_size;
  __u32 max_entries;
  __u32 map_flags;
};

// iproute2's.
struct bpf_elf_map {
  __u32 type;
  __u32 size_key;
  __u32 size_value;
  __u32 max_elem;
  __u32 flags;
  __u32 id;
  __u32 pinning;
  __u32 inner_id;
  __u32 inner_idx;
};

struct bpf_map_definition counts SEC("maps") = {
    .type = BPF_MAP_TYPE_HASH,
    .key_size = 4,
    .value_size = 8,
    .max_entries = 16,
    .map_flags = BPF_F_NO_PREALLOC,
};

struct bpf_elf_map totals SEC("maps") = {
    .type = BPF_MAP_TYPE_ARRAY,
    .size_key = 4,
    .size_value = 8,
    .max_elem = 1,
};

struct bpf_elf_map kept SEC("maps") = {
    .type = BPF_MAP_TYPE_ARRAY,
    .size_key = 4,
    .size_value = 8,
    .max_elem = 2,
    .id = 7,
    .pinning = 2,
};

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static void add_one(void* map, __u32 key) {
  __u64 one = 1;
  __u64* value = bpf_map_lookup_elem(map, &key);
  if (value)
    __sync_fetch_and_add(value, 1);
  else
    bpf_map_update_elem(map, &key, &one, BPF_ANY);
}

SEC("socket")
int count(struct __sk_buff* skb) {
  add_one(&counts, skb->len);
  add_one(&totals, 0);
  add_one(&kept, 1);
  return 0;
}
