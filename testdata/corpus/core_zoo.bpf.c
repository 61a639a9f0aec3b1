// Questions to the kernel's types: fields, sizes, enumerators, flavours, whole types.
#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct no_such_type {
  int a;
};
struct task_struct___other {
  int pid;
  int no_such_member;
};
struct bpf_map_ops___none {
  void *no_such_operation;
};
union thread_union;
#pragma clang attribute pop
enum bpf_map_type___any { BPF_MAP_TYPE_RINGBUF___any = 27, BPF_MAP_TYPE_NO_SUCH___any = 999 };
typedef struct no_such_typedef { int x; } no_such_typedef;

u64 out[24] = {};

SEC("raw_tp/sys_enter")
int questions(void *ctx) {
  struct task_struct___other *task = (void *)bpf_get_current_task();
  out[0] = bpf_core_field_exists(struct task_struct, pid);
  out[1] = bpf_core_field_exists(task->no_such_member);
  out[2] = bpf_core_field_size(struct task_struct, comm);
  out[3] = bpf_core_field_offset(struct task_struct, tgid);
  out[4] = bpf_core_type_exists(struct task_struct);
  out[5] = bpf_core_type_exists(struct no_such_type);
  out[6] = bpf_core_type_size(struct qstr);
  out[7] = bpf_core_type_size(struct no_such_type);
  out[8] = bpf_core_enum_value_exists(enum bpf_map_type___any, BPF_MAP_TYPE_RINGBUF___any);
  out[9] = bpf_core_enum_value_exists(enum bpf_map_type___any, BPF_MAP_TYPE_NO_SUCH___any);
  out[10] = bpf_core_enum_value(enum bpf_map_type___any, BPF_MAP_TYPE_RINGBUF___any);
  out[11] = bpf_core_type_id_local(struct task_struct);
  out[12] = bpf_core_type_id_kernel(struct task_struct);
  out[13] = bpf_core_type_exists(struct bpf_map_ops___none);
  if (bpf_core_field_exists(task->no_such_member)) out[14] = BPF_CORE_READ(task, no_such_member);
  out[15] = BPF_CORE_READ(task, pid);
  return 0;
}
SEC("raw_tp/sys_enter")
int needs_absent_member(void *ctx) {  // refused
  struct task_struct___other *task = (void *)bpf_get_current_task();
  out[16] = BPF_CORE_READ(task, no_such_member);
  return 0;
}
SEC("raw_tp/sys_enter")
int needs_absent_enumerator(void *ctx) {  // refused
  out[17] = bpf_core_enum_value(enum bpf_map_type___any, BPF_MAP_TYPE_NO_SUCH___any);
  return 0;
}
SEC("kprobe/tcp_close")
int BPF_KPROBE(bits, struct sock *sk) {
  struct inet_connection_sock *icsk = (void *)sk;
  struct sock___bits *old = (void *)sk;
  out[18] = BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state);
  if (bpf_core_field_exists(old->sk_padding)) out[19] = BPF_CORE_READ_BITFIELD_PROBED(old, sk_protocol);
  out[20] = BPF_CORE_READ(sk, sk_protocol);
  return 0;
}
SEC("tp_btf/sched_switch")
int BPF_PROG(direct, bool preempt, struct task_struct *prev, struct task_struct *next) {
  out[21] = prev->real_parent->pid;
  out[22] = next->mm ? next->mm->total_vm : 0;
  out[23] = next->cgroups->dfl_cgrp->kn->id;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
