// CO-RE: what needs no memory of the kernel, so that it can be run wherever its types come from; each program returns
// what it was relocated to. libbpf 1.1 refuses unsigned enumerators above 2^31, which clang puts into instructions
// without a sign.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long values[8];

SEC("socket")
int large_enumerators(void* ctx) {
  values[0] = bpf_core_enum_value(enum core_unsigned, CORE_ABOVE_2_31);
  values[1] = bpf_core_enum_value(enum core_unsigned, CORE_ALL_ONES);
  values[2] = bpf_core_enum_value(enum core_unsigned, CORE_BELOW_2_31);
  return 0;
}

SEC("socket")
int negative_enumerators(void* ctx) {
  values[0] = bpf_core_enum_value(enum core_negative, CORE_MINUS_ONE);
  values[1] = bpf_core_enum_value(enum core_negative, CORE_LOWEST);
  values[2] = bpf_core_enum_value(enum core_negative, CORE_POSITIVE);
  return 0;
}

#if __clang_major__ >= 15
SEC("socket")
int wide_enumerators(void* ctx) {
  values[0] = bpf_core_enum_value(enum core_wide, CORE_ABOVE_2_32);
  values[1] = bpf_core_enum_value(enum core_wide, CORE_SMALL);
  values[2] = bpf_core_enum_value(enum core_wide_negative, CORE_FAR_BELOW);
  values[3] = bpf_core_enum_value(enum core_wide_negative, CORE_FAR_ABOVE);
  return 0;
}
#endif

// A structure of the program's own in the layout that the types say, built byte by byte on the stack and read back
// through relocations.
SEC("socket")
int bits(void* ctx) {
  unsigned long long stack[8] = {};
  struct core_bits* from = (struct core_bits*)stack;
  int i;
  for (i = 0; i < 8; i++) stack[i] = 0x0123456789abcdefULL * (2 * i + 1);
  asm volatile("" : "+r"(from)::"memory");
  values[0] = BPF_CORE_READ_BITFIELD(from, one);
  values[1] = BPF_CORE_READ_BITFIELD(from, three);
  values[2] = BPF_CORE_READ_BITFIELD(from, twelve);
  values[3] = BPF_CORE_READ_BITFIELD(from, signed_five);
  values[4] = BPF_CORE_READ_BITFIELD(from, forty);
  values[5] = BPF_CORE_READ_BITFIELD(from, twenty);
  values[6] = BPF_CORE_READ_BITFIELD(from, in_byte);
  values[7] = BPF_CORE_READ_BITFIELD(from, plain_signed);
  return 0;
}
