// CO-RE: accesses to kernel types whose layout is settled when the object is loaded. One program for each family of
// relocations: fields, types, enumerators.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

// As little of the kernel's types as the accesses need; the names after ___ are ignored in matching.
struct task_struct {
  int pid;
  int tgid;
  struct task_struct* real_parent;
} __attribute__((preserve_access_index));

struct task_struct___other {
  int ebpf_test_no_such_member;
} __attribute__((preserve_access_index));

struct ebpf_test_no_such_type {
  int member;
} __attribute__((preserve_access_index));

enum bpf_map_type___kernel { BPF_MAP_TYPE_HASH___kernel = 77, EBPF_TEST_NO_SUCH_VALUE = 78 };

__u64 own_tgid;
__u64 parent_tgid;

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp/sys_enter")
int fields(void* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  own_tgid = BPF_CORE_READ(task, tgid);
  parent_tgid = BPF_CORE_READ(task, real_parent, tgid);
  return 0;
}

SEC("raw_tp/sys_enter")
int existence(void* ctx) {
  struct task_struct___other* other = (void*)bpf_get_current_task();
  return bpf_core_field_exists(other->ebpf_test_no_such_member) + bpf_core_type_exists(struct ebpf_test_no_such_type);
}

SEC("raw_tp/sys_enter")
int sizes(void* ctx) {
  struct task_struct* task = (void*)bpf_get_current_task();
  return bpf_core_type_size(struct task_struct) + bpf_core_field_size(task->pid);
}

SEC("raw_tp/sys_enter")
int enumerators(void* ctx) {
  return bpf_core_enum_value(enum bpf_map_type___kernel, BPF_MAP_TYPE_HASH___kernel) +
         bpf_core_enum_value_exists(enum bpf_map_type___kernel, EBPF_TEST_NO_SUCH_VALUE);
}

// Needs no relocation: a spec from which the other programs are removed loads.
SEC("raw_tp/sys_enter")
int nothing(void* ctx) { return 0; }
