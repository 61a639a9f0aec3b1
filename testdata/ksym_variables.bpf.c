// Variables of the kernel, found in its BTF: one for each processor, and a weak one that does not exist.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct rq {
  int cpu;
} __attribute__((preserve_access_index));

extern const struct rq runqueues __ksym;
extern const int ebpf_test_no_such_variable __ksym __weak;

__u32 queue_processor = -1;
__u32 own_processor = -2;
__u64 missing_address = 1;

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp")
int read_variable(void* ctx) {
  const struct rq* queue = bpf_this_cpu_ptr(&runqueues);

  own_processor = bpf_get_smp_processor_id();
  queue_processor = queue->cpu;
  missing_address = (__u64)&ebpf_test_no_such_variable;
  return 0;
}
