// CO-RE for BPF C: reads of kernel structures that are fitted to the running kernel when the program is loaded, and
// questions about its types.
//
//     pid_t tgid = BPF_CORE_READ(task, real_parent, tgid);
//     if (bpf_core_field_exists(task->__state)) …
//
// Each macro becomes a relocation in .BTF.ext, by compiler built-ins (clang 12; type_matches needs 15). The kinds are
// those of enum bpf_core_relo_kind in <linux/bpf.h>. For what loading does with them: docs/architecture.md, "The
// kernel's types".
#ifndef __BPF_CORE_READ_H__
#define __BPF_CORE_READ_H__

#include "bpf_helpers.h"

// ---- what is asked of a field, a type, an enumerator: the second argument of the built-ins ----

enum bpf_field_info_kind {
  BPF_FIELD_BYTE_OFFSET = 0,
  BPF_FIELD_BYTE_SIZE = 1,
  BPF_FIELD_EXISTS = 2,
  BPF_FIELD_SIGNED = 3,
  BPF_FIELD_LSHIFT_U64 = 4,
  BPF_FIELD_RSHIFT_U64 = 5,
};
enum bpf_type_id_kind {
  BPF_TYPE_ID_LOCAL = 0,
  BPF_TYPE_ID_TARGET = 1,
};
enum bpf_type_info_kind {
  BPF_TYPE_EXISTS = 0,
  BPF_TYPE_SIZE = 1,
  BPF_TYPE_MATCHES = 2,
};
enum bpf_enum_value_kind {
  BPF_ENUMVAL_EXISTS = 0,
  BPF_ENUMVAL_VALUE = 1,
};

// Macros of its own for this, since a macro cannot be used in what it expands to, and those of bpf_tracing.h use these
// here.
#define ___core_paste_(a, b) a##b
#define ___core_paste(a, b) ___core_paste_(a, b)
#define ___core_10th(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, n, ...) n
#define ___core_count(...) ___core_10th(_, ##__VA_ARGS__, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

// ---- fields: of an expression (task->pid), or of a type and its member (struct task_struct, pid) ----

#define ___bpf_field_1(expression) expression
#define ___bpf_field_2(type, member) ((typeof(type)*)0)->member
#define ___bpf_field(field...) ___core_paste(___bpf_field_, ___core_count(field))(field)

#define bpf_core_field_exists(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_EXISTS)
// In bytes.
#define bpf_core_field_size(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(___bpf_field(field), BPF_FIELD_BYTE_OFFSET)

// ---- types and enumerators ----

#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type)*)0, BPF_TYPE_ID_LOCAL)
// 0 where the kernel has no such type.
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(*(typeof(type)*)0, BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*(typeof(type)*)0, BPF_TYPE_EXISTS)
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type)*)0, BPF_TYPE_MATCHES)
// In bytes; 0 where the kernel has no such type.
#define bpf_core_type_size(type) __builtin_preserve_type_info(*(typeof(type)*)0, BPF_TYPE_SIZE)

#define bpf_core_enum_value_exists(type, enumerator) \
  __builtin_preserve_enum_value(*(typeof(type)*)enumerator, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(type, enumerator) \
  __builtin_preserve_enum_value(*(typeof(type)*)enumerator, BPF_ENUMVAL_VALUE)

// ---- one read: of the kernel's memory, or of the process's ----

#define bpf_core_read(dst, size, src) \
  bpf_probe_read_kernel(dst, size, (const void*)__builtin_preserve_access_index(src))
#define bpf_core_read_user(dst, size, src) \
  bpf_probe_read_user(dst, size, (const void*)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, size, src) \
  bpf_probe_read_kernel_str(dst, size, (const void*)__builtin_preserve_access_index(src))
#define bpf_core_read_user_str(dst, size, src) \
  bpf_probe_read_user_str(dst, size, (const void*)__builtin_preserve_access_index(src))

// The kernel's object behind a pointer, to be read without helpers. Linux 6.2.
extern void* bpf_rdonly_cast(const void* obj, unsigned int btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type) ((typeof(type)*)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

// ---- bit-fields ----
//
// The compiler cannot read a bit-field whose place it does not know. The loader tells where the bytes are that hold it,
// and how far the value has to be shifted to the left and back.

#define ___bpf_bits(s, field, info) __builtin_preserve_field_info((s)->field, BPF_FIELD_##info)

// Makes the number of the bytes that hold a field into the field.
#define ___bpf_extract(raw, s, field)                            \
  ({                                                             \
    raw <<= ___bpf_bits(s, field, LSHIFT_U64);                   \
    if (___bpf_bits(s, field, SIGNED))                           \
      raw = (long long)raw >> ___bpf_bits(s, field, RSHIFT_U64); \
    else                                                         \
      raw = raw >> ___bpf_bits(s, field, RSHIFT_U64);            \
    raw;                                                         \
  })

// On big-endian machines the bytes that are read are the number's last ones.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ___bpf_low_bytes(number, size) (void*)(number)
#else
#define ___bpf_low_bytes(number, size) ((void*)(number) + (8 - (size)))
#endif

// A bit-field of an object in kernel memory, by a read.
#define BPF_CORE_READ_BITFIELD_PROBED(s, field)                                                                     \
  ({                                                                                                                \
    unsigned long long ___raw = 0;                                                                                  \
    bpf_probe_read_kernel(___bpf_low_bytes(&___raw, ___bpf_bits(s, field, BYTE_SIZE)),                              \
                          ___bpf_bits(s, field, BYTE_SIZE), (const void*)(s) + ___bpf_bits(s, field, BYTE_OFFSET)); \
    ___bpf_extract(___raw, s, field);                                                                               \
  })

// Reads and writes a number of 1, 2, 4 or 8 bytes. What the place is made from must stay apart from the size, so that
// the verifier sees constant offsets: the compiler is kept from joining them.
#define ___bpf_place(s, field)                                                    \
  ({                                                                              \
    const void* ___place = (const void*)(s) + ___bpf_bits(s, field, BYTE_OFFSET); \
    barrier_var(___place);                                                        \
    ___place;                                                                     \
  })

// A bit-field of an object that the program may read directly.
#define BPF_CORE_READ_BITFIELD(s, field)                                 \
  ({                                                                     \
    const void* ___from = ___bpf_place(s, field);                        \
    unsigned long long ___raw; /* there are no other sizes than these */ \
    switch (___bpf_bits(s, field, BYTE_SIZE)) {                          \
      case 1:                                                            \
        ___raw = *(const unsigned char*)___from;                         \
        break;                                                           \
      case 2:                                                            \
        ___raw = *(const unsigned short*)___from;                        \
        break;                                                           \
      case 4:                                                            \
        ___raw = *(const unsigned int*)___from;                          \
        break;                                                           \
      case 8:                                                            \
        ___raw = *(const unsigned long long*)___from;                    \
        break;                                                           \
    }                                                                    \
    ___bpf_extract(___raw, s, field);                                    \
  })

// Writes a bit-field of an object that the program may write to.
#define BPF_CORE_WRITE_BITFIELD(s, field, value)                                           \
  ({                                                                                       \
    void* ___to = (void*)___bpf_place(s, field);                                           \
    const unsigned int ___right = ___bpf_bits(s, field, RSHIFT_U64);                       \
    const unsigned int ___above = ___bpf_bits(s, field, LSHIFT_U64);                       \
    const unsigned int ___below = ___right - ___above;                                     \
    const unsigned long long ___mask = (~0ULL >> ___right) << ___below;                    \
    const unsigned long long ___new = ((unsigned long long)(value) << ___below) & ___mask; \
    switch (___bpf_bits(s, field, BYTE_SIZE)) {                                            \
      case 1:                                                                              \
        *(unsigned char*)___to = (*(unsigned char*)___to & ~___mask) | ___new;             \
        break;                                                                             \
      case 2:                                                                              \
        *(unsigned short*)___to = (*(unsigned short*)___to & ~___mask) | ___new;           \
        break;                                                                             \
      case 4:                                                                              \
        *(unsigned int*)___to = (*(unsigned int*)___to & ~___mask) | ___new;               \
        break;                                                                             \
      case 8:                                                                              \
        *(unsigned long long*)___to = (*(unsigned long long*)___to & ~___mask) | ___new;   \
        break;                                                                             \
    }                                                                                      \
  })

// ---- along pointers: BPF_CORE_READ(task, mm, exe_file, f_inode) is task->mm->exe_file->f_inode ----
//
// ___bpf_walk_N reads the pointers on the way, each with the reader `get`, into ___at; ___bpf_last_N is the address of
// the last field, N being how many fields are named.

#define ___bpf_last_1(src, a) &(src)->a
#define ___bpf_last_2(src, a, b) &((typeof((src)->a))___at)->b
#define ___bpf_last_3(src, a, b, c) &((typeof((src)->a->b))___at)->c
#define ___bpf_last_4(src, a, b, c, d) &((typeof((src)->a->b->c))___at)->d
#define ___bpf_last_5(src, a, b, c, d, e) &((typeof((src)->a->b->c->d))___at)->e
#define ___bpf_last_6(src, a, b, c, d, e, f) &((typeof((src)->a->b->c->d->e))___at)->f
#define ___bpf_last_7(src, a, b, c, d, e, f, g) &((typeof((src)->a->b->c->d->e->f))___at)->g
#define ___bpf_last_8(src, a, b, c, d, e, f, g, h) &((typeof((src)->a->b->c->d->e->f->g))___at)->h
#define ___bpf_last_9(src, a, b, c, d, e, f, g, h, i) &((typeof((src)->a->b->c->d->e->f->g->h))___at)->i

#define ___bpf_walk_1(get, src, a)
#define ___bpf_walk_2(get, src, a, b) ___bpf_walk_1(get, src, a) get(&___at, sizeof(___at), ___bpf_last_1(src, a));
#define ___bpf_walk_3(get, src, a, b, c) \
  ___bpf_walk_2(get, src, a, b) get(&___at, sizeof(___at), ___bpf_last_2(src, a, b));
#define ___bpf_walk_4(get, src, a, b, c, d) \
  ___bpf_walk_3(get, src, a, b, c) get(&___at, sizeof(___at), ___bpf_last_3(src, a, b, c));
#define ___bpf_walk_5(get, src, a, b, c, d, e) \
  ___bpf_walk_4(get, src, a, b, c, d) get(&___at, sizeof(___at), ___bpf_last_4(src, a, b, c, d));
#define ___bpf_walk_6(get, src, a, b, c, d, e, f) \
  ___bpf_walk_5(get, src, a, b, c, d, e) get(&___at, sizeof(___at), ___bpf_last_5(src, a, b, c, d, e));
#define ___bpf_walk_7(get, src, a, b, c, d, e, f, g) \
  ___bpf_walk_6(get, src, a, b, c, d, e, f) get(&___at, sizeof(___at), ___bpf_last_6(src, a, b, c, d, e, f));
#define ___bpf_walk_8(get, src, a, b, c, d, e, f, g, h) \
  ___bpf_walk_7(get, src, a, b, c, d, e, f, g) get(&___at, sizeof(___at), ___bpf_last_7(src, a, b, c, d, e, f, g));
#define ___bpf_walk_9(get, src, a, b, c, d, e, f, g, h, i) \
  ___bpf_walk_8(get, src, a, b, c, d, e, f, g, h)          \
      get(&___at, sizeof(___at), ___bpf_last_8(src, a, b, c, d, e, f, g, h));

#define ___bpf_type_1(src, a) typeof((src)->a)
#define ___bpf_type_2(src, a, b) typeof((src)->a->b)
#define ___bpf_type_3(src, a, b, c) typeof((src)->a->b->c)
#define ___bpf_type_4(src, a, b, c, d) typeof((src)->a->b->c->d)
#define ___bpf_type_5(src, a, b, c, d, e) typeof((src)->a->b->c->d->e)
#define ___bpf_type_6(src, a, b, c, d, e, f) typeof((src)->a->b->c->d->e->f)
#define ___bpf_type_7(src, a, b, c, d, e, f, g) typeof((src)->a->b->c->d->e->f->g)
#define ___bpf_type_8(src, a, b, c, d, e, f, g, h) typeof((src)->a->b->c->d->e->f->g->h)
#define ___bpf_type_9(src, a, b, c, d, e, f, g, h, i) typeof((src)->a->b->c->d->e->f->g->h->i)

// `get` reads what lies on the way, `get_last` what is there.
#define ___bpf_read_into(get, get_last, dst, src, fields...)                                                     \
  ({                                                                                                             \
    const void* ___at __attribute__((unused));                                                                   \
    ___core_paste(___bpf_walk_, ___core_count(fields))(get, src, fields)                                         \
        get_last((void*)(dst), sizeof(*(dst)), ___core_paste(___bpf_last_, ___core_count(fields))(src, fields)); \
  })
#define ___bpf_read(get, src, fields...)                                        \
  ({                                                                            \
    ___core_paste(___bpf_type_, ___core_count(fields))((src), fields) ___value; \
    ___bpf_read_into(get, get, &___value, (src), fields);                       \
    ___value;                                                                   \
  })

// The value. Where a read fails, it is zero.
#define BPF_CORE_READ(src, fields...) ___bpf_read(bpf_core_read, src, fields)
// Through pointers of the process; the structures are still the kernel's.
#define BPF_CORE_READ_USER(src, fields...) ___bpf_read(bpf_core_read_user, src, fields)
// Into *dst; the value of these is what the last helper returns.
#define BPF_CORE_READ_INTO(dst, src, fields...) ___bpf_read_into(bpf_core_read, bpf_core_read, dst, src, fields)
#define BPF_CORE_READ_USER_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_core_read_user, bpf_core_read_user, dst, src, fields)
#define BPF_CORE_READ_STR_INTO(dst, src, fields...) ___bpf_read_into(bpf_core_read, bpf_core_read_str, dst, src, fields)
#define BPF_CORE_READ_USER_STR_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_core_read_user, bpf_core_read_user_str, dst, src, fields)

// The same without CO-RE, for structures whose layout does not change: that of the headers is taken.
#define BPF_PROBE_READ(src, fields...) ___bpf_read(bpf_probe_read_kernel, src, fields)
#define BPF_PROBE_READ_USER(src, fields...) ___bpf_read(bpf_probe_read_user, src, fields)
#define BPF_PROBE_READ_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_probe_read_kernel, bpf_probe_read_kernel, dst, src, fields)
#define BPF_PROBE_READ_USER_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_probe_read_user, bpf_probe_read_user, dst, src, fields)
#define BPF_PROBE_READ_STR_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_probe_read_kernel, bpf_probe_read_kernel_str, dst, src, fields)
#define BPF_PROBE_READ_USER_STR_INTO(dst, src, fields...) \
  ___bpf_read_into(bpf_probe_read_user, bpf_probe_read_user_str, dst, src, fields)

#endif  // __BPF_CORE_READ_H__
