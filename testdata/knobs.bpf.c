// A program that attaches by itself and has variables of many types, for `ebpf vars`: what it was told in `config` it
// shows in `seen` as soon as anybody on the machine makes a system call.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

enum level { LEVEL_LOW = 1, LEVEL_HIGH = 2, LEVEL_VERY = 4 };

struct limit {
  __u32 rate;
  __s16 burst;
  bool active;
};

struct config {
  struct limit limits[3];
  enum level level;
  __u8 few : 3;
  __s8 sign : 5;
  char name[8];
  double share;
  __u64 big;
};

const volatile __u32 constant = 42;
struct config config = {
    .limits = {{.rate = 1}, {.rate = 2, .burst = -2, .active = true}},
    .level = LEVEL_HIGH,
    .few = 5,
    .sign = -3,
    .name = "first",
    .share = 0.5,
    .big = ~0ULL,
};
__s64 numbers[4] = {1, -2, 3, -4};

struct limit seen;
__u64 calls;

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp/sys_enter")
int watch_calls(void* ctx) {
  static volatile __u32 runs;

  seen = config.limits[1];
  __sync_fetch_and_add(&calls, constant / 42);
  runs++;
  return 0;
}
