// CO-RE: what is asked of types themselves: whether they exist, their size, their number, whether they match.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long sink;

// Of the kernel's own types, as much as the questions need.
struct task_struct {
  int pid;
  int tgid;
};
struct task_struct___wrong {
  unsigned long long pid;
};
struct task_struct___with_pointer {
  struct task_struct* real_parent;
};
struct list_head {
  struct list_head *next, *prev;
};
struct hlist_head___too_many {
  struct hlist_node* first;
  int no_such_member;
};
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };
enum pid_type___other { PIDTYPE_PID___other, PIDTYPE_NEVER };
typedef unsigned int u32___alias;
typedef int pid_t___alias;
typedef struct {
  int counter;
} atomic_t;
typedef void (*irq_handler_t___wrong)(int);
struct no_such_structure {
  int a;
};
union no_such_union {
  int a;
};
typedef struct no_such_structure no_such_alias;

// Weighted, so that no answer hides another.
#define ADD(question) sink = sink * 2 + (question)

SEC("raw_tp/sys_enter")
int existence(void* ctx) {
  sink = 1;
  ADD(bpf_core_type_exists(struct core_inner));
  ADD(bpf_core_type_exists(union core_union));
  ADD(bpf_core_type_exists(enum core_plain));
  ADD(bpf_core_type_exists(core_inner_alias));
  ADD(bpf_core_type_exists(core_int_alias));
  ADD(bpf_core_type_exists(core_anonymous_alias));
  ADD(bpf_core_type_exists(core_callback));
  ADD(bpf_core_type_exists(core_array_alias));
  ADD(bpf_core_type_exists(struct task_struct));
  ADD(bpf_core_type_exists(struct list_head));
  ADD(bpf_core_type_exists(atomic_t));
  ADD(bpf_core_type_exists(u32___alias));
  ADD(bpf_core_type_exists(struct no_such_structure));
  ADD(bpf_core_type_exists(union no_such_union));
  ADD(bpf_core_type_exists(no_such_alias));
  return 0;
}

SEC("raw_tp/sys_enter")
int sizes(void* ctx) {
  sink = bpf_core_type_size(struct core_inner);
  sink += bpf_core_type_size(union core_union);
  sink += bpf_core_type_size(enum core_plain);
  sink += bpf_core_type_size(core_int_alias);
  sink += bpf_core_type_size(core_array_alias);
  sink += bpf_core_type_size(struct task_struct);
  sink += bpf_core_type_size(struct list_head);
  sink += bpf_core_type_size(struct no_such_structure);
  return 0;
}

SEC("raw_tp/sys_enter")
int numbers(void* ctx) {
  sink = bpf_core_type_id_local(struct core_inner);
  sink += bpf_core_type_id_kernel(struct core_inner);
  sink += bpf_core_type_id_local(struct task_struct);
  sink += bpf_core_type_id_kernel(struct task_struct);
  sink += bpf_core_type_id_kernel(enum pid_type);
  sink += bpf_core_type_id_kernel(struct no_such_structure);
  return 0;
}

#if __clang_major__ >= 15  // which introduced bpf_core_type_matches()
SEC("raw_tp/sys_enter")
int matches(void* ctx) {
  sink = 1;
  ADD(bpf_core_type_matches(struct core_inner));
  ADD(bpf_core_type_matches(struct core_nested));
  ADD(bpf_core_type_matches(struct core_arrays));
  ADD(bpf_core_type_matches(struct core_widths));
  ADD(bpf_core_type_matches(struct core_bits));
  ADD(bpf_core_type_matches(union core_union));
  ADD(bpf_core_type_matches(enum core_plain));
  ADD(bpf_core_type_matches(enum core_negative));
  ADD(bpf_core_type_matches(core_callback));
  ADD(bpf_core_type_matches(core_int_alias));
  ADD(bpf_core_type_matches(core_array_alias));
  return 0;
}

SEC("raw_tp/sys_enter")
int matches_of_the_kernel(void* ctx) {
  sink = 1;
  ADD(bpf_core_type_matches(struct task_struct));
  ADD(bpf_core_type_matches(struct task_struct___wrong));
  ADD(bpf_core_type_matches(struct task_struct___with_pointer));
  ADD(bpf_core_type_matches(struct list_head));
  ADD(bpf_core_type_matches(struct hlist_head___too_many));
  ADD(bpf_core_type_matches(enum pid_type));
  ADD(bpf_core_type_matches(enum pid_type___other));
  ADD(bpf_core_type_matches(pid_t___alias));
  ADD(bpf_core_type_matches(atomic_t));
  ADD(bpf_core_type_matches(irq_handler_t___wrong));
  ADD(bpf_core_type_matches(struct no_such_structure));
  return 0;
}

SEC("raw_tp/sys_enter")
int wide(void* ctx) {
  sink = 1;
  ADD(bpf_core_type_exists(enum core_wide));
  ADD(bpf_core_type_matches(enum core_wide));
  ADD(bpf_core_type_matches(enum core_wide_negative));
  sink += bpf_core_type_size(enum core_wide_negative);
  return 0;
}
#endif
