// BTF-defined maps of the types that came after Linux 5.10 and that 6.1 has; for the others see maps.bpf.c.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct pair {
  __u64 first;
  __u64 second;
};

char LICENSE[] SEC("license") = "GPL";

// Since 5.11.
struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pair);
} task_storage SEC(".maps");

// The map_extra of a bloom filter is its number of hash functions. Since 5.16.
struct {
  __uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
  __uint(max_entries, 100);
  __type(value, __u32);
  __uint(map_extra, 3);
} bloom_filter SEC(".maps");

// Since 6.1.
struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 4096);
} user_ringbuf SEC(".maps");
