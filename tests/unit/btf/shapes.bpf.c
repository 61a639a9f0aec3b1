// Types whose layout or declaration is hard to print. Each hangs on a variable, so that the compiler keeps it.
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef _Bool bool_alias;

struct empty {};

struct __attribute__((packed)) packed {
  u8 a;
  u64 b;
  u16 c;
};
struct packed_inside {
  u8 a;
  struct packed b;
  u32 c;
};
struct packed_member {
  u8 a;
  u32 b __attribute__((packed));
  u64 c;
};
struct __attribute__((packed, aligned(4))) packed_and_aligned {
  u8 a;
  u32 b;
};
struct holds_packed_and_aligned {
  u8 a;
  struct packed_and_aligned b;
  u8 c;
};
struct aligned_member {
  u8 a;
  u8 b __attribute__((aligned(64)));
  u8 c;
};
struct __attribute__((aligned(32))) aligned_whole {
  u32 a;
};
struct holds_aligned {
  u8 a;
  struct aligned_whole b[2];
  u8 c;
};
union __attribute__((aligned(64))) aligned_union {
  u8 a;
  u32 b;
};
union __attribute__((packed)) packed_union {
  u8 a[7];
  u32 b;
};
struct huge_gap {
  u8 a;
  u8 b __attribute__((aligned(4096)));
};
struct wide {
  u8 a;
  __int128 b;
  unsigned __int128 c;
};
struct packed_wide {
  u64 a;
  __int128 b __attribute__((packed));
};

struct bits {
  u32 a : 1;
  u32 : 3;
  u32 b : 4;
  u32 : 0;
  u32 c : 31;
  u32 d : 2;
  u8 e : 3;
  u64 f : 40;
  int g : 5;
  bool_alias h : 1;
  u8 i;
  u16 j : 9;
};
struct __attribute__((packed)) straddling {
  u32 a : 20;
  u32 b : 20;
  u64 c : 60;
  u8 d;
  u32 e : 31;
  u16 f;
};
struct bits_after_byte {
  u8 a;
  u32 b : 8;
  u32 c : 16;
  u32 d : 17;
};
struct only_gap {
  u64 : 64;
  u64 : 10;
};
union bit_union {
  u32 a : 3;
  u64 b : 40;
  struct {
    u8 low : 4;
    u8 high : 4;
  };
};

struct anonymous {
  u8 kind;
  union {
    struct {
      u32 x;
      union {
        u16 y;
        u8 z[3];
      };
    };
    u64 whole;
    struct __attribute__((packed)) {
      u8 p;
      u64 q;
    };
  };
  struct {
    struct {
      u8 deep;
    } inner[2];
  } outer;
  enum { ANONYMOUS_ONE = 1, ANONYMOUS_TWO } choice;
};

struct flexible {
  u32 count;
  u8 data[];
};
struct flexible_aligned {
  u8 count;
  u64 data[];
};
struct holds_flexible {
  u32 a;
  struct flexible b;
};
struct zero_inside {
  u8 a;
  u64 mark[0];
  u8 b;
  struct empty nothing[3];
  u8 c;
};

struct node;
struct list {
  struct node *first, *last;
};
struct node {
  struct list children;
  struct node *next;
  struct node *(*visit)(struct node *self, struct later *later);
  struct node *(*table[4])(void);
};
struct later {
  struct node by_value;
};

typedef int (*returns_function(int a))(const char *b);
typedef returns_function *function_pointer;
typedef void (*signal_like(int, void (*)(int)))(int);
struct functions {
  function_pointer f;
  int (*(*array_of[3])(void))[5];
  int (*(*pointer_to_array)[7])(u8, ...);
  void (*(*get)(void (*)(struct functions *), u32 (*)[2]))(int);
  signal_like *signal;
  const char *const *volatile names;
  const volatile u32 *const restrict_me;
  const u8 table[2][3];
  char *(*const constant)(const struct only_mentioned *);
  enum far (*far)(enum far);
};
struct only_mentioned;
enum far { FAR_NEGATIVE = -1, FAR_LOWEST = -2147483647 - 1, FAR_HIGHEST = 2147483647 };

enum unsigned_values { UNSIGNED_HIGHEST = 4294967295u, UNSIGNED_ZERO = 0 };
enum wide_values { WIDE_HIGHEST = 18446744073709551615ull, WIDE_ZERO = 0 };
enum wide_negative { WIDE_LOWEST = -9223372036854775807ll - 1, WIDE_MINUS = -5 };
enum __attribute__((packed)) byte_values { BYTE_A, BYTE_B = 255 };
enum __attribute__((mode(HI))) short_values { SHORT_A = -3, SHORT_B };
enum __attribute__((packed)) packed_short_values { PACKED_SHORT = 40000 };
enum __attribute__((mode(DI))) small_wide_values { SMALL_WIDE_A = 1 };
struct enumerations {
  enum byte_values a;
  enum short_values b;
  enum packed_short_values h;
  enum small_wide_values c;
  enum byte_values d : 3;
  enum unsigned_values e;
  enum wide_values f;
  enum wide_negative g;
};

// Names. A tag and a typedef do not meet; a member may be called as either.
typedef struct { u32 packed; } list;
typedef struct names {
  list list;
  struct names *names;
  u8 node, u8;
} names;
typedef enum { ENUM_TYPEDEF } enum_typedef;
typedef u32 matrix[3][4];
typedef const matrix *matrix_pointer;
typedef __builtin_va_list arguments;

struct float_like {
  float f;
  double d;
};

struct all {
  struct empty m0;
  struct packed_inside m1;
  struct packed_member m2;
  struct holds_packed_and_aligned m3;
  struct aligned_member m4;
  struct holds_aligned m5;
  union aligned_union m6;
  union packed_union m7;
  struct huge_gap m8;
  struct wide m9;
  struct packed_wide m10;
  struct bits m11;
  struct straddling m12;
  struct bits_after_byte m13;
  struct only_gap m14;
  union bit_union m15;
  struct anonymous m16;
  struct flexible_aligned *m17;
  struct zero_inside m18;
  struct later m19;
  struct functions m20;
  struct enumerations m21;
  names m22;
  enum_typedef m23;
  matrix m24;
  matrix_pointer m25;
  arguments m26;
  struct float_like m27;
  struct holds_flexible m28;
};

struct all all;
