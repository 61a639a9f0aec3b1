// The smallest that does something, once with a map's help and once without any.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

int my_pid = 0;

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, unsigned int);
  __type(value, int);
} my_pid_map SEC(".maps");

SEC("tp/syscalls/sys_enter_write")
int handle_tp(void *ctx) {
  int pid = bpf_get_current_pid_tgid() >> 32;
  if (pid != my_pid) return 0;
  bpf_printk("BPF triggered from PID %d.\n", pid);
  return 0;
}
SEC("tp/syscalls/sys_enter_write")
int handle_tp_legacy(void *ctx) {
  unsigned int index = 0;
  int pid = bpf_get_current_pid_tgid() >> 32;
  int *mine = bpf_map_lookup_elem(&my_pid_map, &index);
  if (!mine || *mine != pid) return 1;
  bpf_printk("BPF triggered from PID %d.\n", pid);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
