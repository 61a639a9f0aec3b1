// BTF-defined maps of every type that a bare definition can make in Linux 5.10, each named after its type, with the
// attributes written in all the ways there are; and programs that use some of them. Later types are in
// maps_since_6_1.bpf.c and maps_since_6_9.bpf.c. struct_ops maps are not here: they need a kernel type.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

// Storage attached to other kernel objects: its size is not the map's, and it is never preallocated.
#define LOCAL_STORAGE(map_type)         \
  __uint(type, map_type);               \
  __uint(map_flags, BPF_F_NO_PREALLOC); \
  __type(key, int);                     \
  __type(value, struct pair)

struct pair {
  __u64 first;
  __u64 second;
};

struct prefix {
  __u32 bits;
  __u8 address[4];
};

struct locked {
  struct bpf_spin_lock lock;
  __u32 value;
};

char LICENSE[] SEC("license") = "GPL";

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 128);
  __type(key, __u32);
  __type(value, struct pair);
} hash SEC(".maps");

// Sizes instead of types.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __uint(key_size, 12);
  __uint(value_size, 20);
} hash_by_size SEC(".maps");

// Both, in agreement.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __uint(key_size, sizeof(__u64));
  __type(key, __u64);
  __uint(value_size, sizeof(struct pair));
  __type(value, struct pair);
  __uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
  __uint(numa_node, 0);
} hash_on_node SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct locked);
} hash_with_lock SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, __u64);
} array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 512);
  __type(key, __u32);
  __type(value, __u64);
  __uint(map_flags, BPF_F_MMAPABLE);
} array_mmapable SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, __u64);
} percpu_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct pair);
} percpu_array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u32);
} lru_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, __u32);
} lru_percpu_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 32);
  __type(key, struct prefix);
  __type(value, __u32);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} lpm_trie SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 8);
  __type(value, __u32);
} queue SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK);
  __uint(max_entries, 8);
  __uint(value_size, sizeof(__u64));
} stack SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ringbuf SEC(".maps");

// Without max_entries: one for each possible CPU.
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(int));
  __uint(value_size, sizeof(int));
} perf_event_array SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 64);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, 16 * sizeof(__u64));
} stack_trace SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
  __uint(max_entries, 2);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(__u32));
} cgroup_array SEC(".maps");

// A program array whose slots 0 and 2 are filled in from the definition, slot 1 left empty.
int tail_first(struct __sk_buff* skb);
int tail_second(struct __sk_buff* skb);
struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 3);
  __uint(key_size, sizeof(__u32));
  __array(values, int(struct __sk_buff*));
} prog_array SEC(".maps") = {
    .values =
        {
            [0] = &tail_first,
            [2] = &tail_second,
        },
};

// Maps of maps: with slots filled in by maps that have names of their own, and with an inner definition only.
struct inner_array {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} inner_first SEC(".maps"), inner_second SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 4);
  __type(key, __u32);
  __array(values, struct inner_array);
} array_of_maps SEC(".maps") = {
    .values =
        {
            [0] = &inner_first,
            [3] = &inner_second,
        },
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 4);
  __type(key, __u32);
  __array(values, struct inner_array);
} hash_of_maps SEC(".maps") = {
    .values = {[1] = &inner_first},
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
  __uint(max_entries, 4);
  __uint(key_size, 16);
  __array(
      values, struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 8);
        __type(key, __u64);
        __type(value, struct pair);
      });
} hash_of_unnamed_maps SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, struct bpf_devmap_val);
} devmap SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u32);
} devmap_hash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_CPUMAP);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct bpf_cpumap_val);
} cpumap SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_XSKMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u32);
} xskmap SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SOCKMAP);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} sockmap SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SOCKHASH);
  __uint(max_entries, 4);
  __type(key, struct pair);
  __type(value, __u32);
} sockhash SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
} reuseport_sockarray SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, struct pair);
} cgroup_storage SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, struct pair);
} percpu_cgroup_storage SEC(".maps");

struct {
  LOCAL_STORAGE(BPF_MAP_TYPE_SK_STORAGE);
} sk_storage SEC(".maps");

struct {
  LOCAL_STORAGE(BPF_MAP_TYPE_INODE_STORAGE);
} inode_storage SEC(".maps");

__u32 slot;     // the slot of the program array that dispatch() goes to
__u32 reached;  // which of its programs was reached; 0 for none

SEC("socket")
int tail_first(struct __sk_buff* skb) {
  reached = 1;
  return 11;
}

SEC("socket")
int tail_second(struct __sk_buff* skb) {
  reached = 2;
  return 22;
}

// Returns 11 or 22, or 99 where the slot is empty or does not exist.
SEC("socket")
int dispatch(struct __sk_buff* skb) {
  reached = 0;
  bpf_tail_call(skb, &prog_array, slot);
  return 99;
}

// Counts the packet, by its length, in maps of several types. Returns 0, or the number of the step that failed.
SEC("socket")
int count(struct __sk_buff* skb) {
  __u32 length = skb->len, zero = 0;
  struct pair fresh = {.first = 1, .second = length};

  struct pair* found = bpf_map_lookup_elem(&hash, &length);
  if (found) {
    __sync_fetch_and_add(&found->first, 1);
    __sync_fetch_and_add(&found->second, length);
  } else if (bpf_map_update_elem(&hash, &length, &fresh, BPF_NOEXIST)) {
    return 1;
  }

  struct pair* of_cpu = bpf_map_lookup_elem(&percpu_array, &zero);
  if (!of_cpu) return 2;
  of_cpu->first++;

  __u64* mapped = bpf_map_lookup_elem(&array_mmapable, &zero);
  if (!mapped) return 3;
  __sync_fetch_and_add(mapped, 1);

  if (bpf_map_push_elem(&queue, &length, BPF_EXIST)) return 4;

  __u32* event = bpf_ringbuf_reserve(&ringbuf, sizeof(*event), 0);
  if (!event) return 5;
  *event = length;
  bpf_ringbuf_submit(event, 0);
  return 0;
}

// Adds 1 to slot 0 of the inner map at `slot` of array_of_maps. Returns 0, or 1 where there is none.
SEC("socket")
int count_in_inner(struct __sk_buff* skb) {
  __u32 outer = slot, zero = 0;
  void* inner = bpf_map_lookup_elem(&array_of_maps, &outer);
  if (!inner) return 1;
  __u64* value = bpf_map_lookup_elem(inner, &zero);
  if (!value) return 2;
  __sync_fetch_and_add(value, 1);
  return 0;
}
