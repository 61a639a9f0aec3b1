// What only the running kernel can supply: kernel functions, kernel symbols, kernel configuration; strong and weak.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

// libbpf 1.1 takes a function for another one when a type is declared only, so this one is defined.
struct task_struct {
  int pid;
};

// Kernel functions. The second of each pair does not exist in any kernel.
extern struct task_struct* bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct* task) __ksym;
extern void ebpf_test_no_such_kfunc(void) __ksym __weak;

// Kernel symbols: by address, without a type.
extern const void bpf_prog_put __ksym;
extern const void ebpf_test_no_such_symbol __ksym __weak;

// Kernel configuration.
extern unsigned int CONFIG_HZ __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern unsigned long CONFIG_EBPF_TEST_NO_SUCH_OPTION __kconfig __weak;

__u64 result;

char LICENSE[] SEC("license") = "GPL";

SEC("syscall")
int kfunc(void* ctx) {
  struct task_struct* task = bpf_task_from_pid(bpf_get_current_pid_tgid() >> 32);
  if (!task) return 1;
  bpf_task_release(task);
  return 0;
}

SEC("syscall")
int weak_kfunc(void* ctx) {
  if (ebpf_test_no_such_kfunc) ebpf_test_no_such_kfunc();
  return 0;
}

SEC("syscall")
int ksym(void* ctx) {
  result = (__u64)&bpf_prog_put;
  return result == 0;
}

SEC("syscall")
int weak_ksym(void* ctx) {
  result = (__u64)&ebpf_test_no_such_symbol;
  return result != 0;
}

SEC("syscall")
int kconfig(void* ctx) {
  result = LINUX_KERNEL_VERSION;
  return CONFIG_BPF_SYSCALL ? CONFIG_HZ : 0;
}

SEC("syscall")
int weak_kconfig(void* ctx) { return CONFIG_EBPF_TEST_NO_SUCH_OPTION; }

// Needs none of them.
SEC("syscall")
int plain(void* ctx) {
  return ++result;
}
