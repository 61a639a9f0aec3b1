// Variables of the kernel by name, with their types; weak ones that are not there.
#include "kernel_types.h"

struct rq {
  unsigned int nr_running;
  int cpu;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;
extern const int bpf_prog_active __ksym;
extern const int no_such_variable __ksym __weak;

int active = 0;

SEC("raw_tp/sys_enter")
int per_cpu(const void *ctx) {
  const struct rq *rq = bpf_per_cpu_ptr(&runqueues, 0);
  const int *here;
  if (rq) active += rq->cpu;
  rq = bpf_this_cpu_ptr(&runqueues);
  active += rq->cpu;
  here = bpf_this_cpu_ptr(&bpf_prog_active);
  active += *here;
  return 0;
}
SEC("raw_tp/sys_exit")
int weak_variable(const void *ctx) {
  if (&no_such_variable) return no_such_variable;
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
