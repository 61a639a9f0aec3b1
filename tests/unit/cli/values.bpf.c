// A variable of each kind of type, for tests of how values are printed and set.
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

enum colour { RED, GREEN, BLUE };

struct mixed {
  __u32 small : 3;
  __s32 signed_field : 5;
  __u32 wide : 20;
  union {
    __u8 inside;
    __s8 same_place;
  };
  __u8 bytes[2];
  void *pointer;
};

__s16 negative = -5;
__u64 large = 0xffffffffffffffffull;
_Bool yes = 1;
enum colour colour = GREEN;
enum colour unknown_colour = 77;
double half = 0.5;
char word[8] = "hello";
__u16 grid[2][3] = {{1, 2, 3}, {4, 5, 6}};
__u8 many[20] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};

struct named {
  char text[12];
  __u32 number;
} named = {"a\"b\\\n", 3};

struct mixed mixed = {.small = 3, .signed_field = -2, .wide = 1000, .inside = 7, .bytes = {1, 2}};

__u8 octets[4] = {1, 2, 3, 4};
_Bool switches[3] = {1, 0, 1};

struct row {
  __u32 count;
  __u32 values[];
} row = {2, {10, 20}};
