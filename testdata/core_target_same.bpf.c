// A "kernel" whose types are those that the programs core_*.bpf.c know: every relocation comes to what the compiler had
// put into the instruction.
#include "core_types.h"

struct core_widths widths;
struct core_nested nested;
struct core_arrays arrays;
struct core_flexible_records records;
struct core_bits bits;
union core_union a_union;
core_inner_alias inner_alias;
core_int_alias int_alias;
core_anonymous_alias anonymous_alias;
core_callback callback;
core_array_alias array_alias;
enum core_plain plain;
enum core_negative negative;
enum core_unsigned above;
#if __clang_major__ >= 15
enum core_wide wide;
enum core_wide_negative wide_negative;
#endif
