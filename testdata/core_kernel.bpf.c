// CO-RE: members whose place does differ between kernels, read where user space knows the values: the process's own. It
// sets `target_tgid` and then calls getppid(2).
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
  unsigned int inum;
};
struct pid_namespace {
  int level;
  struct ns_common ns;
};
struct upid {
  int nr;
  struct pid_namespace* ns;
};
struct pid {
  unsigned int level;
  struct upid numbers[1];  // [] in some kernels
};
struct qstr {
  unsigned int hash;
  unsigned int len;
  const unsigned char* name;
};
struct dentry {
  struct dentry* d_parent;
  struct qstr d_name;
};
struct path {
  struct dentry* dentry;
};
struct file {
  struct path f_path;
};
struct mm_struct {
  unsigned long start_stack;
  unsigned long arg_start;
  struct file* exe_file;
};
struct rlimit {
  unsigned long rlim_cur;
  unsigned long rlim_max;
};
struct signal_struct {
  int nr_threads;
  struct rlimit rlim[16];
};
struct new_utsname {
  char release[65];
};
struct uts_namespace {
  struct new_utsname name;
};
struct nsproxy {
  struct uts_namespace* uts_ns;
};
struct cred {
  struct {
    unsigned int val;
  } uid;
};
struct sched_entity {
  unsigned long long sum_exec_runtime;
};
struct task_struct {
  unsigned int flags;
  int prio;
  int static_prio;
  int exit_state;
  unsigned sched_reset_on_fork : 1;
  unsigned in_execve : 1;
  unsigned no_cgroup_migration : 1;
  int pid;
  int tgid;
  struct task_struct* real_parent;
  struct task_struct* group_leader;
  struct pid* thread_pid;
  unsigned long long start_time;
  const struct cred* cred;
  char comm[16];
  struct nsproxy* nsproxy;
  struct signal_struct* signal;
  struct mm_struct* mm;
  struct sched_entity se;
};

// Until 5.13, and since.
struct task_struct___long_state {
  volatile long state;
};
struct task_struct___renamed_state {
  unsigned int __state;
};
// Bit-fields: one whose place depends on what the kernel was built with, and one that is nowhere.
struct task_struct___bits {
  unsigned in_iowait : 1;
  unsigned no_such_bit : 1;
};

// For comparison of code alone: nothing of it is at hand here.
struct sock_common {
  union {
    struct {
      unsigned int skc_daddr;
      unsigned int skc_rcv_saddr;
    };
  };
  unsigned short skc_family;
  volatile unsigned char skc_state;
  unsigned char skc_reuse : 4;
  unsigned char skc_reuseport : 1;
  unsigned short skc_num;
};
struct sock {
  struct sock_common __sk_common;
  unsigned short sk_type;
  unsigned short sk_protocol;
  unsigned char sk_no_check_tx : 1;
  unsigned int sk_mark;
};
struct sk_buff {
  struct sk_buff* next;
  struct sock* sk;
  unsigned int len;
  unsigned int data_len;
  unsigned short protocol;
  unsigned char pkt_type : 3;
  unsigned char ip_summed : 2;
  unsigned char* head;
  unsigned char* data;
};
struct gendisk {
  int major;
  int first_minor;
};
struct request_queue___with_disk {
  struct gendisk* disk;
};
struct request___with_disk {
  struct gendisk* rq_disk;
};
struct request {
  struct request_queue___with_disk* q;
  unsigned int cmd_flags;
  unsigned int __data_len;
};

#pragma clang attribute pop

const volatile __u32 target_tgid = 0;

__u64 calls;
__s32 pid, tgid, parent_tgid, leader_pid, namespace_pid, static_prio;
__u32 namespace_inum, uid, flags, on_cpu_state, known_bits;
__u64 start_time, arg_start, nofile, run_time;
char comm[16];
char release[65];
char exe_name[64];

static __always_inline int is_target(void) { return bpf_get_current_pid_tgid() >> 32 == target_tgid; }

SEC("raw_tp/sys_enter")
int look_at_task(struct bpf_raw_tracepoint_args* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  if (!is_target()) return 0;
  pid = BPF_CORE_READ(task, pid);
  tgid = BPF_CORE_READ(task, tgid);
  parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
  leader_pid = BPF_CORE_READ(task, group_leader, pid);
  uid = BPF_CORE_READ(task, cred, uid.val);
  flags = BPF_CORE_READ(task, flags);
  static_prio = BPF_CORE_READ(task, static_prio);
  start_time = BPF_CORE_READ(task, start_time);
  run_time = BPF_CORE_READ(task, se.sum_exec_runtime);
  BPF_CORE_READ_STR_INTO(&comm, task, comm);
  __sync_fetch_and_add(&calls, 1);
  return 0;
}

SEC("raw_tp/sys_enter")
int look_around(struct bpf_raw_tracepoint_args* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  struct pid* number;
  struct upid upid;
  if (!is_target()) return 0;
  number = BPF_CORE_READ(task, thread_pid);
  BPF_CORE_READ_INTO(&upid.nr, number, numbers[0].nr);
  namespace_pid = upid.nr;
  namespace_inum = BPF_CORE_READ(number, numbers[0].ns, ns.inum);
  arg_start = BPF_CORE_READ(task, mm, arg_start);
  nofile = BPF_CORE_READ(task, signal, rlim[7].rlim_cur);
  BPF_CORE_READ_STR_INTO(&release, task, nsproxy, uts_ns, name.release);
  bpf_probe_read_kernel_str(&exe_name, sizeof exe_name, BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.name));
  return 0;
}

// What one kernel has and another has not.
SEC("raw_tp/sys_enter")
int look_at_versions(struct bpf_raw_tracepoint_args* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  struct task_struct___renamed_state* renamed = (void*)task;
  struct task_struct___long_state* old = (void*)task;
  struct task_struct___bits* bits = (void*)task;
  if (!is_target()) return 0;
  if (bpf_core_field_exists(renamed->__state))
    on_cpu_state = BPF_CORE_READ(renamed, __state);
  else
    on_cpu_state = BPF_CORE_READ(old, state);
  known_bits = 1;
  if (bpf_core_field_exists(bits->in_iowait)) known_bits += 2 + 4 * BPF_CORE_READ_BITFIELD_PROBED(bits, in_iowait);
  if (bpf_core_field_exists(bits->no_such_bit)) known_bits += BPF_CORE_READ_BITFIELD_PROBED(bits, no_such_bit);
  if (bpf_core_field_exists(task->in_execve)) known_bits += 8 * BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
  return 0;
}

// Never attached.
SEC("raw_tp/sys_enter")
int other_types(struct bpf_raw_tracepoint_args* ctx) {
  struct sock* sk = (void*)ctx->args[0];
  struct sk_buff* skb = (void*)ctx->args[0];
  struct request* rq = (void*)ctx->args[0];
  struct request___with_disk* old_rq = (void*)ctx->args[0];
  if (!is_target()) return 0;
  run_time = BPF_CORE_READ(sk, __sk_common.skc_daddr) + BPF_CORE_READ(sk, __sk_common.skc_family) +
             BPF_CORE_READ(sk, __sk_common.skc_state) + BPF_CORE_READ(sk, __sk_common.skc_num) +
             BPF_CORE_READ(sk, sk_mark);
  run_time += BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuseport);
  run_time += BPF_CORE_READ_BITFIELD_PROBED(sk, sk_no_check_tx);
  run_time += bpf_core_field_size(sk->sk_protocol) + bpf_core_field_exists(sk->sk_type);
  run_time += BPF_CORE_READ(skb, len) + BPF_CORE_READ(skb, protocol) + (__u64)BPF_CORE_READ(skb, sk);
  run_time += BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type) + BPF_CORE_READ_BITFIELD_PROBED(skb, ip_summed);
  if (bpf_core_field_exists(old_rq->rq_disk))
    run_time += BPF_CORE_READ(old_rq, rq_disk, major);
  else
    run_time += BPF_CORE_READ(rq, q, disk, first_minor);
  run_time += BPF_CORE_READ(rq, __data_len);
  return 0;
}
