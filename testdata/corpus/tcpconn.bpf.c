// Outgoing TCP connections: kprobe and kretprobe, addresses of both families by CO-RE, counts or events.
#include "kernel_types.h"

struct flow4 {
  u32 saddr, daddr;
  u16 dport;
};
struct flow6 {
  u8 saddr[16], daddr[16];
  u16 dport;
};
struct event {
  union {
    u32 saddr_v4;
    u8 saddr_v6[16];
  };
  union {
    u32 daddr_v4;
    u8 daddr_v6[16];
  };
  char task[TASK_COMM_LEN];
  u64 ts_us;
  u32 af, pid, uid;
  u16 dport;
};

const volatile int filter_ports[64];
const volatile int filter_ports_len = 0;
const volatile u32 filter_uid = -1;
const volatile pid_t filter_pid = 0;
const volatile bool do_count = 0;

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, u32);
  __type(value, struct sock *);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} sockets SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, struct flow4);
  __type(value, u64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} count4 SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, struct flow6);
  __type(value, u64);
  __uint(map_flags, BPF_F_NO_PREALLOC);
} count6 SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(u32));
  __uint(value_size, sizeof(u32));
} events SEC(".maps");

static __always_inline bool drop_port(__u16 port) {
  if (filter_ports_len == 0) return false;
  for (int i = 0; i < filter_ports_len && i < 64; i++)
    if (port == filter_ports[i]) return false;
  return true;
}

static __always_inline int enter(struct sock *sk) {
  u64 id = bpf_get_current_pid_tgid();
  u32 tid = id;
  if (filter_pid && (id >> 32) != filter_pid) return 0;
  if (filter_uid != (u32)-1 && (u32)bpf_get_current_uid_gid() != filter_uid) return 0;
  bpf_map_update_elem(&sockets, &tid, &sk, 0);
  return 0;
}

static __always_inline void add(void *map, void *key) {
  static const u64 zero;
  u64 *value;
  bpf_map_update_elem(map, key, &zero, BPF_NOEXIST);
  value = bpf_map_lookup_elem(map, key);
  if (value) __sync_fetch_and_add(value, 1);
}

static __always_inline int leave(struct pt_regs *ctx, int ret, int version) {
  u32 tid = bpf_get_current_pid_tgid();
  struct sock **found = bpf_map_lookup_elem(&sockets, &tid), *sk;
  __u16 dport;
  if (!found) return 0;
  if (ret) goto out;
  sk = *found;
  BPF_CORE_READ_INTO(&dport, sk, __sk_common.skc_dport);
  if (drop_port(dport)) goto out;
  if (do_count && version == 4) {
    struct flow4 key = {};
    BPF_CORE_READ_INTO(&key.saddr, sk, __sk_common.skc_rcv_saddr);
    BPF_CORE_READ_INTO(&key.daddr, sk, __sk_common.skc_daddr);
    key.dport = dport;
    add(&count4, &key);
  } else if (do_count) {
    struct flow6 key = {};
    BPF_CORE_READ_INTO(&key.saddr, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32);
    BPF_CORE_READ_INTO(&key.daddr, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32);
    key.dport = dport;
    add(&count6, &key);
  } else {
    struct event event = {};
    event.af = version == 4 ? AF_INET : AF_INET6;
    event.pid = bpf_get_current_pid_tgid() >> 32;
    event.uid = bpf_get_current_uid_gid();
    event.ts_us = bpf_ktime_get_ns() / 1000;
    if (version == 4) {
      BPF_CORE_READ_INTO(&event.saddr_v4, sk, __sk_common.skc_rcv_saddr);
      BPF_CORE_READ_INTO(&event.daddr_v4, sk, __sk_common.skc_daddr);
    } else {
      BPF_CORE_READ_INTO(&event.saddr_v6, sk, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32);
      BPF_CORE_READ_INTO(&event.daddr_v6, sk, __sk_common.skc_v6_daddr.in6_u.u6_addr32);
    }
    event.dport = dport;
    bpf_get_current_comm(event.task, sizeof(event.task));
    bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
  }
out:
  bpf_map_delete_elem(&sockets, &tid);
  return 0;
}

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(tcp_v4_connect, struct sock *sk) { return enter(sk); }
SEC("kretprobe/tcp_v4_connect")
int BPF_KRETPROBE(tcp_v4_connect_ret, int ret) { return leave(ctx, ret, 4); }
SEC("kprobe/tcp_v6_connect")
int BPF_KPROBE(tcp_v6_connect, struct sock *sk) { return enter(sk); }
SEC("kretprobe/tcp_v6_connect")
int BPF_KRETPROBE(tcp_v6_connect_ret, int ret) { return leave(ctx, ret, 6); }

char LICENSE[] SEC("license") = "GPL";
