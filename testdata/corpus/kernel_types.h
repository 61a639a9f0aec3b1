// What the corpus's tracing programs know of the kernel's types: only the members that they read, in no particular
// order. Where those are in the running kernel is found when a program is loaded (CO-RE). Names after three
// underscores are flavours: the same type as another kernel has it.
#pragma once

#include <linux/bpf.h>

// The registers as the kernel's own types name them (__VMLINUX_H__ tells <bpf/bpf_tracing.h>), so that they can be
// relocated.
#if defined(__TARGET_ARCH_x86)
#define __VMLINUX_H__
struct pt_regs {
  unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
} __attribute__((preserve_access_index));
#else
#include <linux/ptrace.h>
#endif

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#ifndef TASK_COMM_LEN
#define TASK_COMM_LEN 16
#endif
#define AF_INET 2
#define AF_INET6 10
#define ETH_P_IP 0x0800
#define ETH_P_IPV6 0x86DD
#define ETH_P_8021Q 0x8100
#define ETH_P_8021AD 0x88A8

typedef _Bool bool;
enum { false, true };
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef int pid_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
  struct list_head *next, *prev;
};
struct qstr {
  union {
    struct {
      u32 hash;
      u32 len;
    };
    u64 hash_len;
  };
  const unsigned char *name;
};
struct super_block {
  unsigned int s_dev;
  unsigned long s_magic;
};
struct inode {
  unsigned short i_mode;
  unsigned long i_ino;
  unsigned int i_rdev;
  s64 i_size;
  struct super_block *i_sb;
};
struct dentry {
  struct qstr d_name;
  struct dentry *d_parent;
  struct inode *d_inode;
};
struct vfsmount {
  struct dentry *mnt_root;
};
struct path {
  struct vfsmount *mnt;
  struct dentry *dentry;
};
struct file {
  struct path f_path;
  struct inode *f_inode;
  unsigned int f_flags;
};
struct ns_common {
  unsigned int inum;
};
struct pid_namespace {
  struct ns_common ns;
  unsigned int level;
};
struct mnt_namespace {
  struct ns_common ns;
};
struct upid {
  int nr;
  struct pid_namespace *ns;
};
struct pid {
  unsigned int level;
  struct upid numbers[1];
};
struct nsproxy {
  struct mnt_namespace *mnt_ns;
  struct pid_namespace *pid_ns_for_children;
};
struct kernfs_node {
  u64 id;
  const char *name;
};
struct cgroup {
  struct kernfs_node *kn;
  int level;
};
struct css_set {
  struct cgroup *dfl_cgrp;
};
struct mm_struct {
  unsigned long arg_start;
  unsigned long arg_end;
  unsigned long total_vm;
};
struct cfs_rq {
  unsigned int nr_running;
};
// Since Linux 6.14.
struct cfs_rq___queued {
  unsigned int nr_queued;
};
struct sched_entity {
  struct cfs_rq *cfs_rq;
  u64 sum_exec_runtime;
};
struct task_struct {
  int pid;
  int tgid;
  int exit_code;
  int prio;
  unsigned int flags;
  u64 start_time;
  char comm[TASK_COMM_LEN];
  struct task_struct *real_parent;
  struct task_struct *parent;
  struct task_struct *group_leader;
  struct nsproxy *nsproxy;
  struct pid *thread_pid;
  struct mm_struct *mm;
  struct sched_entity se;
  struct css_set *cgroups;
} __attribute__((preserve_access_index));
// The state changed its name and its width in Linux 5.14.
struct task_struct___before {
  volatile long state;
};
struct task_struct___now {
  unsigned int __state;
};

struct in6_addr {
  union {
    u8 u6_addr8[16];
    u32 u6_addr32[4];
  } in6_u;
};
typedef struct {
  struct net *net;
} possible_net_t;
struct net {
  struct ns_common ns;
};
struct sock_common {
  union {
    struct {
      u32 skc_daddr;
      u32 skc_rcv_saddr;
    };
  };
  union {
    struct {
      u16 skc_dport;
      u16 skc_num;
    };
  };
  unsigned short skc_family;
  volatile unsigned char skc_state;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
  struct sock_common __sk_common;
  u16 sk_protocol;
  int sk_rcvbuf;
  u32 sk_mark;
};
// A bit-field before Linux 5.6.
struct sock___bits {
  unsigned int sk_padding : 1, sk_kern_sock : 1, sk_no_check_tx : 1, sk_no_check_rx : 1, sk_userlocks : 4,
      sk_protocol : 8, sk_type : 16;
};
struct inet_sock {
  struct sock sk;
  u16 inet_sport;
};
struct inet_connection_sock {
  struct inet_sock icsk_inet;
  u8 icsk_ca_state : 5;
};
struct tcp_sock {
  struct inet_connection_sock inet_conn;
  u32 srtt_us;
  u32 snd_cwnd;
  u32 snd_ssthresh;
  u32 snd_cwnd_cnt;
  u32 max_packets_out;
  u32 prior_cwnd;
  u64 bytes_received;
  u64 bytes_acked;
};
struct sk_buff {
  unsigned int len;
  u16 protocol;
  unsigned char *head;
  u16 network_header;
  u16 transport_header;
  struct sock *sk;
};
struct msghdr {
  void *msg_name;
};

struct gendisk {
  int major;
  int first_minor;
};
struct request_queue {
  struct gendisk *disk;
};
struct request {
  struct request_queue *q;
  unsigned int cmd_flags;
  unsigned int __data_len;
  u64 __sector;
};
struct request___old {
  struct gendisk *rq_disk;
};

struct irqaction {
  int irq;
  const char *name;
};

struct trace_entry {
  short unsigned int type;
  unsigned char flags;
  unsigned char preempt_count;
  int pid;
};
struct trace_event_raw_sys_enter {
  struct trace_entry ent;
  long id;
  unsigned long args[6];
};
struct trace_event_raw_sys_exit {
  struct trace_entry ent;
  long id;
  long ret;
};
struct trace_event_raw_sched_process_exec {
  struct trace_entry ent;
  unsigned int __data_loc_filename;
  int pid;
  int old_pid;
};
struct trace_event_raw_sched_process_template {
  struct trace_entry ent;
  char comm[16];
  int pid;
  int prio;
};
struct trace_event_raw_inet_sock_set_state {
  struct trace_entry ent;
  const void *skaddr;
  int oldstate;
  int newstate;
  u16 sport;
  u16 dport;
  u16 family;
  u16 protocol;
  u8 saddr[4];
  u8 daddr[4];
};
struct trace_event_raw_signal_generate {
  struct trace_entry ent;
  int sig;
  int errno;
  int code;
  char comm[16];
  int pid;
};

struct bpf_iter_meta {
  struct seq_file *seq;
  u64 session_id;
  u64 seq_num;
};
struct bpf_iter__task {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
};
struct bpf_iter__task_file {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  u32 fd;
  struct file *file;
};
struct bpf_map {
  u32 id;
  char name[16];
  u32 max_entries;
};
struct bpf_iter__bpf_map {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
};
struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta *meta;
  struct bpf_map *map;
  void *key;
  void *value;
};
struct bpf_prog_aux {
  u32 id;
  char name[16];
  u32 verified_insns;
};
struct bpf_prog {
  struct bpf_prog_aux *aux;
  u32 len;
};
struct bpf_iter__bpf_prog {
  struct bpf_iter_meta *meta;
  struct bpf_prog *prog;
};
struct vm_area_struct {
  unsigned long vm_start;
  unsigned long vm_end;
  unsigned long vm_flags;
  struct file *vm_file;
};
struct bpf_iter__task_vma {
  struct bpf_iter_meta *meta;
  struct task_struct *task;
  struct vm_area_struct *vma;
};
struct bpf_iter__tcp {
  struct bpf_iter_meta *meta;
  struct sock_common *sk_common;
  unsigned int uid;
};
struct bpf_iter__udp {
  struct bpf_iter_meta *meta;
  struct udp_sock *udp_sk;
  unsigned int uid;
  int bucket;
};

#pragma clang attribute pop

// The state of a task, whatever the kernel calls it.
static __always_inline long task_state(void *task) {
  struct task_struct___now *now = task;
  if (bpf_core_field_exists(now->__state)) return BPF_CORE_READ(now, __state);
  return BPF_CORE_READ((struct task_struct___before *)task, state);
}

// The power of two that is not above: the slot of a histogram.
static __always_inline u64 log2_32(u32 v) {
  u32 shift, r;
  r = (v > 0xFFFF) << 4;
  v >>= r;
  shift = (v > 0xFF) << 3;
  v >>= shift;
  r |= shift;
  shift = (v > 0xF) << 2;
  v >>= shift;
  r |= shift;
  shift = (v > 0x3) << 1;
  v >>= shift;
  r |= shift;
  return r | (v >> 1);
}
static __always_inline u64 log2_64(u64 v) {
  const u32 high = v >> 32;
  return high ? log2_32(high) + 32 : log2_32(v);
}
