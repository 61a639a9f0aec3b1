// A helper that is for programs under the GPL only.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tracepoint/syscalls/sys_enter_write")
int prints(void *ctx) {
  bpf_printk("hello");
  return 0;
}
SEC("socket")
int needs_nothing(void *ctx) { return 0; }

char LICENSE[] SEC("license") = "Proprietary";
