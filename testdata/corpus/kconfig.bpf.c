// The kernel's configuration as variables, those that are not set weak.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern unsigned int CONFIG_HZ __kconfig __weak;
extern _Bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern enum libbpf_tristate CONFIG_BPF_JIT __kconfig __weak;
extern enum libbpf_tristate CONFIG_IPV6 __kconfig __weak;
extern char CONFIG_DEFAULT_HOSTNAME[32] __kconfig __weak;
extern unsigned long CONFIG_LOG_BUF_SHIFT __kconfig __weak;
extern _Bool CONFIG_NO_SUCH_OPTION __kconfig __weak;
extern int CONFIG_NO_SUCH_NUMBER __kconfig __weak;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;

__u64 out[8] = {};
char host[32] = {};

SEC("raw_tp/sys_enter")
int collect(void *ctx) {
  out[0] = LINUX_KERNEL_VERSION;
  out[1] = CONFIG_HZ;
  out[2] = CONFIG_BPF_SYSCALL;
  out[3] = CONFIG_BPF_JIT;
  out[4] = CONFIG_IPV6 == TRI_MODULE;
  out[5] = CONFIG_NO_SUCH_OPTION + CONFIG_NO_SUCH_NUMBER;
  out[6] = LINUX_HAS_SYSCALL_WRAPPER | LINUX_HAS_BPF_COOKIE << 1;
  out[7] = CONFIG_LOG_BUF_SHIFT;
  for (int i = 0; i < 32; i++) host[i] = CONFIG_DEFAULT_HOSTNAME[i];
  return 0;
}
SEC("raw_tp/sys_enter")
int branches(void *ctx) {
  if (LINUX_KERNEL_VERSION < KERNEL_VERSION(4, 0, 0)) {
    volatile char *null = (void *)0;
    return *null;
  }
  return LINUX_HAS_BPF_COOKIE ? bpf_get_smp_processor_id() : 0;
}

char LICENSE[] SEC("license") = "GPL";
