// What BPF C is written with: sections, map definitions, attributes, and the macros over the kernel's helpers.
//
// The names are those that BPF programs have always been written with, so that a program that includes
// <bpf/bpf_helpers.h> compiles with this header or with another library's, to the same code. The guard has their name,
// too: whichever comes first is the one that counts, and headers of both libraries may be mixed.
//
// No header needs to come before this one. What the attributes mean to the loader: docs/architecture.md; BTF-defined
// maps: the kernel's Documentation/bpf/maps.rst; type tags and arguments' tags: Documentation/bpf/kfuncs.rst.
#ifndef __BPF_HELPERS__
#define __BPF_HELPERS__

#include "bpf_helper_defs.h"

// ---- maps ----
//
//     struct {
//       __uint(type, BPF_MAP_TYPE_HASH);
//       __uint(max_entries, 1024);
//       __type(key, unsigned int);
//       __type(value, struct event);
//     } events SEC(".maps");
//
// Numbers are told as the length of an array, types as what a pointer points to: both are in BTF, and cost nothing.
// __ulong takes what an array's length has no room for (map_extra).

#define __uint(name, val) int(*name)[val]
#define __type(name, val) typeof(val)* name
#define __array(name, val) typeof(val)* name[]
#ifndef __ulong
#define __ulong(name, val) enum { ___bpf_paste(__unique_value, __COUNTER__) = val } name
#endif

// __uint(pinning, LIBBPF_PIN_BY_NAME)
enum libbpf_pin_type {
  LIBBPF_PIN_NONE,
  LIBBPF_PIN_BY_NAME,  // under its name in the loader's pin root
};

// ---- functions and variables ----

// Which section it is in, which says what it is for. On a declaration that is defined elsewhere, the compiler would
// say that it ignores the attribute.
#define SEC(name)                                                                           \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wignored-attributes\"") \
      __attribute__((section(name), used)) _Pragma("GCC diagnostic pop")

#undef __always_inline  // <linux/stddef.h> has one that is only `inline`
#define __always_inline inline __attribute__((always_inline))
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
// A global function that is verified with its callers, like a static one; a variable that other objects do not see.
#ifndef __hidden
#define __hidden __attribute__((visibility("hidden")))
#endif

// `extern int LINUX_KERNEL_VERSION __kconfig;`, `extern void bpf_rcu_read_lock(void) __ksym;`
#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))

// The value of an option that may be a module.
enum libbpf_tristate {
  TRI_NO = 0,
  TRI_YES = 1,
  TRI_MODULE = 2,
};

// Whether a weak symbol of the kernel is there.
#define bpf_ksym_exists(sym)                                                          \
  ({                                                                                  \
    _Static_assert(!__builtin_constant_p(!!sym), #sym " should be marked as __weak"); \
    !!sym;                                                                            \
  })

// Pointers to kernel objects in maps, and what arguments of global functions are.
#if __has_attribute(btf_type_tag)
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))
#else
#define __kptr_untrusted
#define __kptr
#define __percpu_kptr
#define __uptr
#endif
#if __has_attribute(btf_decl_tag)
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))
#else
#define __arg_ctx
#define __arg_nonnull
#define __arg_nullable
#define __arg_trusted
#define __arg_untrusted
#define __arg_arena
#endif

// ---- the language ----

#ifndef NULL
#define NULL ((void*)0)
#endif
#ifndef likely
#define likely(x) (__builtin_expect(!!(x), 1))
#endif
#ifndef unlikely
#define unlikely(x) (__builtin_expect(!!(x), 0))
#endif
// Not by __builtin_offsetof: of a structure with __attribute__((preserve_access_index)) the place of a member is known
// only when the program is loaded.
#undef offsetof
#define offsetof(type, member) ((unsigned long)&((type*)0)->member)
#undef container_of
#define container_of(ptr, type, member) ((type*)((void*)(ptr) - offsetof(type, member)))
#ifndef KERNEL_VERSION
// As the kernel does it: a third part over 255 counts as 255.
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

// Nothing is moved across it.
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
// The compiler forgets what it knows of the variable: a bound that was checked stays checked in the register that is
// used.
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

// A place that is never reached; where it is compiled in all the same, the program is refused for calling this.
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

// ---- helpers ----

#if defined(__bpf__)
// bpf_tail_call with a slot that the compiler is not to hide: the kernel then jumps directly instead of through the
// map.
static __always_inline void bpf_tail_call_static(void* ctx, const void* map, const unsigned int slot) {
  if (!__builtin_constant_p(slot)) __bpf_unreachable();
  asm volatile("r1 = %0; r2 = %1; r3 = %2; call 12" ::"r"(ctx), "r"(map), "i"(slot)
               : "r0", "r1", "r2", "r3", "r4", "r5", "memory");
}
#endif

// Macros over macros: the number of arguments, and an array of them as 64-bit numbers, which is what the formatting
// helpers want.
#define ___bpf_paste_(a, b) a##b
#define ___bpf_paste(a, b) ___bpf_paste_(a, b)
#define ___bpf_13th(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, n, ...) n
#define ___bpf_count(...) ___bpf_13th(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

#define ___bpf_u64s_0()
#define ___bpf_u64s_1(x) (unsigned long long)(x)
#define ___bpf_u64s_2(x, ...) (unsigned long long)(x), ___bpf_u64s_1(__VA_ARGS__)
#define ___bpf_u64s_3(x, ...) (unsigned long long)(x), ___bpf_u64s_2(__VA_ARGS__)
#define ___bpf_u64s_4(x, ...) (unsigned long long)(x), ___bpf_u64s_3(__VA_ARGS__)
#define ___bpf_u64s_5(x, ...) (unsigned long long)(x), ___bpf_u64s_4(__VA_ARGS__)
#define ___bpf_u64s_6(x, ...) (unsigned long long)(x), ___bpf_u64s_5(__VA_ARGS__)
#define ___bpf_u64s_7(x, ...) (unsigned long long)(x), ___bpf_u64s_6(__VA_ARGS__)
#define ___bpf_u64s_8(x, ...) (unsigned long long)(x), ___bpf_u64s_7(__VA_ARGS__)
#define ___bpf_u64s_9(x, ...) (unsigned long long)(x), ___bpf_u64s_8(__VA_ARGS__)
#define ___bpf_u64s_10(x, ...) (unsigned long long)(x), ___bpf_u64s_9(__VA_ARGS__)
#define ___bpf_u64s_11(x, ...) (unsigned long long)(x), ___bpf_u64s_10(__VA_ARGS__)
#define ___bpf_u64s_12(x, ...) (unsigned long long)(x), ___bpf_u64s_11(__VA_ARGS__)

// Runs `call` with ___fmt and ___args, the format and the arguments of a formatting helper.
#define ___bpf_format(fmt, call, args...)                                                                              \
  ({                                                                                                                   \
    static const char ___fmt[] = fmt;                                                                                  \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")                              \
        _Pragma("GCC diagnostic ignored \"-Wpointer-to-int-cast\"") unsigned long long ___args[___bpf_count(args)] = { \
            ___bpf_paste(___bpf_u64s_, ___bpf_count(args))(args)};                                                     \
    _Pragma("GCC diagnostic pop") call;                                                                                \
  })

// Iterators' output, Linux 5.10. BPF_SNPRINTF: Linux 5.13.
#define BPF_SEQ_PRINTF(seq, fmt, args...) \
  ___bpf_format(fmt, bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___args, sizeof(___args)), ##args)
#define BPF_SNPRINTF(out, out_size, fmt, args...) \
  ___bpf_format(fmt, bpf_snprintf(out, out_size, ___fmt, ___args, sizeof(___args)), ##args)

// A line into the trace buffer (/sys/kernel/tracing/trace_pipe). With up to three arguments on every kernel; those with
// more need Linux 5.16. The format is in .rodata; for kernels before 5.2, which have no global data, define
// BPF_NO_GLOBAL_DATA and it is on the stack.
#ifdef BPF_NO_GLOBAL_DATA
#define BPF_PRINTK_FMT_MOD
#else
#define BPF_PRINTK_FMT_MOD static const
#endif

#define __bpf_printk(fmt, ...)                                 \
  ({                                                           \
    BPF_PRINTK_FMT_MOD char ____fmt[] = fmt;                   \
    bpf_trace_printk(____fmt, sizeof(____fmt), ##__VA_ARGS__); \
  })
#define __bpf_vprintk(fmt, args...) \
  ___bpf_format(fmt, bpf_trace_vprintk(___fmt, sizeof(___fmt), ___args, sizeof(___args)), ##args)
#define ___bpf_printk_by_count(...)                                                                               \
  ___bpf_13th(_, ##__VA_ARGS__, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk,        \
              __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_vprintk, __bpf_printk /*3*/, __bpf_printk /*2*/, \
              __bpf_printk /*1*/, __bpf_printk /*0*/)
#define bpf_printk(fmt, args...) ___bpf_printk_by_count(args)(fmt, ##args)

// A line into the program's own stream, BPF_STREAM_STDOUT (1) or BPF_STREAM_STDERR (2). Linux 6.18, where the function
// has the second name and an argument that programs leave empty; later ones have the first.
extern int bpf_stream_vprintk(int stream_id, const char* fmt__str, const void* args,
                              unsigned int len__sz) __weak __ksym;
extern int bpf_stream_vprintk_impl(int stream_id, const char* fmt__str, const void* args, unsigned int len__sz,
                                   void* aux__prog) __weak __ksym;
#define bpf_stream_printk(stream_id, fmt, args...)                                               \
  ___bpf_format(fmt,                                                                             \
                bpf_ksym_exists(bpf_stream_vprintk_impl)                                         \
                    ? bpf_stream_vprintk_impl(stream_id, ___fmt, ___args, sizeof(___args), NULL) \
                    : bpf_stream_vprintk(stream_id, ___fmt, ___args, sizeof(___args)),           \
                ##args)

// ---- loops that the verifier looks at once (Linux 6.4) ----
//
//     bpf_for(i, 0, 100) sum += values[i];
//     bpf_repeat(8) step();
//     bpf_for_each(task, task, NULL, BPF_TASK_ITER_ALL_PROCS) look_at(task);
//
// break and continue do what they should; the iterator is destroyed however the loop is left.

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num* it, int start, int end) __weak __ksym;
extern int* bpf_iter_num_next(struct bpf_iter_num* it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num* it) __weak __ksym;

// The first part of a loop: ___it is the iterator, and ___at where it is, which makes it. The destructor is mentioned
// once more, since clang leaves functions that only `cleanup` names out of BTF.
#define ___bpf_iterator(type, args...)                                                          \
  struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \
      *___at = ((void)&bpf_iter_##type##_destroy, (void)bpf_iter_##type##_new(&___it, ##args), &___it)

#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) for (___bpf_iterator(type, ##args); ((cur) = bpf_iter_##type##_next(___at));)
#endif
// The comparisons say nothing new, but the verifier, which knows nothing of the number, learns its bounds from them.
#ifndef bpf_for
#define bpf_for(i, first, end)                                           \
  for (___bpf_iterator(num, (first), (end)); ({                          \
         const int* ___number = bpf_iter_num_next(___at);                \
         ___number && ((i) = *___number, (i) >= (first)) && (i) < (end); \
       });)
#endif
#ifndef bpf_repeat
#define bpf_repeat(n) for (___bpf_iterator(num, 0, (n)); bpf_iter_num_next(___at);)
#endif

#endif  // __BPF_HELPERS__
