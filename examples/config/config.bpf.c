// Judges the packets that a network interface receives by their lengths. Three structures are shared with user space,
// in three ways; all packets pass, since this is only an example.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/types.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <ebpf/seq.h>

#define PROTOCOLS 4
#define MAX_CPUS 128

// Set before loading: constants for the verifier.
struct settings {
  struct {
    __u16 ethertype;  // 0: none
    __u16 header;     // bytes of a packet that do not count
  } protocols[PROTOCOLS];
};
const volatile struct settings settings;

// Changed by user space while this runs, as a whole.
struct limits {
  __u64 sequence;
  __u32 shortest, longest;
};
struct limits limits = {.longest = 127};

// Written here, for each CPU on its own, and read by user space as of one moment.
struct counts {
  __u64 sequence;
  __u64 packets, bytes;
  __u64 accepted, refused;
  __u64 unjudged;  // the limits were being changed whenever they were looked at
} __attribute__((aligned(64)));
struct counts per_cpu[MAX_CPUS];

enum verdict { ACCEPTED, REFUSED, UNJUDGED };

static __always_inline enum verdict judge(__u32 length) {
  for (int tries = 0; tries < 8; tries++) {
    __u64 seen = seq_read_begin(&limits.sequence);
    __u32 shortest = limits.shortest, longest = limits.longest;

    if (seq_read_retry(&limits.sequence, seen)) continue;
    return shortest <= length && length <= longest ? ACCEPTED : REFUSED;
  }
  return UNJUDGED;
}

// A CPU receives one packet at a time, so each row has one writer.
static __always_inline void count(struct counts *counts, __u32 length, enum verdict verdict) {
  seq_write_begin(&counts->sequence);
  counts->packets++;
  counts->bytes += length;
  if (verdict == ACCEPTED) counts->accepted++;
  if (verdict == REFUSED) counts->refused++;
  if (verdict == UNJUDGED) counts->unjudged++;
  seq_write_end(&counts->sequence);
}

SEC("xdp")
int judge_packet(struct xdp_md *packet) {
  struct ethhdr *header = (void *)(long)packet->data;
  void *end = (void *)(long)packet->data_end;
  __u32 cpu = bpf_get_smp_processor_id();
  struct counts *counts;

  if ((void *)(header + 1) > end || cpu >= MAX_CPUS) return XDP_PASS;
  // The place is worked out here, once: older verifiers forget the bound of a number that is put aside meanwhile.
  counts = &per_cpu[cpu];
  barrier_var(counts);
  for (int i = 0; i < PROTOCOLS; i++) {
    if (settings.protocols[i].ethertype != bpf_ntohs(header->h_proto)) continue;
    __u32 length = packet->data_end - packet->data - settings.protocols[i].header;
    count(counts, length, judge(length));
    break;
  }
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
