// How long the packets are that the processes of a cgroup send: a histogram by powers of two.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#define MAX_CPUS 128  // a power of two; CPUs beyond it share rows with others
#define BUCKETS 17    // bucket i has lengths from 2^i to below 2^(i+1), the last one all that are longer

// A row for each CPU, on cache lines of its own: CPUs that count at the same time do not wait for each other.
struct lengths {
  __u64 packets;
  __u64 bytes;
  __u64 buckets[BUCKETS];
} __attribute__((aligned(64)));

struct lengths per_cpu[MAX_CPUS];

static __always_inline __u32 bucket_of(__u32 length) {
  __u32 log2 = 0;

  for (__u32 step = 16; step > 0; step /= 2)
    if (length >> step) {
      length >>= step;
      log2 += step;
    }
  return log2 < BUCKETS ? log2 : BUCKETS - 1;
}

// Atomic, since a packet may be sent by an interrupt while another one is counted on the same CPU.
SEC("cgroup_skb/egress")
int measure(struct __sk_buff *packet) {
  struct lengths *row = &per_cpu[bpf_get_smp_processor_id() & (MAX_CPUS - 1)];

  __sync_fetch_and_add(&row->buckets[bucket_of(packet->len)], 1);
  __sync_fetch_and_add(&row->bytes, packet->len);
  __sync_fetch_and_add(&row->packets, 1);
  return 1;  // let it pass
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
