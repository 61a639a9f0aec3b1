// A program that ends by bpf_throw(), and the function that then says what it returns. Linux 6.7 loads it.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern void bpf_throw(__u64 cookie) __ksym;

__u64 caught;

char LICENSE[] SEC("license") = "GPL";

// Only the kernel calls it.
__noinline int on_exception(__u64 cookie) {
  caught = cookie;
  return 77;
}

static __noinline int throw_if(__u32 length) {
  if (length > 10) bpf_throw(length);
  return 1;
}

SEC("tc")
__attribute__((btf_decl_tag("exception_callback:on_exception"))) int throwing(struct __sk_buff* skb) {
  return throw_if(skb->len) + 1;
}

SEC("tc")
int plain(struct __sk_buff* skb) { return 2; }
