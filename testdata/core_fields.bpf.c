// CO-RE: relocations of members in instructions of every class. Not to be loaded: the pointers come from nowhere.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long sink;

// The address in a register that the compiler knows nothing about.
#define TO(type, context) ((struct type*)*(unsigned long long*)(context))

SEC("raw_tp/loads")
int loads(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  sink = from->u8;
  sink += from->u16;
  sink += from->u32;
  sink += from->u64;
  sink += from->flag;
  sink += (unsigned long long)from->pointer;
  sink += (unsigned long long)from->next->next->pointer;
  return 0;
}

// Of the same width everywhere: those of another cannot follow.
SEC("raw_tp/signed_loads")
int signed_loads(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  long long sum = from->s8;
  sum += from->s16;
  sum += from->s32;
  sum += from->s64;
  sink = sum;
  return 0;
}

SEC("raw_tp/widths_change")
int widths_change(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  sink = from->grows;
  sink += from->thin;
  sink += from->grows_signed;
  sink += from->now_pointer;
  sink += from->now_signed;
  return 0;
}

SEC("raw_tp/stores")
int stores(void* ctx) {
  struct core_widths* to = TO(core_widths, ctx);
  const unsigned long long value = sink;
  to->u8 = value;
  to->u16 = value;
  to->u32 = value;
  to->u64 = value;
  to->s16 = value;
  to->grows = value;
  to->thin = value;
  to->pointer = to;
  return 0;
}

// With -mcpu=v4 these are stores of immediate values.
SEC("raw_tp/constants")
int constants(void* ctx) {
  struct core_widths* to = TO(core_widths, ctx);
  to->u8 = 1;
  to->u16 = 2;
  to->u32 = 3;
  to->u64 = 4;
  to->s32 = -5;
  to->grows = 6;
  to->thin = 7;
  return 0;
}

// A member's place as a number: an addition, or a move where nothing is added.
SEC("raw_tp/places")
int places(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  sink = bpf_core_field_offset(from->u64);
  sink += bpf_core_field_offset(struct core_widths, s8);
  sink += bpf_core_field_size(from->grows) + bpf_core_field_size(from->pointer);
  sink += (unsigned long long)__builtin_preserve_access_index(&from->s16);
  sink += bpf_core_field_offset(from->grows_signed);
  return 0;
}

SEC("raw_tp/existence")
int existence(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  sink = bpf_core_field_exists(from->missing) + 2 * bpf_core_field_exists(from->u8) +
         4 * bpf_core_field_exists(from->real) + 8 * bpf_core_field_exists(from->now_pointer);
  if (bpf_core_field_exists(from->missing)) sink += from->missing;
  return 0;
}

SEC("raw_tp/nested")
int nested(void* ctx) {
  struct core_nested* from = TO(core_nested, ctx);
  sink = from->first;
  sink += from->in_anonymous;
  sink += from->wide;
  sink += from->low;
  sink += from->high;
  sink += from->named.x;
  sink += from->named.y;
  sink += from->number;
  sink += from->bytes[2];
  sink += from->parent->pointer->y;
  return 0;
}

SEC("raw_tp/probed")
int probed(void* ctx) {
  struct core_nested* from = TO(core_nested, ctx);
  sink = BPF_CORE_READ(from, parent, parent, pointer, y);
  sink += BPF_CORE_READ(from, parent, named.x);
  sink += BPF_CORE_READ(from, low);
  sink += sizeof(BPF_CORE_READ(from, bytes));
  return 0;
}

SEC("raw_tp/signs")
int signs(void* ctx) {
  struct core_widths* from = TO(core_widths, ctx);
  sink = __builtin_preserve_field_info(from->s32, BPF_FIELD_SIGNED);
  sink += __builtin_preserve_field_info(from->u32, BPF_FIELD_SIGNED) * 2;
  sink += __builtin_preserve_field_info(from->now_signed, BPF_FIELD_SIGNED) * 4;
  return 0;
}

SEC("raw_tp/unions")
int unions(void* ctx) {
  union core_union* from = (void*)*(unsigned long long*)ctx;
  sink = from->number;
  sink += from->bytes[3];
  sink += from->inner.y;
  return 0;
}
