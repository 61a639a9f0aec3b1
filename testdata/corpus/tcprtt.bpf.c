// Round-trip times of TCP: fentry where it can be had and a kprobe where not, with one subprogram for both.
#include "kernel_types.h"

#define SLOTS 27

struct hist {
  u64 latency, cnt;
  u32 slots[SLOTS];
};

const volatile bool by_laddr = false;
const volatile bool by_raddr = false;
const volatile bool extended = false;
const volatile u16 only_sport = 0;
const volatile u16 only_dport = 0;
const volatile bool milliseconds = false;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, u64);
  __type(value, struct hist);
} hists SEC(".maps");

static struct hist zero;

static int handle(struct sock *sk) {
  const struct inet_sock *inet = (struct inet_sock *)sk;
  struct tcp_sock *tp = (struct tcp_sock *)sk;
  struct hist *hist;
  u64 key = 0, slot;
  u32 srtt;

  if (only_sport && only_sport != BPF_CORE_READ(inet, inet_sport)) return 0;
  if (only_dport && only_dport != BPF_CORE_READ(sk, __sk_common.skc_dport)) return 0;
  if (by_laddr)
    key = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
  else if (by_raddr)
    key = BPF_CORE_READ(sk, __sk_common.skc_daddr);
  hist = bpf_map_lookup_elem(&hists, &key);
  if (!hist) {
    bpf_map_update_elem(&hists, &key, &zero, BPF_NOEXIST);
    hist = bpf_map_lookup_elem(&hists, &key);
    if (!hist) return 0;
  }
  srtt = BPF_CORE_READ(tp, srtt_us) >> 3;
  if (milliseconds) srtt /= 1000U;
  slot = log2_64(srtt);
  if (slot >= SLOTS) slot = SLOTS - 1;
  __sync_fetch_and_add(&hist->slots[slot], 1);
  if (extended) {
    __sync_fetch_and_add(&hist->latency, srtt);
    __sync_fetch_and_add(&hist->cnt, 1);
  }
  return 0;
}

SEC("fentry/tcp_rcv_established")
int BPF_PROG(tcp_rcv, struct sock *sk) { return handle(sk); }
SEC("kprobe/tcp_rcv_established")
int BPF_KPROBE(tcp_rcv_kprobe, struct sock *sk) { return handle(sk); }

char LICENSE[] SEC("license") = "GPL";
