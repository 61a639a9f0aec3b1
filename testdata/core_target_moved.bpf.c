// Another "kernel": the types of core_types.h as a later version might have them. Members are moved, of another width
// or gone, enumerators have other values, bit-fields have other places.
struct core_inner {
  unsigned long long new_first;
  unsigned int y;
  unsigned int x;
};

struct core_widths {
  struct core_widths* next;
  void* pointer;
  long long s64;
  unsigned long long u64;
  unsigned long long grows;
  long long grows_signed;
  int s32;
  unsigned int u32;
  unsigned short thin;
  short s16;
  unsigned short u16;
  signed char s8;
  unsigned char u8;
  _Bool flag;
  void* now_pointer;
  int now_signed;
  float real;
} widths;

struct core_nested {
  struct core_nested* parent;
  union {
    struct {
      unsigned int padding[5];
      struct {
        unsigned int in_anonymous;
        unsigned int first;
      };
    };
    unsigned long long wide;
  };
  // Were anonymous members of an anonymous union.
  unsigned int high;
  unsigned int low;
  struct core_inner* pointer;
  struct {
    struct core_inner named;
  };
  union {
    unsigned char bytes[4];
    unsigned int number;
  };
} nested;

struct core_arrays {
  unsigned int count;
  unsigned char name[32];
  struct core_inner inner[4];
  unsigned int matrix[5][6];
  unsigned int numbers[4];
  unsigned long long flexible[];
} arrays;

// What was flexible has a length now.
struct core_flexible_records {
  unsigned long long more;
  unsigned int count;
  struct core_inner records[3];
} records;

struct core_bits {
  unsigned int plain;
  unsigned long long before : 7;
  unsigned long long twenty : 22;
  unsigned long long forty : 33;
  unsigned char in_byte;  // is none any more
  unsigned short one : 2;
  unsigned short three : 4;
  int twelve : 9;
  int plain_signed : 11;
  unsigned int signed_five : 6;
} bits;

union core_union {
  unsigned char bytes[8];
  struct core_inner inner;
  unsigned int number;
} a_union;

typedef struct core_inner core_inner_alias;
core_inner_alias inner_alias;
typedef unsigned long long core_int_alias;
core_int_alias int_alias;
typedef struct {
  int before;
  int of_anonymous;
} core_anonymous_alias;
core_anonymous_alias anonymous_alias;
typedef int (*core_callback)(struct core_inner* inner);
core_callback callback;
typedef unsigned int core_array_alias[9];
core_array_alias array_alias;

enum core_plain { CORE_SEVEN = 70, CORE_ONE = 10, CORE_ZERO = 1000000 } plain;
enum core_negative { CORE_LOWEST = -3, CORE_MINUS_ONE = -100, CORE_POSITIVE = 0x7ffffff0 } negative;
enum core_unsigned { CORE_BELOW_2_31 = 0x6fffffffu, CORE_ABOVE_2_31 = 0x90000000u, CORE_ALL_ONES = 0xfffffffeu } above;
#if __clang_major__ >= 15
// Of 64 bits there, of 32 here.
enum core_wide { CORE_SMALL = 30, CORE_ABOVE_2_32 = 0x7654321 } wide;
enum core_wide_negative {
  CORE_FAR_BELOW = -0x7edcba9876543210LL,
  CORE_NEAR = -20,
  CORE_FAR_ABOVE = 0x7000000000000000LL
} wide_negative;
#endif
