// CO-RE: values of enumerators, of 32 and of 64 bits, negative and large ones; those that are missing.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long sink;
long long signed_sink;

// A flavour of the enumeration, and of its enumerators.
enum core_plain___flavour { CORE_SEVEN___flavour = 77, CORE_NEVER = 78 };

// One that the kernel has.
enum bpf_map_type___test { BPF_MAP_TYPE_HASH___test = 77, BPF_MAP_TYPE_NEVER = 78 };

SEC("raw_tp/sys_enter")
int values(void* ctx) {
  sink = bpf_core_enum_value_exists(enum core_plain, CORE_ONE) ? bpf_core_enum_value(enum core_plain, CORE_ONE) : 0;
  if (bpf_core_enum_value_exists(enum core_plain, CORE_ZERO)) sink += bpf_core_enum_value(enum core_plain, CORE_ZERO);
  if (bpf_core_enum_value_exists(enum core_plain, CORE_GONE)) sink += bpf_core_enum_value(enum core_plain, CORE_GONE);
  if (bpf_core_enum_value_exists(enum core_negative, CORE_MINUS_ONE)) {
    signed_sink = bpf_core_enum_value(enum core_negative, CORE_MINUS_ONE);
    signed_sink += bpf_core_enum_value(enum core_negative, CORE_LOWEST);
    signed_sink += bpf_core_enum_value(enum core_negative, CORE_POSITIVE);
  }
  if (bpf_core_enum_value_exists(enum core_unsigned, CORE_BELOW_2_31))
    sink += bpf_core_enum_value(enum core_unsigned, CORE_BELOW_2_31);
  return 0;
}

#if __clang_major__ >= 15
SEC("raw_tp/sys_enter")
int wide_values(void* ctx) {
  if (bpf_core_enum_value_exists(enum core_wide, CORE_SMALL)) {
    sink = bpf_core_enum_value(enum core_wide, CORE_ABOVE_2_32);
    sink += bpf_core_enum_value(enum core_wide, CORE_SMALL);
  }
  if (bpf_core_enum_value_exists(enum core_wide, CORE_WIDE_GONE))
    sink += bpf_core_enum_value(enum core_wide, CORE_WIDE_GONE);
  if (bpf_core_enum_value_exists(enum core_wide_negative, CORE_NEAR)) {
    signed_sink = bpf_core_enum_value(enum core_wide_negative, CORE_FAR_BELOW);
    signed_sink += bpf_core_enum_value(enum core_wide_negative, CORE_NEAR);
    signed_sink += bpf_core_enum_value(enum core_wide_negative, CORE_FAR_ABOVE);
  }
  return 0;
}
#endif

SEC("raw_tp/sys_enter")
int flavours(void* ctx) {
  sink = bpf_core_enum_value_exists(enum core_plain___flavour, CORE_SEVEN___flavour);
  if (sink) sink = bpf_core_enum_value(enum core_plain___flavour, CORE_SEVEN___flavour);
  sink += bpf_core_enum_value_exists(enum core_plain___flavour, CORE_NEVER);
  return 0;
}

SEC("raw_tp/sys_enter")
int of_the_kernel(void* ctx) {
  sink = bpf_core_enum_value_exists(enum bpf_map_type___test, BPF_MAP_TYPE_NEVER);
  if (bpf_core_enum_value_exists(enum bpf_map_type___test, BPF_MAP_TYPE_HASH___test))
    sink += bpf_core_enum_value(enum bpf_map_type___test, BPF_MAP_TYPE_HASH___test);
  return 0;
}
