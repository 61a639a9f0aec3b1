// Kernel configuration of every type that an option can have. The values that a test expects are in the text that it
// gives (LoadOptions::kernel_config).
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

extern bool CONFIG_TEST_YES __kconfig;
extern bool CONFIG_TEST_ABSENT_BOOL __kconfig __weak;
extern enum libbpf_tristate CONFIG_TEST_TRISTATE_YES __kconfig;
extern enum libbpf_tristate CONFIG_TEST_TRISTATE_MODULE __kconfig;
extern char CONFIG_TEST_CHAR __kconfig;
extern signed char CONFIG_TEST_S8 __kconfig;
extern unsigned short CONFIG_TEST_U16 __kconfig;
extern int CONFIG_TEST_S32 __kconfig;
extern unsigned int CONFIG_TEST_HEX __kconfig;
extern long CONFIG_TEST_S64 __kconfig;
extern unsigned long CONFIG_TEST_U64 __kconfig;
extern const char CONFIG_TEST_STRING[16] __kconfig;
extern const char CONFIG_TEST_LONG_STRING[4] __kconfig;
extern unsigned int CONFIG_TEST_ABSENT __kconfig __weak;
extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig;
extern bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
extern bool LINUX_HAS_SOMETHING_THAT_COMES_LATER __kconfig __weak;

__u64 sum;
char text[16];

char LICENSE[] SEC("license") = "GPL";

// Adds everything up, so that all of it is used and what the program sees can be told from outside.
SEC("raw_tp")
int read_all(void* ctx) {
  sum = CONFIG_TEST_YES + CONFIG_TEST_ABSENT_BOOL + CONFIG_TEST_TRISTATE_YES + CONFIG_TEST_TRISTATE_MODULE +
        CONFIG_TEST_CHAR + CONFIG_TEST_S8 + CONFIG_TEST_U16 + CONFIG_TEST_S32 + CONFIG_TEST_HEX + CONFIG_TEST_S64 +
        CONFIG_TEST_U64 + CONFIG_TEST_ABSENT + LINUX_HAS_SOMETHING_THAT_COMES_LATER;
  for (int i = 0; i < 16; ++i) text[i] = CONFIG_TEST_STRING[i];
  return CONFIG_TEST_LONG_STRING[2] + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER + (LINUX_KERNEL_VERSION != 0);
}
