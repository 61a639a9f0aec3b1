// Global variables in an arena: memory that programs and the process share, in which addresses mean the same to both.
// Linux 6.9 loads it.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define BPF_MAP_TYPE_ARENA 33  // <linux/bpf.h> of Debian 12 is that of 6.1
#define ARENA __attribute__((address_space(1)))

struct {
  __uint(type, BPF_MAP_TYPE_ARENA);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 16);
  __ulong(map_extra, 1ull << 45);
} pages SEC(".maps");

struct node {
  __u64 value;
  struct node ARENA* next;
};

__u64 ARENA counter = 40;
__u32 ARENA limits[4] = {1, 2, 3, 4};
struct node ARENA head;
static volatile __u32 ARENA hidden = 5;
__u64 plain;

char LICENSE[] SEC("license") = "GPL";

// Without a reference to it the verifier knows no arena.
static __always_inline void use_arena(void) {
  void* map = &pages;
  asm volatile("" ::"r"(map));
}

SEC("syscall")
int count(void* ctx) {
  use_arena();
  counter += 2;
  head.value = limits[2] + hidden;
  head.next = &head;
  plain = counter;
  return counter;
}
