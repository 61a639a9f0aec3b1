// Tracing for BPF C: arguments of functions, tracepoints and system calls by name instead of by register.
//
//     SEC("fentry/do_unlinkat")
//     int BPF_PROG(on_unlink, int dfd, struct filename *name) …
//
//     SEC("kprobe/do_unlinkat")
//     int BPF_KPROBE(on_unlink, int dfd, struct filename *name) …
//
// Which registers hold them is the machine's calling convention. A program says which machine it is for by
// -D__TARGET_ARCH_x86 (arm64, s390, riscv, powerpc, loongarch, arm, mips, sparc, arc); what needs no register can do
// without. <linux/ptrace.h> or vmlinux.h comes before this header: they have `struct pt_regs`.
#ifndef __BPF_TRACING_H__
#define __BPF_TRACING_H__

#include "bpf_helpers.h"

// ---- registers ----
//
// Of each machine: the structure that has them, then the members that hold a function's arguments, what it returns
// (RC), where it returns to (RET), the frame, the stack and the place in the code; and the arguments of a system call,
// where they are elsewhere. s390, arm64, riscv and loongarch keep registers in structures of their own (user_pt_regs,
// …), and a system call's first argument in struct pt_regs.

#if defined(__TARGET_ARCH_x86)

#define ___PT_REGS(x) ((const struct pt_regs*)(x))
#if defined(__KERNEL__) || defined(__VMLINUX_H__)
#define __PT_PARM1_REG di
#define __PT_PARM2_REG si
#define __PT_PARM3_REG dx
#define __PT_PARM4_REG cx
#define __PT_PARM5_REG r8
#define __PT_PARM6_REG r9
#define __PT_RET_REG sp
#define __PT_FP_REG bp
#define __PT_RC_REG ax
#define __PT_SP_REG sp
#define __PT_IP_REG ip
#define __PT_PARM4_SYSCALL_REG r10
#else  // as <linux/ptrace.h> names them
#define __PT_PARM1_REG rdi
#define __PT_PARM2_REG rsi
#define __PT_PARM3_REG rdx
#define __PT_PARM4_REG rcx
#define __PT_PARM5_REG r8
#define __PT_PARM6_REG r9
#define __PT_RET_REG rsp
#define __PT_FP_REG rbp
#define __PT_RC_REG rax
#define __PT_SP_REG rsp
#define __PT_IP_REG rip
#define __PT_PARM4_SYSCALL_REG r10
#endif

#elif defined(__TARGET_ARCH_arm64)

#define ___PT_REGS(x) ((const struct user_pt_regs*)(x))
#define __PT_PARM1_REG regs[0]
#define __PT_PARM2_REG regs[1]
#define __PT_PARM3_REG regs[2]
#define __PT_PARM4_REG regs[3]
#define __PT_PARM5_REG regs[4]
#define __PT_PARM6_REG regs[5]
#define __PT_PARM7_REG regs[6]
#define __PT_PARM8_REG regs[7]
#define __PT_RET_REG regs[30]
#define __PT_FP_REG regs[29]
#define __PT_RC_REG regs[0]
#define __PT_SP_REG sp
#define __PT_IP_REG pc
#define ___PT_SYSCALL_FIRST orig_x0

#elif defined(__TARGET_ARCH_s390)

#define ___PT_REGS(x) ((const user_pt_regs*)(x))
#define __PT_PARM1_REG gprs[2]
#define __PT_PARM2_REG gprs[3]
#define __PT_PARM3_REG gprs[4]
#define __PT_PARM4_REG gprs[5]
#define __PT_PARM5_REG gprs[6]
#define __PT_RET_REG gprs[14]
#define __PT_FP_REG gprs[11]
#define __PT_RC_REG gprs[2]
#define __PT_SP_REG gprs[15]
#define __PT_IP_REG psw.addr
#define ___PT_SYSCALL_FIRST orig_gpr2
#define __PT_PARM6_SYSCALL_REG gprs[7]

#elif defined(__TARGET_ARCH_arm)

#define ___PT_REGS(x) ((const struct pt_regs*)(x))
#define __PT_PARM1_REG uregs[0]
#define __PT_PARM2_REG uregs[1]
#define __PT_PARM3_REG uregs[2]
#define __PT_PARM4_REG uregs[3]
#define __PT_RET_REG uregs[14]
#define __PT_FP_REG uregs[11]
#define __PT_RC_REG uregs[0]
#define __PT_SP_REG uregs[13]
#define __PT_IP_REG uregs[15]
#define __PT_PARM5_SYSCALL_REG uregs[4]
#define __PT_PARM6_SYSCALL_REG uregs[5]
#define __PT_PARM7_SYSCALL_REG uregs[6]

#elif defined(__TARGET_ARCH_mips)

#define ___PT_REGS(x) ((const struct pt_regs*)(x))
#define __PT_PARM1_REG regs[4]
#define __PT_PARM2_REG regs[5]
#define __PT_PARM3_REG regs[6]
#define __PT_PARM4_REG regs[7]
#define __PT_PARM5_REG regs[8]
#define __PT_PARM6_REG regs[9]
#define __PT_PARM7_REG regs[10]
#define __PT_PARM8_REG regs[11]
#define __PT_RET_REG regs[31]
#define __PT_FP_REG regs[30]
#define __PT_RC_REG regs[2]
#define __PT_SP_REG regs[29]
#define __PT_IP_REG cp0_epc

#elif defined(__TARGET_ARCH_powerpc)

#define ___PT_REGS(x) ((const struct pt_regs*)(x))
#define __PT_PARM1_REG gpr[3]
#define __PT_PARM2_REG gpr[4]
#define __PT_PARM3_REG gpr[5]
#define __PT_PARM4_REG gpr[6]
#define __PT_PARM5_REG gpr[7]
#define __PT_PARM6_REG gpr[8]
#define __PT_PARM7_REG gpr[9]
#define __PT_PARM8_REG gpr[10]
#define __PT_RET_REG link
#define __PT_FP_REG gpr[31]
#define __PT_RC_REG gpr[3]
#define __PT_SP_REG gpr[1]
#define __PT_IP_REG nip
#define ___PT_SYSCALL_FIRST orig_gpr3

#elif defined(__TARGET_ARCH_sparc)

// 64 bits. There is no frame pointer in these registers.
#define ___PT_REGS(x) ((const struct pt_regs*)(x))
#define __PT_PARM1_REG u_regs[UREG_I0]
#define __PT_PARM2_REG u_regs[UREG_I1]
#define __PT_PARM3_REG u_regs[UREG_I2]
#define __PT_PARM4_REG u_regs[UREG_I3]
#define __PT_PARM5_REG u_regs[UREG_I4]
#define __PT_PARM6_REG u_regs[UREG_I5]
#define __PT_RET_REG u_regs[UREG_I7]
#define __PT_RC_REG u_regs[UREG_I0]
#define __PT_SP_REG u_regs[UREG_FP]
#define __PT_IP_REG tpc

#elif defined(__TARGET_ARCH_riscv)

#define ___PT_REGS(x) ((const struct user_regs_struct*)(x))
#define __PT_PARM1_REG a0
#define __PT_PARM2_REG a1
#define __PT_PARM3_REG a2
#define __PT_PARM4_REG a3
#define __PT_PARM5_REG a4
#define __PT_PARM6_REG a5
#define __PT_PARM7_REG a6
#define __PT_PARM8_REG a7
#define __PT_RET_REG ra
#define __PT_FP_REG s0
#define __PT_RC_REG a0
#define __PT_SP_REG sp
#define __PT_IP_REG pc
#define ___PT_SYSCALL_FIRST orig_a0

#elif defined(__TARGET_ARCH_arc)

#define ___PT_REGS(x) ((const struct user_regs_struct*)(x))
#define __PT_PARM1_REG scratch.r0
#define __PT_PARM2_REG scratch.r1
#define __PT_PARM3_REG scratch.r2
#define __PT_PARM4_REG scratch.r3
#define __PT_PARM5_REG scratch.r4
#define __PT_PARM6_REG scratch.r5
#define __PT_PARM7_REG scratch.r6
#define __PT_PARM8_REG scratch.r7
#define __PT_RET_REG scratch.blink
#define __PT_FP_REG scratch.fp
#define __PT_RC_REG scratch.r0
#define __PT_SP_REG scratch.sp
#define __PT_IP_REG scratch.ret

#elif defined(__TARGET_ARCH_loongarch)

#define ___PT_REGS(x) ((const struct user_pt_regs*)(x))
#define __PT_PARM1_REG regs[4]
#define __PT_PARM2_REG regs[5]
#define __PT_PARM3_REG regs[6]
#define __PT_PARM4_REG regs[7]
#define __PT_PARM5_REG regs[8]
#define __PT_PARM6_REG regs[9]
#define __PT_PARM7_REG regs[10]
#define __PT_PARM8_REG regs[11]
#define __PT_RET_REG regs[1]
#define __PT_FP_REG regs[22]
#define __PT_RC_REG regs[4]
#define __PT_SP_REG regs[3]
#define __PT_IP_REG csr_era
#define ___PT_SYSCALL_FIRST orig_a0

#endif

#ifdef ___PT_REGS

// What a machine does not have in registers: using it does not compile, and says why.
#define ___PT_NONE(what)                                               \
  ({                                                                   \
    _Static_assert(0, what " is in no register of this architecture"); \
    0ULL;                                                              \
  })

#define ___PT_READ(x, reg) (___PT_REGS(x)->reg)
// By a read of kernel memory that is fitted to the running kernel; for where the registers are no argument but pointed
// at.
#define ___PT_READ_CORE(x, reg) BPF_CORE_READ(___PT_REGS(x), reg)

#define PT_REGS_PARM1(x) ___PT_READ(x, __PT_PARM1_REG)
#define PT_REGS_PARM1_CORE(x) ___PT_READ_CORE(x, __PT_PARM1_REG)
#define PT_REGS_PARM2(x) ___PT_READ(x, __PT_PARM2_REG)
#define PT_REGS_PARM2_CORE(x) ___PT_READ_CORE(x, __PT_PARM2_REG)
#define PT_REGS_PARM3(x) ___PT_READ(x, __PT_PARM3_REG)
#define PT_REGS_PARM3_CORE(x) ___PT_READ_CORE(x, __PT_PARM3_REG)
#define PT_REGS_PARM4(x) ___PT_READ(x, __PT_PARM4_REG)
#define PT_REGS_PARM4_CORE(x) ___PT_READ_CORE(x, __PT_PARM4_REG)
#ifdef __PT_PARM5_REG
#define PT_REGS_PARM5(x) ___PT_READ(x, __PT_PARM5_REG)
#define PT_REGS_PARM5_CORE(x) ___PT_READ_CORE(x, __PT_PARM5_REG)
#else
#define PT_REGS_PARM5(x) ___PT_NONE("argument 5")
#define PT_REGS_PARM5_CORE(x) ___PT_NONE("argument 5")
#endif
#ifdef __PT_PARM6_REG
#define PT_REGS_PARM6(x) ___PT_READ(x, __PT_PARM6_REG)
#define PT_REGS_PARM6_CORE(x) ___PT_READ_CORE(x, __PT_PARM6_REG)
#else
#define PT_REGS_PARM6(x) ___PT_NONE("argument 6")
#define PT_REGS_PARM6_CORE(x) ___PT_NONE("argument 6")
#endif
#ifdef __PT_PARM7_REG
#define PT_REGS_PARM7(x) ___PT_READ(x, __PT_PARM7_REG)
#define PT_REGS_PARM7_CORE(x) ___PT_READ_CORE(x, __PT_PARM7_REG)
#else
#define PT_REGS_PARM7(x) ___PT_NONE("argument 7")
#define PT_REGS_PARM7_CORE(x) ___PT_NONE("argument 7")
#endif
#ifdef __PT_PARM8_REG
#define PT_REGS_PARM8(x) ___PT_READ(x, __PT_PARM8_REG)
#define PT_REGS_PARM8_CORE(x) ___PT_READ_CORE(x, __PT_PARM8_REG)
#else
#define PT_REGS_PARM8(x) ___PT_NONE("argument 8")
#define PT_REGS_PARM8_CORE(x) ___PT_NONE("argument 8")
#endif

#define PT_REGS_RC(x) ___PT_READ(x, __PT_RC_REG)
#define PT_REGS_RC_CORE(x) ___PT_READ_CORE(x, __PT_RC_REG)
#define PT_REGS_SP(x) ___PT_READ(x, __PT_SP_REG)
#define PT_REGS_SP_CORE(x) ___PT_READ_CORE(x, __PT_SP_REG)
#define PT_REGS_IP(x) ___PT_READ(x, __PT_IP_REG)
#define PT_REGS_IP_CORE(x) ___PT_READ_CORE(x, __PT_IP_REG)
#ifdef __PT_RET_REG
#define PT_REGS_RET(x) ___PT_READ(x, __PT_RET_REG)
#define PT_REGS_RET_CORE(x) ___PT_READ_CORE(x, __PT_RET_REG)
#else
#define PT_REGS_RET(x) ___PT_NONE("the return address")
#define PT_REGS_RET_CORE(x) ___PT_NONE("the return address")
#endif
#ifdef __PT_FP_REG
#define PT_REGS_FP(x) ___PT_READ(x, __PT_FP_REG)
#define PT_REGS_FP_CORE(x) ___PT_READ_CORE(x, __PT_FP_REG)
#else
#define PT_REGS_FP(x) ___PT_NONE("the frame")
#define PT_REGS_FP_CORE(x) ___PT_NONE("the frame")
#endif

// Where a function that is being traced returns to, at its beginning (KPROBE) and at its end (KRETPROBE): in a register
// or on the stack. At its end, the kernel has put the place into the registers since Linux 5.15 (powerpc: always).
#if defined(__TARGET_ARCH_x86)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) bpf_probe_read_kernel(&(ip), sizeof(ip), (void*)PT_REGS_RET(ctx))
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) \
  bpf_probe_read_kernel(&(ip), sizeof(ip), (void*)(PT_REGS_FP(ctx) + sizeof(ip)))
#elif defined(__TARGET_ARCH_powerpc)
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ((ip) = PT_REGS_RET(ctx))
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) ((ip) = PT_REGS_RET(ctx))
#else
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ((ip) = PT_REGS_RET(ctx))
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) ((ip) = PT_REGS_IP(ctx))
#endif

// The arguments of a system call: as a function's, but for those above.
#ifdef ___PT_SYSCALL_FIRST
// Of the structure that the kernel has it in, no more than this is needed.
struct pt_regs___syscall {
  unsigned long ___PT_SYSCALL_FIRST;
} __attribute__((preserve_access_index));
#define PT_REGS_PARM1_SYSCALL(x) PT_REGS_PARM1_CORE_SYSCALL(x)
#define PT_REGS_PARM1_CORE_SYSCALL(x) BPF_CORE_READ((const struct pt_regs___syscall*)(x), ___PT_SYSCALL_FIRST)
#else
#define PT_REGS_PARM1_SYSCALL(x) PT_REGS_PARM1(x)
#define PT_REGS_PARM1_CORE_SYSCALL(x) PT_REGS_PARM1_CORE(x)
#endif
#ifdef __PT_PARM2_SYSCALL_REG
#define PT_REGS_PARM2_SYSCALL(x) ___PT_READ(x, __PT_PARM2_SYSCALL_REG)
#define PT_REGS_PARM2_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM2_SYSCALL_REG)
#else
#define PT_REGS_PARM2_SYSCALL(x) PT_REGS_PARM2(x)
#define PT_REGS_PARM2_CORE_SYSCALL(x) PT_REGS_PARM2_CORE(x)
#endif
#ifdef __PT_PARM3_SYSCALL_REG
#define PT_REGS_PARM3_SYSCALL(x) ___PT_READ(x, __PT_PARM3_SYSCALL_REG)
#define PT_REGS_PARM3_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM3_SYSCALL_REG)
#else
#define PT_REGS_PARM3_SYSCALL(x) PT_REGS_PARM3(x)
#define PT_REGS_PARM3_CORE_SYSCALL(x) PT_REGS_PARM3_CORE(x)
#endif
#ifdef __PT_PARM4_SYSCALL_REG
#define PT_REGS_PARM4_SYSCALL(x) ___PT_READ(x, __PT_PARM4_SYSCALL_REG)
#define PT_REGS_PARM4_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM4_SYSCALL_REG)
#else
#define PT_REGS_PARM4_SYSCALL(x) PT_REGS_PARM4(x)
#define PT_REGS_PARM4_CORE_SYSCALL(x) PT_REGS_PARM4_CORE(x)
#endif
#ifdef __PT_PARM5_SYSCALL_REG
#define PT_REGS_PARM5_SYSCALL(x) ___PT_READ(x, __PT_PARM5_SYSCALL_REG)
#define PT_REGS_PARM5_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM5_SYSCALL_REG)
#else
#define PT_REGS_PARM5_SYSCALL(x) PT_REGS_PARM5(x)
#define PT_REGS_PARM5_CORE_SYSCALL(x) PT_REGS_PARM5_CORE(x)
#endif
#ifdef __PT_PARM6_SYSCALL_REG
#define PT_REGS_PARM6_SYSCALL(x) ___PT_READ(x, __PT_PARM6_SYSCALL_REG)
#define PT_REGS_PARM6_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM6_SYSCALL_REG)
#else
#define PT_REGS_PARM6_SYSCALL(x) PT_REGS_PARM6(x)
#define PT_REGS_PARM6_CORE_SYSCALL(x) PT_REGS_PARM6_CORE(x)
#endif
#ifdef __PT_PARM7_SYSCALL_REG
#define PT_REGS_PARM7_SYSCALL(x) ___PT_READ(x, __PT_PARM7_SYSCALL_REG)
#define PT_REGS_PARM7_CORE_SYSCALL(x) ___PT_READ_CORE(x, __PT_PARM7_SYSCALL_REG)
#else
#define PT_REGS_PARM7_SYSCALL(x) PT_REGS_PARM7(x)
#define PT_REGS_PARM7_CORE_SYSCALL(x) PT_REGS_PARM7_CORE(x)
#endif

// What a program on a kernel function of a system call is given: on most machines a pointer to the caller's registers,
// since Linux 4.17.
#ifndef PT_REGS_SYSCALL_REGS
#if defined(__TARGET_ARCH_x86) || defined(__TARGET_ARCH_s390) || defined(__TARGET_ARCH_arm64) || \
    defined(__TARGET_ARCH_riscv) || defined(__TARGET_ARCH_powerpc)
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs*)PT_REGS_PARM1(ctx))
#else
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs*)(ctx))
#endif
#endif

#else  // no architecture

#define ___PT_NO_ARCH                                                                                        \
  ({                                                                                                         \
    _Static_assert(0, "registers are an architecture\'s: compile with -D__TARGET_ARCH_x86, arm64, s390, …"); \
    0ULL;                                                                                                    \
  })
#define PT_REGS_PARM1(x) ___PT_NO_ARCH
#define PT_REGS_PARM1_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM2(x) ___PT_NO_ARCH
#define PT_REGS_PARM2_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM3(x) ___PT_NO_ARCH
#define PT_REGS_PARM3_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM4(x) ___PT_NO_ARCH
#define PT_REGS_PARM4_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM5(x) ___PT_NO_ARCH
#define PT_REGS_PARM5_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM6(x) ___PT_NO_ARCH
#define PT_REGS_PARM6_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM7(x) ___PT_NO_ARCH
#define PT_REGS_PARM7_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM8(x) ___PT_NO_ARCH
#define PT_REGS_PARM8_CORE(x) ___PT_NO_ARCH
#define PT_REGS_RET(x) ___PT_NO_ARCH
#define PT_REGS_RET_CORE(x) ___PT_NO_ARCH
#define PT_REGS_FP(x) ___PT_NO_ARCH
#define PT_REGS_FP_CORE(x) ___PT_NO_ARCH
#define PT_REGS_RC(x) ___PT_NO_ARCH
#define PT_REGS_RC_CORE(x) ___PT_NO_ARCH
#define PT_REGS_SP(x) ___PT_NO_ARCH
#define PT_REGS_SP_CORE(x) ___PT_NO_ARCH
#define PT_REGS_IP(x) ___PT_NO_ARCH
#define PT_REGS_IP_CORE(x) ___PT_NO_ARCH
#define PT_REGS_PARM1_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM1_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM2_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM2_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM3_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM3_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM4_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM4_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM5_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM5_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM6_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM6_CORE_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM7_SYSCALL(x) ___PT_NO_ARCH
#define PT_REGS_PARM7_CORE_SYSCALL(x) ___PT_NO_ARCH
#define BPF_KPROBE_READ_RET_IP(ip, ctx) ___PT_NO_ARCH
#define BPF_KRETPROBE_READ_RET_IP(ip, ctx) ___PT_NO_ARCH
#define PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs*)___PT_NO_ARCH)

#endif  // ___PT_REGS

// ---- programs with named arguments ----
//
// Each macro makes two functions: the program, which has a context, and one with the arguments that the user wrote,
// which the program calls and the compiler puts into it. The user's block becomes the second's body; `ctx` is visible
// in it.

#define ___bpf_unused __attribute__((unused))
#define ___bpf_program(name, context, call_arguments, args...)                                    \
  name(context* ctx);                                                                             \
  static __always_inline typeof(name(0)) ____##name(context* ctx ___bpf_unused, ##args);          \
  typeof(name(0)) name(context* ctx) {                                                            \
    _Pragma("GCC diagnostic push")                                                                \
        _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") return ____##name(call_arguments); \
    _Pragma("GCC diagnostic pop")                                                                 \
  }                                                                                               \
  static __always_inline typeof(name(0)) ____##name(context* ctx ___bpf_unused, ##args)

// The arguments of a call with N of them behind the context: from an array of 64-bit numbers, which is what raw
// tracepoints and trampolines (fentry, fexit, LSM, iterators, struct_ops) give,
#define ___bpf_slots_0 ctx
#define ___bpf_slots_1 ___bpf_slots_0, (void*)ctx[0]
#define ___bpf_slots_2 ___bpf_slots_1, (void*)ctx[1]
#define ___bpf_slots_3 ___bpf_slots_2, (void*)ctx[2]
#define ___bpf_slots_4 ___bpf_slots_3, (void*)ctx[3]
#define ___bpf_slots_5 ___bpf_slots_4, (void*)ctx[4]
#define ___bpf_slots_6 ___bpf_slots_5, (void*)ctx[5]
#define ___bpf_slots_7 ___bpf_slots_6, (void*)ctx[6]
#define ___bpf_slots_8 ___bpf_slots_7, (void*)ctx[7]
#define ___bpf_slots_9 ___bpf_slots_8, (void*)ctx[8]
#define ___bpf_slots_10 ___bpf_slots_9, (void*)ctx[9]
#define ___bpf_slots_11 ___bpf_slots_10, (void*)ctx[10]
#define ___bpf_slots_12 ___bpf_slots_11, (void*)ctx[11]
// from registers,
#define ___bpf_registers_0 ctx
#define ___bpf_registers_1 ___bpf_registers_0, (void*)PT_REGS_PARM1(ctx)
#define ___bpf_registers_2 ___bpf_registers_1, (void*)PT_REGS_PARM2(ctx)
#define ___bpf_registers_3 ___bpf_registers_2, (void*)PT_REGS_PARM3(ctx)
#define ___bpf_registers_4 ___bpf_registers_3, (void*)PT_REGS_PARM4(ctx)
#define ___bpf_registers_5 ___bpf_registers_4, (void*)PT_REGS_PARM5(ctx)
#define ___bpf_registers_6 ___bpf_registers_5, (void*)PT_REGS_PARM6(ctx)
#define ___bpf_registers_7 ___bpf_registers_6, (void*)PT_REGS_PARM7(ctx)
#define ___bpf_registers_8 ___bpf_registers_7, (void*)PT_REGS_PARM8(ctx)
// from the registers of a caller of the kernel, which are read,
#define ___bpf_wrapped_0 ctx
#define ___bpf_wrapped_1 ___bpf_wrapped_0, (void*)PT_REGS_PARM1_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_2 ___bpf_wrapped_1, (void*)PT_REGS_PARM2_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_3 ___bpf_wrapped_2, (void*)PT_REGS_PARM3_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_4 ___bpf_wrapped_3, (void*)PT_REGS_PARM4_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_5 ___bpf_wrapped_4, (void*)PT_REGS_PARM5_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_6 ___bpf_wrapped_5, (void*)PT_REGS_PARM6_CORE_SYSCALL(___regs)
#define ___bpf_wrapped_7 ___bpf_wrapped_6, (void*)PT_REGS_PARM7_CORE_SYSCALL(___regs)
// or from those that the program has.
#define ___bpf_unwrapped_0 ctx
#define ___bpf_unwrapped_1 ___bpf_unwrapped_0, (void*)PT_REGS_PARM1_SYSCALL(___regs)
#define ___bpf_unwrapped_2 ___bpf_unwrapped_1, (void*)PT_REGS_PARM2_SYSCALL(___regs)
#define ___bpf_unwrapped_3 ___bpf_unwrapped_2, (void*)PT_REGS_PARM3_SYSCALL(___regs)
#define ___bpf_unwrapped_4 ___bpf_unwrapped_3, (void*)PT_REGS_PARM4_SYSCALL(___regs)
#define ___bpf_unwrapped_5 ___bpf_unwrapped_4, (void*)PT_REGS_PARM5_SYSCALL(___regs)
#define ___bpf_unwrapped_6 ___bpf_unwrapped_5, (void*)PT_REGS_PARM6_SYSCALL(___regs)
#define ___bpf_unwrapped_7 ___bpf_unwrapped_6, (void*)PT_REGS_PARM7_SYSCALL(___regs)

// fentry, fexit, fmod_ret, LSM, iterators, tp_btf, raw tracepoints, struct_ops.
#define BPF_PROG(name, args...) \
  ___bpf_program(name, unsigned long long, ___bpf_paste(___bpf_slots_, ___bpf_count(args)), ##args)

// kprobes, uprobes: Linux 4.1, 4.3.
#define BPF_KPROBE(name, args...) \
  ___bpf_program(name, struct pt_regs, ___bpf_paste(___bpf_registers_, ___bpf_count(args)), ##args)
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)

// The same where the function returns; the only argument there can be is what it returns.
#define ___bpf_returned_0 ctx
#define ___bpf_returned_1 ctx, (void*)PT_REGS_RC(ctx)
#define BPF_KRETPROBE(name, args...) \
  ___bpf_program(name, struct pt_regs, ___bpf_paste(___bpf_returned_, ___bpf_count(args)), ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)

// A system call's kernel function (SEC("ksyscall/unlinkat")): the arguments that the process gave. The loader tells
// whether the function takes registers of the caller. Needs <bpf/bpf_core_read.h>.
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
#define BPF_KSYSCALL(name, args...)                                                                                \
  name(struct pt_regs* ctx);                                                                                       \
  static __always_inline typeof(name(0)) ____##name(struct pt_regs* ctx ___bpf_unused, ##args);                    \
  typeof(name(0)) name(struct pt_regs* ctx) {                                                                      \
    struct pt_regs* ___regs __attribute__((unused)) = LINUX_HAS_SYSCALL_WRAPPER ? PT_REGS_SYSCALL_REGS(ctx) : ctx; \
    _Pragma("GCC diagnostic push")                                                                                 \
        _Pragma("GCC diagnostic ignored \"-Wint-conversion\"") if (LINUX_HAS_SYSCALL_WRAPPER) return ____##name(   \
            ___bpf_paste(___bpf_wrapped_, ___bpf_count(args)));                                                    \
    return ____##name(___bpf_paste(___bpf_unwrapped_, ___bpf_count(args)));                                        \
    _Pragma("GCC diagnostic pop")                                                                                  \
  }                                                                                                                \
  static __always_inline typeof(name(0)) ____##name(struct pt_regs* ctx ___bpf_unused, ##args)
#define BPF_KPROBE_SYSCALL BPF_KSYSCALL

// BPF_PROG for functions that take structures by value, each with its name behind a comma:
//
//     int BPF_PROG2(on_call, struct pair, p, int, n) …
//
// A structure of up to 16 bytes takes as many 64-bit numbers as it needs.
#define ___bpf_typed_0()
#define ___bpf_typed_2(type, name) , type name
#define ___bpf_typed_4(type, name, ...) , type name ___bpf_typed_2(__VA_ARGS__)
#define ___bpf_typed_6(type, name, ...) , type name ___bpf_typed_4(__VA_ARGS__)
#define ___bpf_typed_8(type, name, ...) , type name ___bpf_typed_6(__VA_ARGS__)
#define ___bpf_typed_10(type, name, ...) , type name ___bpf_typed_8(__VA_ARGS__)
#define ___bpf_typed_12(type, name, ...) , type name ___bpf_typed_10(__VA_ARGS__)

// The number of 64-bit numbers that a type takes; and the argument that begins at number `at` of the context.
#define ___bpf_slots_of(type) ((sizeof(type) + 7) / 8)
#define ___bpf_take(type, at)                                                                                   \
  ({                                                                                                            \
    union {                                                                                                     \
      unsigned long long slots[___bpf_slots_of(type)];                                                          \
      unsigned char one;                                                                                        \
      unsigned short two;                                                                                       \
      unsigned int four;                                                                                        \
      type value;                                                                                               \
    } ___argument;                                                                                              \
    if (sizeof(type) == 1)                                                                                      \
      ___argument.one = (unsigned char)ctx[at];                                                                 \
    else if (sizeof(type) == 2)                                                                                 \
      ___argument.two = (unsigned short)ctx[at];                                                                \
    else if (sizeof(type) == 4)                                                                                 \
      ___argument.four = (unsigned int)ctx[at];                                                                 \
    else                                                                                                        \
      ___argument.slots[0] = ctx[at];                                                                           \
    if (sizeof(type) > 8) ___argument.slots[___bpf_slots_of(type) - 1] = ctx[(at) + ___bpf_slots_of(type) - 1]; \
    ___argument.value;                                                                                          \
  })
#define ___bpf_taken_0(at)
#define ___bpf_taken_2(at, type, name) , ___bpf_take(type, at)
#define ___bpf_taken_4(at, type, name, ...) \
  , ___bpf_take(type, at) ___bpf_taken_2((at) + ___bpf_slots_of(type), __VA_ARGS__)
#define ___bpf_taken_6(at, type, name, ...) \
  , ___bpf_take(type, at) ___bpf_taken_4((at) + ___bpf_slots_of(type), __VA_ARGS__)
#define ___bpf_taken_8(at, type, name, ...) \
  , ___bpf_take(type, at) ___bpf_taken_6((at) + ___bpf_slots_of(type), __VA_ARGS__)
#define ___bpf_taken_10(at, type, name, ...) \
  , ___bpf_take(type, at) ___bpf_taken_8((at) + ___bpf_slots_of(type), __VA_ARGS__)
#define ___bpf_taken_12(at, type, name, ...) \
  , ___bpf_take(type, at) ___bpf_taken_10((at) + ___bpf_slots_of(type), __VA_ARGS__)

#define BPF_PROG2(name, args...)                                                                    \
  name(unsigned long long* ctx);                                                                    \
  static __always_inline typeof(name(0)) ____##name(                                                \
      unsigned long long* ctx ___bpf_unused ___bpf_paste(___bpf_typed_, ___bpf_count(args))(args)); \
  typeof(name(0)) name(unsigned long long* ctx) {                                                   \
    return ____##name(ctx ___bpf_paste(___bpf_taken_, ___bpf_count(args))(0, ##args));              \
  }                                                                                                 \
  static __always_inline typeof(name(0)) ____##name(                                                \
      unsigned long long* ctx ___bpf_unused ___bpf_paste(___bpf_typed_, ___bpf_count(args))(args))

#endif  // __BPF_TRACING_H__
