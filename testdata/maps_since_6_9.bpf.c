// BTF-defined maps of the types that came after Linux 6.1 and that 6.9 has; for the others see maps.bpf.c.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// Newer than the UAPI headers of Debian 12.
#define MAP_TYPE_CGRP_STORAGE 32
#define MAP_TYPE_ARENA 33

struct pair {
  __u64 first;
  __u64 second;
};

char LICENSE[] SEC("license") = "GPL";

// Since 6.2.
struct {
  __uint(type, MAP_TYPE_CGRP_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct pair);
} cgrp_storage SEC(".maps");

// max_entries is in pages. Since 6.9.
struct {
  __uint(type, MAP_TYPE_ARENA);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 4);
} arena SEC(".maps");
