// Programs that attach to what is found in the kernel's BTF by the name of their section: tracepoints with typed
// arguments, functions, LSM hooks and iterators. A test sets `target_tgid` to its own process before loading; what the
// programs count is then what that process does, exactly.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

// As little of the kernel's types as is read.
struct task_struct {
  int pid;
  int tgid;
} __attribute__((preserve_access_index));

struct seq_file;

struct bpf_iter_meta {
  struct seq_file* seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
  struct bpf_iter_meta* meta;
  struct task_struct* task;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map_elem {
  struct bpf_iter_meta* meta;
  void* key;
  __u64* value;
} __attribute__((preserve_access_index));

const volatile __u32 target_tgid = 0;

__u64 typed_forks;      // tp_btf/sched_process_fork with this process as the parent
__u32 forked_from;      // its id, read through the tracepoint's typed argument
__u64 writes_entered;   // fentry/eventfd_write, which the kernel calls through a pointer only
__u64 writes_left;      // fexit/eventfd_write
__s64 write_result;     // and what it returned
__u64 cookie;           // of the fentry program
__u64 opens_seen;       // lsm/file_open
__u32 deny_opens;       // a knob: the LSM program refuses this process's opens
__u64 packets_through;  // fentry/veth_xmit, of the module veth

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, __u32);
  __type(value, __u64);
} numbers SEC(".maps");

char LICENSE[] SEC("license") = "GPL";

static __always_inline int is_target(void) { return bpf_get_current_pid_tgid() >> 32 == target_tgid; }

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct* parent, struct task_struct* child) {
  if (parent->tgid != target_tgid) return 0;
  __sync_fetch_and_add(&typed_forks, 1);
  forked_from = parent->tgid;
  return 0;
}

SEC("?fentry/eventfd_write")
int BPF_PROG(on_write) {
  if (!is_target()) return 0;
  __sync_fetch_and_add(&writes_entered, 1);
  return 0;
}

SEC("?fentry/eventfd_write")
int BPF_PROG(on_write_with_cookie) {
  if (is_target()) cookie = bpf_get_attach_cookie(ctx);
  return 0;
}

SEC("?fexit/eventfd_write")
int BPF_PROG(after_write, void* file, void* buffer, unsigned long count, void* position, long result) {
  if (!is_target()) return 0;
  __sync_fetch_and_add(&writes_left, 1);
  write_result = result;
  return 0;
}

SEC("?lsm/file_open")
int BPF_PROG(on_open, void* file, int result) {
  if (result != 0 || !is_target()) return result;
  __sync_fetch_and_add(&opens_seen, 1);
  return deny_opens ? -1 : 0;
}

SEC("?fentry/veth_xmit")
int BPF_PROG(on_xmit) {
  __sync_fetch_and_add(&packets_through, 1);
  return 0;
}

SEC("?fentry/veth:veth_xmit")
int BPF_PROG(on_xmit_of_module) {
  __sync_fetch_and_add(&packets_through, 1);
  return 0;
}

SEC("?fentry/ebpf_test_no_such_function")
int BPF_PROG(nowhere) { return 0; }

SEC("?tp_btf/ebpf_test_no_such_event")
int BPF_PROG(no_event) { return 0; }

SEC("?fentry/ebpf_test_no_such_module:eventfd_write")
int BPF_PROG(no_module) { return 0; }

SEC("iter/task")
int list_tasks(struct bpf_iter__task* ctx) {
  static const char kFormat[] = "%d %d\n";
  struct task_struct* task = ctx->task;
  if (!task) return 0;
  __u64 arguments[] = {task->tgid, task->pid};
  bpf_seq_printf(ctx->meta->seq, kFormat, sizeof kFormat, arguments, sizeof arguments);
  return 0;
}

SEC("?iter/bpf_map_elem")
int list_numbers(struct bpf_iter__bpf_map_elem* ctx) {
  static const char kFormat[] = "%d=%llu\n";
  __u32* key = ctx->key;
  __u64* value = ctx->value;
  if (!key || !value) return 0;
  __u64 arguments[] = {*key, *value};
  bpf_seq_printf(ctx->meta->seq, kFormat, sizeof kFormat, arguments, sizeof arguments);
  return 0;
}
