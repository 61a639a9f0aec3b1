// Every macro of the BPF-side headers, once at least, for headers_test.sh: compiled with our headers and with libbpf's,
// by several compilers and for several architectures, the code has to be the same. It is never loaded.
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

// Made up, so that no architecture's own header is needed: registers as the kernel calls them.
#define __VMLINUX_H__
typedef unsigned long ulong_t;
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
  ulong_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
  ulong_t regs[31], sp, pc, pstate;
};
struct pt_regs {
  struct user_pt_regs user_regs;
  ulong_t orig_x0;
};
#elif defined(__TARGET_ARCH_s390)
typedef struct {
  ulong_t args[1];
  struct {
    ulong_t mask, addr;
  } psw;
  ulong_t gprs[16];
} user_pt_regs;
struct pt_regs {
  user_pt_regs user_regs;
  ulong_t orig_gpr2;
};
#elif defined(__TARGET_ARCH_riscv)
struct user_regs_struct {
  ulong_t pc, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7;
};
struct pt_regs {
  struct user_regs_struct user_regs;
  ulong_t orig_a0;
};
#elif defined(__TARGET_ARCH_powerpc)
struct pt_regs {
  ulong_t gpr[32], nip, msr, orig_gpr3, ctr, link;
};
#elif defined(__TARGET_ARCH_loongarch)
struct user_pt_regs {
  ulong_t regs[32], orig_a0, csr_era, csr_badv;
};
struct pt_regs {
  struct user_pt_regs user_regs;
};
#elif defined(__TARGET_ARCH_mips)
struct pt_regs {
  ulong_t regs[32], cp0_status, hi, lo, cp0_badvaddr, cp0_cause, cp0_epc;
};
#elif defined(__TARGET_ARCH_arm)
struct pt_regs {
  ulong_t uregs[18];
};
#elif defined(__TARGET_ARCH_sparc)
enum { UREG_I0 = 8, UREG_I1, UREG_I2, UREG_I3, UREG_I4, UREG_I5, UREG_FP = 14, UREG_I7 };
struct pt_regs {
  ulong_t u_regs[16], tstate, tpc, tnpc;
};
#elif defined(__TARGET_ARCH_arc)
struct user_regs_struct {
  struct {
    ulong_t bta, lp_start, lp_end, lp_count, status32, ret, blink, fp, gp, r12, r11, r10, r9, r8, r7, r6, r5, r4, r3, r2;
    ulong_t r1, r0, sp;
  } scratch;
};
struct pt_regs {
  struct user_regs_struct user_regs;
};
#endif
#include <bpf/bpf_tracing.h>

struct inner {
  int number;
  const char *text;
};
struct outer {
  unsigned int low : 3;
  int high : 13;
  unsigned long long wide : 40;
  char name[16];
  struct inner *next;
  struct inner here;
} __attribute__((preserve_access_index));
enum kind { KIND_A = 1, KIND_B = 1000 };
enum : unsigned long { LARGE = 0x100000000ULL };

// Later than the libbpf of Debian 12.
#ifdef LIBBPF_1_1
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define BPF_UPROBE BPF_KPROBE
#define BPF_URETPROBE BPF_KRETPROBE
#endif

// ---- maps ----

struct {
  __uint(type, 1 /* hash */);
  __uint(max_entries, 7);
  __uint(pinning, LIBBPF_PIN_BY_NAME);
  __type(key, unsigned int);
  __type(value, struct inner);
} named SEC(".maps");

struct {
  __uint(type, 3 /* program array */);
  __uint(max_entries, 2);
  __uint(key_size, 4);
  __array(values, int(void *));
} programs SEC(".maps");

// ---- attributes ----

extern int LINUX_KERNEL_VERSION __kconfig;
extern enum libbpf_tristate CONFIG_BPF __kconfig __weak;
extern void bpf_rcu_read_lock(void) __ksym;
extern const int bpf_prog_active __ksym __weak;
struct in_map {
  struct inner __kptr *owned;
};
__hidden int hidden_value;
__weak int weak_value;
volatile long sink;

static __noinline int not_inlined(int a) { return a + (int)sink; }
__hidden int hidden_function(int a) { return a * (int)sink; }
__weak int weak_function(int a) { return likely(a) ? a - (int)sink : 0; }
static __always_inline int inlined(int a) { return unlikely(a > 5) ? (int)sink : a; }

SEC("socket")
int attributes(void *ctx) {
  if (LINUX_KERNEL_VERSION >= KERNEL_VERSION(5, 10, 300)) return 1;
  if (CONFIG_BPF == TRI_MODULE || CONFIG_BPF == TRI_NO) return TRI_YES;
  bpf_rcu_read_lock();
  struct in_map *in_map = bpf_map_lookup_elem(&named, &(unsigned int){1});
  if (in_map && in_map->owned) return 2;
  struct inner *in = container_of((int *)ctx, struct inner, number);
  sink += offsetof(struct inner, text) + (long)in;
  barrier();
  int number = inlined(4);
  barrier_var(number);
  bpf_tail_call_static(ctx, &programs, 1);
  return not_inlined(number) + hidden_function(1) + weak_function(2) + hidden_value + weak_value;
}

SEC("socket")
int bytes_of_the_network(struct inner *ctx) {
  switch ((unsigned short)sink) {
    case bpf_htons(80): return 1;
    case bpf_ntohs(443): return 2;
  }
  static const unsigned int constant = bpf_htonl(0x01020304);
  unsigned long long wide = bpf_cpu_to_be64(sink) ^ bpf_be64_to_cpu(sink + 1);
  return (int)(bpf_ntohl(constant + (unsigned int)sink) + wide + bpf_htons((unsigned short)ctx->number));
}

// ---- output ----

SEC("tp_btf/x")
int output(unsigned long long *ctx) {
  char buffer[32];
  bpf_printk("nothing");
  bpf_printk("one %d", 1);
  bpf_printk("three %d %s %lx", (int)sink, "two", sink);
  bpf_printk("four %d %d %d %d", 1, 2, 3, (int)sink);
  BPF_SEQ_PRINTF((struct seq_file *)ctx[0], "%d %p", (int)sink, (void *)ctx[1]);
  BPF_SNPRINTF(buffer, sizeof buffer, "%d %s %d", 1, "x", (int)sink);
  return buffer[0];
}

// ---- CO-RE ----

SEC("raw_tp/x")
int core(unsigned long long *ctx) {
  struct outer *outer = (struct outer *)ctx[0];
  char name[16];
  int number;
  long sum = BPF_CORE_READ(outer, next, number) + (long)BPF_CORE_READ(outer, next, text) +
             BPF_CORE_READ(outer, here.number) + BPF_CORE_READ_USER(outer, next, number);
  BPF_CORE_READ_INTO(&number, outer, next, number);
  BPF_CORE_READ_USER_INTO(&number, outer, here.number);
  BPF_CORE_READ_STR_INTO(&name, outer, name);
  BPF_CORE_READ_USER_STR_INTO(&name, outer, next, text);
  bpf_core_read(&number, sizeof number, &outer->here.number);
  bpf_core_read_user(&number, sizeof number, &outer->here.number);
  bpf_core_read_str(name, sizeof name, &outer->name);
  bpf_core_read_user_str(name, sizeof name, &outer->name);
  return (int)(sum + number + name[0]);
}

SEC("raw_tp/x")
int questions(unsigned long long *ctx) {
  struct outer *outer = (struct outer *)ctx;
  sink = bpf_core_field_exists(outer->next);
  sink = bpf_core_field_exists(struct outer, here.text);
  sink = bpf_core_field_size(outer->name);
  sink = bpf_core_field_offset(struct outer, here.text);
  sink = bpf_core_type_exists(struct outer);
  sink = bpf_core_type_size(struct inner);
  sink = bpf_core_type_id_local(struct inner);
  sink = bpf_core_type_id_kernel(struct outer);
#if __clang_major__ >= 15
  sink = bpf_core_type_matches(struct outer);
#endif
  sink = bpf_core_enum_value_exists(enum kind, KIND_A);
  sink = bpf_core_enum_value(enum kind, KIND_B);
  return 0;
}

SEC("raw_tp/x")
int bit_fields(unsigned long long *ctx) {
  struct outer *outer = (struct outer *)ctx;
  sink = BPF_CORE_READ_BITFIELD(outer, low);
  sink = BPF_CORE_READ_BITFIELD(outer, high);
  return 0;
}

SEC("raw_tp/x")
int bit_fields_by_reading(unsigned long long *ctx) {
  struct outer *outer = (struct outer *)ctx;
  sink = BPF_CORE_READ_BITFIELD_PROBED(outer, low);
  sink = BPF_CORE_READ_BITFIELD_PROBED(outer, high);
  sink = BPF_CORE_READ_BITFIELD_PROBED(outer, wide);
  return 0;
}

// Not compared: ours take bpf_probe_read_kernel for these.
#ifdef OWN
SEC("raw_tp/x")
int fixed_layout(unsigned long long *ctx) {
  char name[16];
  int number;
  long sum = 0;
  sum += BPF_PROBE_READ((struct inner *)ctx, number) + BPF_PROBE_READ_USER((struct inner *)ctx, number);
  BPF_PROBE_READ_INTO(&number, (struct inner *)ctx, number);
  BPF_PROBE_READ_USER_INTO(&number, (struct inner *)ctx, number);
  BPF_PROBE_READ_STR_INTO(&name, (struct inner *)ctx, text);
  BPF_PROBE_READ_USER_STR_INTO(&name, (struct inner *)ctx, text);
  return (int)(sum + number + name[0]);
}
#endif

// ---- loops ----

#ifdef OWN
struct bpf_iter_num {
  unsigned long long state[1];
} __attribute__((aligned(8)));
struct bpf_iter_task {
  unsigned long long state[3];
} __attribute__((aligned(8)));
struct task_struct;
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned int flags) __weak __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __weak __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __weak __ksym;

SEC("raw_tp/x")
int loops(void *ctx) {
  struct task_struct *task;
  int i, sum = 0;
  bpf_for(i, 0, 10) {
    if (i == 7) break;
    if (i == 2) continue;
    sum += i;
  }
  bpf_repeat(3) sum += (int)sink;
  bpf_for_each(task, task, NULL, 0) sum += task != NULL;
  if (bpf_ksym_exists(bpf_iter_task_new)) bpf_stream_printk(1, "%d", sum);
  return bpf_core_cast(ctx, struct outer)->here.number;
}
#endif

// ---- tracing ----

SEC("fentry/x")
int BPF_PROG(no_arguments) { return ctx != 0; }

SEC("fentry/x")
int BPF_PROG(some_arguments, int a, struct inner *b, unsigned char c) { return a + b->number + c; }

SEC("fexit/x")
int BPF_PROG(many_arguments, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k,
             int ret) {
  return (int)(a + b + c + d + e + f + g + h + i + j + k + ret);
}

SEC("fentry/x")
int BPF_PROG2(by_value, struct inner, in, char, c, struct inner *, p) { return in.number + c + (in.text != 0) + (p != 0); }

#ifdef ARCHITECTURE

SEC("kprobe/x")
int BPF_KPROBE(on_call, int a, struct inner *b, char c, long d) { return a + (b != 0) + c + (int)d; }

SEC("kprobe/x")
int BPF_KPROBE(on_call_bare) { return (int)PT_REGS_PARM1(ctx); }

SEC("kretprobe/x")
int BPF_KRETPROBE(on_return, int result) { return result; }

SEC("uprobe")
int BPF_UPROBE(on_user_call, void *p) { return p != 0; }

SEC("uretprobe")
int BPF_URETPROBE(on_user_return, long result) { return (int)result; }

// Elsewhere libbpf 1.1 has mistakes in these.
#if defined(OWN) || defined(__TARGET_ARCH_x86)

SEC("ksyscall/x")
int BPF_KSYSCALL(on_system_call, int fd, const char *path, long flags, int mode) {
  return fd + (path != 0) + (int)flags + mode;
}

SEC("kprobe/x")
int registers(struct pt_regs *ctx) {
  unsigned long ip = 0;
  sink = PT_REGS_PARM1(ctx);
  sink = PT_REGS_PARM2(ctx);
  sink = PT_REGS_PARM3(ctx);
  sink = PT_REGS_PARM4(ctx);
#if !defined(__TARGET_ARCH_arm)
  sink = PT_REGS_PARM5(ctx);
#endif
  sink = PT_REGS_RET(ctx);
#if !defined(__TARGET_ARCH_sparc)
  sink = PT_REGS_FP(ctx);
#endif
  sink = PT_REGS_RC(ctx);
  sink = PT_REGS_SP(ctx);
  sink = PT_REGS_IP(ctx);
  sink = PT_REGS_PARM1_SYSCALL(ctx);
  sink = PT_REGS_PARM4_SYSCALL(ctx);
  BPF_KPROBE_READ_RET_IP(ip, ctx);
  BPF_KRETPROBE_READ_RET_IP(ip, ctx);
  return (int)ip;
}

SEC("kprobe/x")
int registers_by_reading(struct pt_regs *ctx) {
  struct pt_regs *regs = PT_REGS_SYSCALL_REGS(ctx);
  sink = PT_REGS_PARM1_CORE(regs);
#if !defined(__TARGET_ARCH_arm)
  sink = PT_REGS_PARM5_CORE(regs);
#endif
  sink = PT_REGS_RET_CORE(regs);
#if !defined(__TARGET_ARCH_sparc)
  sink = PT_REGS_FP_CORE(regs);
#endif
  sink = PT_REGS_RC_CORE(regs);
  sink = PT_REGS_SP_CORE(regs);
  sink = PT_REGS_IP_CORE(regs);
  sink = PT_REGS_PARM1_CORE_SYSCALL(regs);
  sink = PT_REGS_PARM2_CORE_SYSCALL(regs);
  sink = PT_REGS_PARM4_CORE_SYSCALL(regs);
  return 0;
}

#endif
#endif  // ARCHITECTURE

char LICENSE[] SEC("license") = "GPL";
