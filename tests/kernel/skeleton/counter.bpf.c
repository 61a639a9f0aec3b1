// What counter_test.cc needs: counters, a row of thresholds, and statistics by port.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

struct stats {
  __u64 packets;
  __u64 bytes;
};

const volatile __u32 sample_rate = 1;
const volatile __u32 process;
const volatile __u32 system_call;

__u64 packets;
__u64 sampled;
__u32 thresholds[16] = {1, 2, 3, 4, 5, 6, 7, 8};
__u64 above[16];  // how often the number of packets was found above each threshold

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, __u16);
  __type(value, struct stats);
} by_port SEC(".maps");

// Each of these calls by the process is a packet to port 443, of 100 bytes.
SEC("raw_tp/sys_enter")
int count(struct bpf_raw_tracepoint_args *ctx) {
  if (bpf_get_current_pid_tgid() >> 32 != process || ctx->args[1] != system_call) return 0;
  __u16 port = 443;
  struct stats fresh = {};
  __u64 number = ++packets;

  if (number % sample_rate == 0) sampled++;
  for (int i = 0; i < 16; i++)
    if (number > thresholds[i]) above[i]++;
  bpf_map_update_elem(&by_port, &port, &fresh, BPF_NOEXIST);
  struct stats *stats = bpf_map_lookup_elem(&by_port, &port);
  if (!stats) return 0;
  stats->packets++;
  stats->bytes += 100;
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
