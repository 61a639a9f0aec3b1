// Variables of types with members: what Variable::field, GlobalStruct, VariableSpec::set_field and the checks of C++
// types against BTF are tested on. `expected` is what the tests make of `settings`, member by member; its bytes are
// clang's, for both byte orders.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#define MAX_CPUS 8
#define KNOB __attribute__((btf_decl_tag("knob")))

enum mode { MODE_OFF, MODE_SLOW = 3, MODE_FAST = 1000 };
enum wide { WIDE_SMALL = 1, WIDE_LARGE = 0x100000000ULL };

struct limit {
  __u32 rate;
  __u16 burst;
  bool active;
};

struct settings {
  __u64 interval;
  struct limit limits[3];
  __u8 narrow : 3;
  __s8 sign : 4;
  __u32 across : 18;
  __u64 far : 40;
  enum mode mode;
  enum wide wide;
  union {
    __u32 address;
    __u8 octets[4];
  };
  struct {
    __s16 x, y;
  } point;
  char text[12];
  __u8 grid[2][3];
  float ratio;
  double precise;
  void* pointer;
};

struct per_cpu {
  __u64 hits;
  __s32 change;
} __attribute__((aligned(64)));

struct packed {
  __u8 tag;
  __u32 value;
  __u64 aligned;
} __attribute__((packed));

struct settings settings = {.interval = 1};
struct settings expected = {
    .interval = 0x0123456789abcdefULL,
    .limits = {{.rate = 1, .burst = 2, .active = true}, {}, {.rate = 0xfffffffe, .burst = 65535}},
    .narrow = 5,
    .sign = -3,
    .across = 0x2abcd,
    .far = 0x9876543210,
    .mode = MODE_FAST,
    .wide = WIDE_LARGE,
    .address = 0x7f000001,
    .point = {.x = -1, .y = 300},
    .text = "a text",
    .grid = {{1, 2, 3}, {4, 5, 6}},
    .ratio = 0.25f,
    .precise = -1.5,
    .pointer = (void*)0x1234,
};
const volatile struct settings constants = {.limits = {{}, {.rate = 77}}};

struct per_cpu per_cpu[MAX_CPUS];
__u64 plain_per_cpu[MAX_CPUS];
struct packed packed;
unsigned __int128 wide_number;
void* pointer;
float ratio = 0.5f;
double precise = 2.5;
enum mode mode = MODE_SLOW;
enum wide wide = WIDE_SMALL;
bool flag = true;
char letter = 'x';

KNOB __u32 first_knob = 1;
KNOB __u64 second_knob = 2;
__attribute__((btf_decl_tag("other"))) KNOB const volatile __u32 third_knob = 3;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Counts a hit on the CPU that it runs on, in both arrays.
SEC("socket")
int hit(struct __sk_buff* skb) {
  static volatile __u64 calls;
  __u32 cpu = bpf_get_smp_processor_id() & (MAX_CPUS - 1);

  per_cpu[cpu].hits++;
  per_cpu[cpu].change--;
  __sync_fetch_and_add(&plain_per_cpu[cpu], 1);
  calls++;
  return constants.limits[1].rate;
}

// Another static variable of the same name as one of hit(). Returns a sum over some of the settings.
SEC("tc")
int sum(struct __sk_buff* skb) {
  static volatile __u64 calls;

  calls++;
  calls++;
  return settings.limits[2].rate + settings.narrow + settings.sign + settings.point.y + settings.grid[1][2];
}
