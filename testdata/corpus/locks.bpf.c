// Spin locks, atomic operations, storage that belongs to sockets, tasks and inodes.
// corpus: v3
#include "kernel_types.h"

struct locked {
  struct bpf_spin_lock lock;
  u64 bytes, packets;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 8);
  __type(key, int);
  __type(value, struct locked);
} totals SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, u64);
} of_socket SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct locked);
} of_task SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
  __type(key, struct bpf_cgroup_storage_key);
  __type(value, u64);
} of_cgroup SEC(".maps");

SEC("tc")
int add_locked(struct __sk_buff *skb) {
  int key = skb->ifindex & 7;
  struct locked *total = bpf_map_lookup_elem(&totals, &key);
  if (!total) return 0;
  bpf_spin_lock(&total->lock);
  total->bytes += skb->len;
  total->packets++;
  bpf_spin_unlock(&total->lock);
  return 0;
}
SEC("tc")
int never_unlocked(struct __sk_buff *skb) {  // refused
  int key = 0;
  struct locked *total = bpf_map_lookup_elem(&totals, &key);
  if (!total) return 0;
  bpf_spin_lock(&total->lock);
  total->bytes += skb->len;
  return 0;
}
SEC("cgroup_skb/egress")
int count_socket(struct __sk_buff *skb) {
  struct bpf_sock *sk = skb->sk;
  u64 *value;
  if (!sk) return 1;
  sk = bpf_sk_fullsock(sk);
  if (!sk) return 1;
  value = bpf_sk_storage_get(&of_socket, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
  if (value) __sync_fetch_and_add(value, skb->len);
  value = bpf_get_local_storage(&of_cgroup, 0);
  __sync_fetch_and_add(value, 1);
  return 1;
}
SEC("tp_btf/sys_enter")
int BPF_PROG(count_task, struct pt_regs *regs, long id) {
  struct task_struct *task = bpf_get_current_task_btf();
  struct locked *value = bpf_task_storage_get(&of_task, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (value) __sync_fetch_and_add(&value->packets, 1);
  return 0;
}

u64 value64 = 0;
u32 value32 = 0;
SEC("raw_tp/sys_exit")
int atomics(void *ctx) {
  u64 old = __sync_fetch_and_add(&value64, 1);
  old += __sync_fetch_and_or(&value64, 2);
  old += __sync_fetch_and_and(&value64, ~4ull);
  old += __sync_fetch_and_xor(&value64, 8);
  old += __sync_val_compare_and_swap(&value64, 16, 32);
  old += __sync_lock_test_and_set(&value64, old);
  old += __sync_fetch_and_add(&value32, 1);
  return old & 1;
}

char LICENSE[] SEC("license") = "GPL";
