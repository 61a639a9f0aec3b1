// C that makes the compiler use the instructions that came with each version of the instruction set: built for -mcpu=v1
// to v4, to compare the disassembler with llvm-objdump. It is loadable, but what it computes is of no interest.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__s64 wide[8];
__s32 words[8];
__s16 halves[8];
__s8 octets[8];
__u64 amount = 3;
__s64 divisor = -2;

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// 64- and 32-bit arithmetic, with registers and with constants; signed division and sign extension are v4.
SEC("syscall")
int arithmetic(void* ctx) {
  __u64 a = wide[0], b = amount;
  __u32 c = words[0], d = words[1];

  wide[1] = (a + b) * 7 - (a / (b | 1)) + (a % (b | 1));
  wide[2] = (a | 0xff) ^ (b & 0x7fffffff);
  wide[3] = (a << (b & 63)) + (a >> 3) + ((__s64)a >> (b & 63)) - (-a);
  words[2] = (c + d) * 5 - (c / (d | 1)) + (c % (d | 1));
  words[3] = (c << (d & 31)) | (c >> 5) | ((__s32)c >> (d & 31));
#if __BPF_CPU_VERSION__ >= 4
  wide[4] = (__s64)a / divisor + (__s64)a % divisor;
  words[4] = (__s32)c / (__s32)divisor;
#endif
  return 0;
}

// Sign-extending loads and moves are v4; before, shifts stand in for them.
SEC("syscall")
int sign_extension(void* ctx) {
  wide[0] = words[0];
  wide[1] = halves[1];
  wide[2] = octets[2];
  wide[3] = (__s16)wide[4];
  words[5] = (__s8)words[6];
  return 0;
}

SEC("syscall")
int byte_swap(void* ctx) {
  wide[0] = __builtin_bswap64(wide[1]);
  words[0] = __builtin_bswap32(words[1]);
  halves[0] = __builtin_bswap16(halves[1]);
  return 0;
}

// Signed and unsigned comparisons, 64 bits wide and, from v3, 32; those with < and <= are v2.
SEC("syscall")
int jumps(void* ctx) {
  __u64 a = wide[0];
  __s64 b = wide[1];
  __u32 c = words[0];
  __s32 d = words[1];
  int taken = 0;

  if (a > amount) taken += octets[0];
  if (a < 1000) taken += octets[1];
  if (a & 4) taken += octets[2];
  if (b > divisor) taken += octets[3];
  if (b <= -5) taken += octets[4];
  if (c >= 17) taken += octets[5];
  if (d < -17) taken += octets[6];
  if (d != c) taken += octets[7];
  return taken;
}

// Adding without a result is all that there is before v3.
SEC("syscall")
int atomics(void* ctx) {
  __sync_fetch_and_add(&wide[0], amount);
  __sync_fetch_and_add(&words[0], 1);
#if __BPF_CPU_VERSION__ >= 3
  wide[1] = __sync_fetch_and_add(&wide[2], amount);
  wide[1] += __sync_fetch_and_and(&wide[3], amount);
  wide[1] += __sync_fetch_and_or(&wide[4], amount);
  wide[1] += __sync_fetch_and_xor(&wide[5], amount);
  wide[1] += __sync_lock_test_and_set(&wide[6], amount);
  wide[1] += __sync_val_compare_and_swap(&wide[7], amount, divisor);
  words[1] = __sync_fetch_and_add(&words[2], 1);
  words[1] += __sync_val_compare_and_swap(&words[3], 1, 2);
#endif
  return 0;
}

// A constant of 64 bits, an address, and memory of every width on the stack.
SEC("syscall")
int constants(void* ctx) {
  volatile __u64 on_stack = 0x123456789abcdef0ULL;
  volatile __u32 word = 0xfedcba98;
  volatile __u16 half = 0x7654;
  volatile __u8 octet = 0x32;
  wide[0] = on_stack + word + half + octet;
  return bpf_get_smp_processor_id();
}
