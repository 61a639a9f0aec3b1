// Memory that programs and user space share, with variables in it.
// corpus: v4 clang-19
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define __arena __attribute__((address_space(1)))
#define BPF_MAP_TYPE_ARENA_ 33
#define BPF_F_MMAPABLE_ (1U << 10)
struct {
  __uint(type, BPF_MAP_TYPE_ARENA_);
  __uint(map_flags, BPF_F_MMAPABLE_);
  __uint(max_entries, 16);
} arena SEC(".maps");

void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, __u32 pages, int node, __u64 flags) __ksym __weak;
void bpf_arena_free_pages(void *map, void __arena *ptr, __u32 pages) __ksym __weak;

int __arena shared = 1;
__u64 __arena sums[8];
struct node {
  struct node __arena *next;
  int value;
};
struct node __arena *head;

SEC("syscall")
int push(void *ctx) {
  struct node __arena *node = bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
  if (!node) return 1;
  node->value = shared++;
  node->next = head;
  head = node;
  sums[node->value & 7] += node->value;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
