// Unix sockets of a cgroup.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup/connect_unix")
int connect_unix(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/sendmsg_unix")
int sendmsg_unix(struct bpf_sock_addr *ctx) { return 1; }
SEC("cgroup/getsockname_unix")
int name_unix(struct bpf_sock_addr *ctx) { return 1; }

char LICENSE[] SEC("license") = "GPL";
