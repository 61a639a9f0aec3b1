// Changes of TCP's states: a tracepoint with unions, a map as a set of ports, time in each state.
#include "kernel_types.h"

struct event {
  unsigned char saddr[16], daddr[16];
  u64 skaddr, ts_us, delta_us;
  pid_t pid;
  int oldstate, newstate;
  u16 family, sport, dport;
  char task[TASK_COMM_LEN];
};

const volatile bool by_sport = false;
const volatile bool by_dport = false;
const volatile short only_family = 0;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, u16);
  __type(value, u16);
} sports SEC(".maps"), dports SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 10240);
  __type(key, const void *);
  __type(value, u64);
} timestamps SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __type(key, u32);
  __type(value, u32);
} events SEC(".maps");

SEC("tracepoint/sock/inet_sock_set_state")
int set_state(struct trace_event_raw_inet_sock_set_state *ctx) {
  const void *sk = ctx->skaddr;
  u16 family = ctx->family, sport = ctx->sport, dport = ctx->dport;
  struct event event = {};
  u64 *tsp, ts, delta;

  if (ctx->protocol != 6) return 0;
  if (only_family && only_family != family) return 0;
  if (by_sport && !bpf_map_lookup_elem(&sports, &sport)) return 0;
  if (by_dport && !bpf_map_lookup_elem(&dports, &dport)) return 0;
  tsp = bpf_map_lookup_elem(&timestamps, &sk);
  ts = bpf_ktime_get_ns();
  delta = tsp ? (ts - *tsp) / 1000 : 0;
  event.skaddr = (u64)sk;
  event.ts_us = ts / 1000;
  event.delta_us = delta;
  event.pid = bpf_get_current_pid_tgid() >> 32;
  event.oldstate = ctx->oldstate;
  event.newstate = ctx->newstate;
  event.family = family;
  event.sport = sport;
  event.dport = dport;
  bpf_get_current_comm(&event.task, sizeof(event.task));
  bpf_probe_read_kernel(&event.saddr, 4, &ctx->saddr);
  bpf_probe_read_kernel(&event.daddr, 4, &ctx->daddr);
  bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
  if (ctx->newstate == 7)
    bpf_map_delete_elem(&timestamps, &sk);
  else
    bpf_map_update_elem(&timestamps, &sk, &ts, BPF_ANY);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
