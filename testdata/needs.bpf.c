// What `ebpf features --for` has to find, each in a program of its own: things that no kernel has, or that a library may
// not know, named in a subprogram, a map, an extern. And what it must not take for missing. None is to be loaded.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

extern void ebpf_test_no_such_kfunc(void) __ksym;
extern void ebpf_test_no_such_kfunc___weak(void) __ksym __weak;
extern int CONFIG_EBPF_TEST_NO_SUCH_OPTION __kconfig;
extern int CONFIG_EBPF_TEST_NO_SUCH_WEAK_OPTION __kconfig __weak;
extern unsigned int LINUX_KERNEL_VERSION __kconfig;

static long (*no_such_helper)(void*) = (void*)4000;

struct {
  __uint(type, 4000);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} no_such_type SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(map_flags, 0x80000000u | BPF_F_NO_PREALLOC);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} no_such_flag SEC(".maps");

char LICENSE[] SEC("license") = "GPL";

static __attribute__((noinline)) int inner(int value) {
  ebpf_test_no_such_kfunc();
  return value + 1;
}

static __attribute__((noinline)) int outer(int value) { return inner(value) + 1; }

SEC("tc")
int kfunc_far_away(void* ctx) { return outer((long)ctx); }

SEC("tc")
int weak(void* ctx) {
  if (ebpf_test_no_such_kfunc___weak) ebpf_test_no_such_kfunc___weak();
  return 0;
}

SEC("tc")
int option(void* ctx) {
  return CONFIG_EBPF_TEST_NO_SUCH_OPTION + CONFIG_EBPF_TEST_NO_SUCH_WEAK_OPTION + (LINUX_KERNEL_VERSION != 0);
}

SEC("tc")
int numbers(void* ctx) {
  __u32 key = 0;
  return no_such_helper(ctx) + !bpf_map_lookup_elem(&no_such_type, &key) + !bpf_map_lookup_elem(&no_such_flag, &key);
}

// Together with a subprogram, more than the 4,096 instructions of old kernels.
static __attribute__((noinline)) __u64 mixed(__u64 sum) {
#pragma clang loop unroll(full)
  for (int i = 0; i < 500; ++i) sum = sum * 31 + bpf_ktime_get_ns();
  return sum;
}

SEC("tc")
int large(void* ctx) {
  __u64 sum = mixed(1);
#pragma clang loop unroll(full)
  for (int i = 0; i < 900; ++i) sum = sum * 31 + bpf_ktime_get_ns();
  return sum;
}

SEC("uprobe.s//bin/sh:main")
int sleepable(void* ctx) { return 0; }

struct ebpf_test_no_such_ops {
  int (*callback)(int value);
};

SEC("struct_ops/callback")
int BPF_PROG(callback, int value) { return value; }

SEC(".struct_ops")
struct ebpf_test_no_such_ops ops = {.callback = (void*)callback};
