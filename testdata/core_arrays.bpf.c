// CO-RE: elements of arrays, of arrays of arrays and of flexible ones; and whole objects, counted by the first index.
// Not to be loaded: the pointers come from nowhere.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "core_types.h"

char LICENSE[] SEC("license") = "GPL";

unsigned long long sink;

#define TO(type, context) ((struct type*)*(unsigned long long*)(context))

SEC("raw_tp/elements")
int elements(void* ctx) {
  struct core_arrays* from = TO(core_arrays, ctx);
  sink = from->numbers[0];
  sink += from->numbers[3];
  sink += from->name[15];
  sink += from->inner[0].y;
  sink += from->inner[3].x;
  sink += from->matrix[0][0];
  sink += from->matrix[2][3];
  return 0;
}

// Elements that the other version has not got.
SEC("raw_tp/beyond")
int beyond(void* ctx) {
  struct core_arrays* from = TO(core_arrays, ctx);
  sink = bpf_core_field_exists(from->numbers[4]);
  if (bpf_core_field_exists(from->numbers[7])) sink += from->numbers[7];
  return 0;
}

SEC("raw_tp/flexible")
int flexible(void* ctx) {
  struct core_arrays* from = TO(core_arrays, ctx);
  struct core_flexible_records* records = TO(core_flexible_records, ctx);
  sink = from->flexible[0];
  sink += from->flexible[7];
  sink += records->records[2].y;
  sink += bpf_core_field_exists(records->records[3].x);
  return 0;
}

// The structure as an element of an array: the first index is not 0.
SEC("raw_tp/whole_objects")
int whole_objects(void* ctx) {
  struct core_inner* from = TO(core_inner, ctx);
  sink = (unsigned long long)__builtin_preserve_access_index(&from[5]);
  sink += (unsigned long long)__builtin_preserve_access_index(&from[2].y);
  sink += from[3].x;
  return 0;
}

SEC("raw_tp/sizes")
int sizes(void* ctx) {
  struct core_arrays* from = TO(core_arrays, ctx);
  sink = bpf_core_field_size(from->name) + bpf_core_field_size(from->matrix) + bpf_core_field_size(from->matrix[1]) +
         bpf_core_field_size(from->inner[2]) + bpf_core_field_size(from->numbers[1]);
  sink += bpf_core_field_offset(from->matrix[1]);
  return 0;
}
