// Names and layouts that are hard on C++: keywords and macros as names, maps called like parts of a generated header, and
// structures with everything that C's layouts can have. Everything has an initial value that a test knows. The programs
// compare what they find, and write what a test is to find.
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum sign { SIGN_MINUS = -1, SIGN_ZERO, SIGN_PLUS };
enum huge { HUGE_VALUE = 0x123456789abcdef0ull, HUGE_ZERO = 0 };
enum __attribute__((packed)) tiny { TINY_FIRST, TINY_LAST = 200 };
// Enumerators that are macros or keywords of C++.
enum class { EOF = -1, stdin = 1, private = 2, EPERM = 3 };

struct bits {
  __u32 low : 3;
  __u32 : 5;
  __u32 middle : 17;
  __s32 negative : 6;
  _Bool flag : 1;
  __u8 byte;
  __u64 wide : 40;
  enum sign sign : 2;
};

struct __attribute__((packed)) packed {
  __u8 first;
  __u64 unaligned;
  struct {
    __u16 inner;
    __u32 unaligned_too;
  } __attribute__((packed)) nested;
  void *pointer;
};

struct aligned {
  __u8 first;
  __u32 line __attribute__((aligned(64)));
  struct bits bits;
};

union either {
  __u8 bytes[6];
  __u32 number;
  struct {
    __u16 lower;
    __u16 upper;
  };
};

struct anonymous {
  __u8 kind;
  union {
    struct {
      __u32 x;
      __u32 y;
    };
    __u64 both;
  };
  struct {
    __u8 tag;
    __u16 value;
  } named[2];
};

struct flexible {
  __u32 count;
  __u16 numbers[];
};

typedef struct {
  __s64 left;
  __s64 right;
} pair_t;

// A structure whose name and members are keywords, macros, or each other's names.
struct template {
  __u32 class;
  __u32 operator;
  __u16 major;
  __u16 minor;
  struct template *template;
  struct flexible *flexible;
  pair_t pair_t;
};

// ---- .data, with what a test finds there before loading ----

__u32 class = 1;
__u64 new = 2;
__u16 operator = 3;
__u8 this = 4;
__s32 namespace = -5;
__u32 unix = 6;
__u32 linux = 7;
__u32 errno = 8;
__u32 major = 9;
__u32 class_ = 10;
enum class stdout = private;
enum tiny tiny = TINY_LAST;
enum huge huge = HUGE_VALUE;
char text[8] = "odd";
_Bool flags[3] = {1, 0, 1};
double ratio = 0.25;
struct bits bits = {.low = 5, .middle = 0x1abcd, .negative = -17, .flag = 1, .byte = 0xee, .wide = 0x9876543210, .sign = -1};
struct packed packed = {.first = 1, .unaligned = 0x1122334455667788, .nested = {.inner = 2, .unaligned_too = 3}};
struct aligned aligned = {.first = 11, .line = 12, .bits = {.middle = 13}};
union either either = {.number = 0xaabbccdd};
struct anonymous anonymous = {.kind = 1, .x = 2, .y = 3, .named = {{4, 5}, {6, 7}}};
pair_t pair = {-1, 1};
pair_t pairs[2] = {{1, 2}, {3, 4}};
unsigned __int128 wide = ((unsigned __int128)1 << 64) + 2;
struct template template = {.class = 1, .operator = 2, .major = 3, .minor = 4, .pair_t = {5, 6}};

// ---- .rodata ----

const volatile __u32 delete = 1;
const volatile struct bits constant_bits = {.middle = 77};

// ---- .bss ----

__u32 mistake;           // the number of the first comparison that failed
struct bits bits_copy;   // of `bits`, member by member
__u16 numbers_seen;
struct flexible *protected;

// Maps whose names are members and classes of a generated header.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, struct packed);
  __type(value, struct anonymous);
} bss SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 3);
  __type(key, __u32);
  __type(value, struct bits);
} Maps SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __uint(key_size, 4);
  __type(value, struct {
    __u8 small;
    __u64 large;
  });
} maps SEC(".maps");

#define EXPECT(number, condition) \
  if (!(condition)) return mistake = number

// What a test has changed before or after loading: each member to a value of its own.
static __always_inline int compare(void) {
  EXPECT(1, class == 101);
  EXPECT(2, new == 102);
  EXPECT(3, operator == 103);
  EXPECT(4, this == 104);
  EXPECT(5, namespace == -105);
  EXPECT(6, unix == 106);
  EXPECT(7, class_ == 110);
  EXPECT(8, tiny == TINY_FIRST);
  EXPECT(9, flags[1] && !flags[2]);
  EXPECT(10, bits.low == 2 && bits.middle == 0x12345 && bits.negative == -32 && !bits.flag);
  EXPECT(11, bits.byte == 0x55 && bits.wide == 0x123456789a && bits.sign == SIGN_PLUS);
  EXPECT(12, packed.first == 9 && packed.unaligned == 0x8877665544332211 && packed.nested.unaligned_too == 33);
  EXPECT(13, aligned.line == 99 && aligned.bits.middle == 14);
  EXPECT(14, either.lower == 0x1111 && either.upper == 0x2222);
  EXPECT(15, anonymous.both == 0x0000000700000006 && anonymous.named[1].value == 77);
  EXPECT(16, pairs[1].right == -44);
  EXPECT(17, wide == ((unsigned __int128)3 << 64) + 4);
  EXPECT(18, template.operator == 22 && template.minor == 44 && template.pair_t.left == 55);
  EXPECT(19, delete == 31 && constant_bits.middle == 78);
  return 0;
}

SEC("socket")
int try(struct __sk_buff *skb) { return compare(); }

// Fills bits_copy and the maps.
SEC("socket")
int catch(struct __sk_buff *skb) {
  static volatile __u32 calls;
  bits_copy.low = bits.low;
  bits_copy.middle = bits.middle;
  bits_copy.negative = bits.negative;
  bits_copy.flag = bits.flag;
  bits_copy.byte = bits.byte;
  bits_copy.wide = bits.wide;
  bits_copy.sign = bits.sign;
  calls++;

  struct packed key = packed;
  struct anonymous value = anonymous;
  bpf_map_update_elem(&bss, &key, &value, BPF_ANY);
  __u32 one = 1;
  struct bits copy = bits;
  bpf_map_update_elem(&Maps, &one, &copy, BPF_ANY);
  return 0;
}

// Types that are called like members of the generated class.
struct data {
  __u32 first;
};
struct maps {
  __u32 second;
};
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, struct maps);
  __type(value, struct data);
} attach SEC(".maps");
struct data of_data = {3};

// An array at the end that has the structure's own name.
struct trailing {
  __u32 length;
  __u8 trailing[];
};
struct trailing with_trailing = {4};

SEC("?raw_tp/sys_enter")
int throw(void *ctx) { return 0; }

char LICENSE[] SEC("license") = "GPL";
