// CO-RE: members, enumerators and types that no kernel has. Programs that ask first load; those that go on without
// asking are refused by the verifier.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct task_struct {
  int pid;
  struct task_struct* real_parent;
} __attribute__((preserve_access_index));

struct task_struct___future {
  unsigned int ebpf_test_no_such_member;
  struct {
    int inner[4];
  } ebpf_test_no_such_struct;
} __attribute__((preserve_access_index));

// It exists, as a structure that is no signed integer of 2 bytes.
struct task_struct___narrow {
  short pid;
} __attribute__((preserve_access_index));

struct ebpf_test_no_such_type {
  int member;
} __attribute__((preserve_access_index));

enum bpf_map_type___future { EBPF_TEST_NO_SUCH_VALUE = 0x77, EBPF_TEST_NO_SUCH_OTHER_VALUE };

__u64 out;

SEC("raw_tp/sys_enter")
int guarded(void* ctx) {
  struct task_struct___future* future = (void*)bpf_get_current_task();
  out = 1;
  if (bpf_core_field_exists(future->ebpf_test_no_such_member)) {
    out = BPF_CORE_READ(future, ebpf_test_no_such_member);
    out += BPF_CORE_READ(future, ebpf_test_no_such_struct.inner[2]);
  }
  if (bpf_core_type_exists(struct ebpf_test_no_such_type))
    out += BPF_CORE_READ((struct ebpf_test_no_such_type*)future, member);
  if (bpf_core_enum_value_exists(enum bpf_map_type___future, EBPF_TEST_NO_SUCH_VALUE))
    out += bpf_core_enum_value(enum bpf_map_type___future, EBPF_TEST_NO_SUCH_VALUE);
  return 0;
}

SEC("raw_tp/sys_enter")
int unguarded_member(void* ctx) {
  struct task_struct___future* future = (void*)bpf_get_current_task();
  out = BPF_CORE_READ(future, ebpf_test_no_such_member);
  return 0;
}

SEC("raw_tp/sys_enter")
int unguarded_element(void* ctx) {
  struct task_struct___future* future = (void*)bpf_get_current_task();
  out = BPF_CORE_READ(future, ebpf_test_no_such_struct.inner[2]);
  return 0;
}

SEC("raw_tp/sys_enter")
int unguarded_type(void* ctx) {
  struct ebpf_test_no_such_type* nothing = (void*)bpf_get_current_task();
  out = BPF_CORE_READ(nothing, member);
  return 0;
}

SEC("raw_tp/sys_enter")
int unguarded_enumerator(void* ctx) {
  out = bpf_core_enum_value(enum bpf_map_type___future, EBPF_TEST_NO_SUCH_VALUE);
  return 0;
}

static __noinline int in_subprogram(struct task_struct___future* future) {
  return BPF_CORE_READ(future, ebpf_test_no_such_member);
}

SEC("raw_tp/sys_enter")
int unguarded_in_subprogram(void* ctx) {
  out = in_subprogram((void*)bpf_get_current_task());
  return 0;
}

// A load of 2 bytes cannot become one of 4 where a sign has to be extended.
SEC("tp_btf/sched_switch")
int other_width(__u64* ctx) {
  struct task_struct___narrow* task = (void*)ctx[1];
  out = task->pid;
  return 0;
}
