// CO-RE: bit-fields, read and written through what relocations say of their place. Not to be loaded: the pointers come
// from nowhere.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long sink;
long long signed_sink;

#define TO(type, context) ((struct type*)*(unsigned long long*)(context))
#define INFO(pointer, field, what) __builtin_preserve_field_info((pointer)->field, BPF_FIELD_##what)

SEC("raw_tp/direct")
int direct(void* ctx) {
  struct core_bits* from = TO(core_bits, ctx);
  sink = BPF_CORE_READ_BITFIELD(from, one);
  sink += BPF_CORE_READ_BITFIELD(from, three);
  sink += BPF_CORE_READ_BITFIELD(from, twelve);
  signed_sink = BPF_CORE_READ_BITFIELD(from, signed_five);
  sink += BPF_CORE_READ_BITFIELD(from, forty);
  sink += BPF_CORE_READ_BITFIELD(from, twenty);
  sink += BPF_CORE_READ_BITFIELD(from, in_byte);
  return 0;
}

SEC("raw_tp/probed")
int probed(void* ctx) {
  struct core_bits* from = TO(core_bits, ctx);
  sink = BPF_CORE_READ_BITFIELD_PROBED(from, one);
  sink += BPF_CORE_READ_BITFIELD_PROBED(from, twelve);
  signed_sink = BPF_CORE_READ_BITFIELD_PROBED(from, signed_five);
  sink += BPF_CORE_READ_BITFIELD_PROBED(from, forty);
  return 0;
}

// Members that are no bit-fields, and those that are none on one side, can be read the same way.
SEC("raw_tp/no_bitfields")
int no_bitfields(void* ctx) {
  struct core_bits* from = TO(core_bits, ctx);
  sink = BPF_CORE_READ_BITFIELD(from, plain);
  signed_sink = BPF_CORE_READ_BITFIELD(from, plain_signed);
  sink += BPF_CORE_READ_BITFIELD_PROBED(from, plain);
  return 0;
}

SEC("raw_tp/missing")
int missing(void* ctx) {
  struct core_bits* from = TO(core_bits, ctx);
  sink = bpf_core_field_exists(from->gone);
  if (bpf_core_field_exists(from->gone)) sink += BPF_CORE_READ_BITFIELD(from, gone);
  return 0;
}

// Into the bits of the field, all others as they were.
SEC("raw_tp/written")
int written(void* ctx) {
  struct core_bits* to = TO(core_bits, ctx);
  void* at = (void*)to + INFO(to, three, BYTE_OFFSET);
  const unsigned int above = INFO(to, three, LSHIFT_U64);
  const unsigned int outside = INFO(to, three, RSHIFT_U64);
  const unsigned long long mask = (~0ULL << outside) >> above;
  unsigned long long bits = (sink << outside) >> above;

  asm volatile("" : "+r"(at));
  switch (INFO(to, three, BYTE_SIZE)) {
    case 1:
      *(unsigned char*)at = (*(unsigned char*)at & ~mask) | bits;
      break;
    case 2:
      *(unsigned short*)at = (*(unsigned short*)at & ~mask) | bits;
      break;
    case 4:
      *(unsigned int*)at = (*(unsigned int*)at & ~mask) | bits;
      break;
    case 8:
      *(unsigned long long*)at = (*(unsigned long long*)at & ~mask) | bits;
      break;
  }
  return 0;
}

// Without the macros the compiler loads as it likes; the relocation is of the place alone.
SEC("raw_tp/plain_access")
int plain_access(void* ctx) {
  struct core_bits* from = TO(core_bits, ctx);
  sink = from->plain;
  signed_sink = from->plain_signed;
  return 0;
}
