// What the programs core_*.bpf.c believe of types that no kernel has. core_target_same.bpf.c defines the very same
// ones, core_target_moved.bpf.c others of the same names, as another version of a kernel would.
#pragma once

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

// A member of each width, for loads and stores.
struct core_widths {
  unsigned char u8;
  unsigned short u16;
  unsigned int u32;
  unsigned long long u64;
  signed char s8;
  short s16;
  int s32;
  long long s64;
  _Bool flag;
  void* pointer;
  struct core_widths* next;
  unsigned int grows;       // unsigned, of 8 bytes in the other version
  unsigned long long thin;  // of 2
  int grows_signed;         // of 8
  unsigned int missing;
  unsigned int now_pointer;
  unsigned int now_signed;
  float real;
};

struct core_inner {
  unsigned int x;
  unsigned int y;
};

struct core_nested {
  unsigned int first;
  struct {
    unsigned int in_anonymous;
    union {
      unsigned long long wide;
      struct {
        unsigned int low;
        unsigned int high;
      };
    };
  };
  struct core_inner named;
  union {
    unsigned int number;
    unsigned char bytes[4];
  };
  struct core_inner* pointer;
  struct core_nested* parent;
};

struct core_arrays {
  unsigned int numbers[8];
  unsigned int matrix[3][4];
  struct core_inner inner[4];
  unsigned char name[16];
  unsigned int count;
  unsigned long long flexible[];
};

struct core_flexible_records {
  unsigned int count;
  struct core_inner records[];
};

struct core_bits {
  unsigned int one : 1;
  unsigned int three : 3;
  unsigned int twelve : 12;
  int signed_five : 5;
  unsigned long long forty : 40;
  unsigned long long twenty : 20;
  unsigned char in_byte : 5;
  unsigned int plain;
  short plain_signed;
  unsigned int gone : 4;
};

union core_union {
  unsigned int number;
  unsigned char bytes[4];
  struct core_inner inner;
};

typedef struct core_inner core_inner_alias;
typedef int core_int_alias;
typedef struct {
  int of_anonymous;
} core_anonymous_alias;
typedef int (*core_callback)(int number, struct core_inner* inner);
typedef unsigned int core_array_alias[6];

enum core_plain { CORE_ZERO, CORE_ONE, CORE_SEVEN = 7, CORE_GONE = 9 };
enum core_negative { CORE_MINUS_ONE = -1, CORE_LOWEST = -0x7fffffff - 1, CORE_POSITIVE = 5 };
enum core_unsigned { CORE_BELOW_2_31 = 0x7fffffffu, CORE_ABOVE_2_31 = 0x80000001u, CORE_ALL_ONES = 0xffffffffu };

#if __clang_major__ >= 15  // earlier ones have no BTF for enumerations of 64 bits
enum core_wide { CORE_ABOVE_2_32 = 0x123456789abcdefULL, CORE_SMALL = 3, CORE_WIDE_GONE = 0x1ffffffffULL };
enum core_wide_negative { CORE_FAR_BELOW = -0x123456789aLL, CORE_NEAR = -2, CORE_FAR_ABOVE = 0x7fffffffffLL };
#endif

#pragma clang attribute pop
