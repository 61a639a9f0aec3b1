// Functions of a module: nf_conntrack's look-up of a connection, which exists when the module is loaded.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct nf_conn {
  long mark;
};

struct bpf_ct_opts {
  __s32 netns_id;
  __s32 error;
  __u8 l4proto;
  __u8 dir;
  __u8 reserved[2];
};

extern struct nf_conn* bpf_xdp_ct_lookup(struct xdp_md* ctx, struct bpf_sock_tuple* tuple, __u32 tuple_size,
                                         struct bpf_ct_opts* options, __u32 options_size) __ksym;
extern void bpf_ct_release(struct nf_conn* connection) __ksym;

__s32 lookup_error;

char LICENSE[] SEC("license") = "GPL";

SEC("xdp")
int look_up(struct xdp_md* ctx) {
  struct bpf_sock_tuple tuple = {};
  struct bpf_ct_opts options = {.netns_id = -1, .l4proto = 6 /* TCP */};
  struct nf_conn* connection = bpf_xdp_ct_lookup(ctx, &tuple, sizeof tuple.ipv4, &options, sizeof options);
  if (connection)
    bpf_ct_release(connection);
  else
    lookup_error = options.error;
  return XDP_PASS;
}
