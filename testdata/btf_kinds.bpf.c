// Every kind of type that older kernels do not know and that clang writes: float, tags on declarations and on types,
// enumerations of 64 bits and signed ones, global functions, data sections. A kernel of any version is to take this
// object's types, with what it does not know left out.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define DECL_TAG(text) __attribute__((btf_decl_tag(text)))
#define TYPE_TAG(text) __attribute__((btf_type_tag(text)))

enum wide { WIDE_ZERO, WIDE_TOP = 0x1234567890abcdefULL };
enum is_signed { IS_SIGNED_LOW = -5, IS_SIGNED_ONE = 1 };

struct value {
  enum wide wide;
  enum is_signed is_signed;
  float ratio;
  double precise;
  __u64 hits DECL_TAG("member");
  __u64 TYPE_TAG("user") * pointer;
} DECL_TAG("value");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4);
  __type(key, enum is_signed);
  __type(value, struct value);
} values SEC(".maps");

float ratio = 0.5;
enum wide wide DECL_TAG("variable") = WIDE_TOP;
__u64 hits;

__attribute__((noinline)) int add_up(int a DECL_TAG("parameter"), int b) { return a + b; }

SEC("socket")
int count(struct __sk_buff *skb) {
  enum is_signed key = IS_SIGNED_ONE;
  struct value *value = bpf_map_lookup_elem(&values, &key);
  if (value) value->hits++;
  hits++;
  return add_up((int)hits, 41);
}

char LICENSE[] SEC("license") = "GPL";
