// Devices, sysctls and socket options of a cgroup.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct opt {
  __u8 value;
};
struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct opt);
} options SEC(".maps");
static const char tcp_mem[] = "net/ipv4/tcp_mem";

SEC("cgroup/dev")
int devices(struct bpf_cgroup_dev_ctx *ctx) {
  short type = ctx->access_type & 0xffff;
  if (ctx->major != 1 || type != BPF_DEVCG_DEV_CHAR) return 0;
  return ctx->minor == 5 || ctx->minor == 9;
}
SEC("cgroup/sysctl")
int sysctls(struct bpf_sysctl *ctx) {
  char name[32] = {}, value[32] = {};
  unsigned long numbers[3] = {};
  int size = bpf_sysctl_get_name(ctx, name, sizeof(name), 0), offset = 0;
  if (size != sizeof(tcp_mem) - 1) return 0;
  for (unsigned i = 0; i < sizeof(tcp_mem) - 1; i++)
    if (name[i] != tcp_mem[i]) return 0;
  size = bpf_sysctl_get_current_value(ctx, value, sizeof(value));
  if (size < 0 || size >= 32) return 0;
  offset = bpf_strtoul(value, sizeof(value) - 1, 0, numbers);
  return offset > 0 && !ctx->write;
}
SEC("cgroup/getsockopt")
int getsockopt(struct bpf_sockopt *ctx) {
  __u8 *value = ctx->optval, *end = ctx->optval_end;
  struct opt *stored;
  if (ctx->level != 0xfeed) return 1;
  if (value + 1 > end || !ctx->sk) return 0;
  stored = bpf_sk_storage_get(&options, ctx->sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
  if (!stored) return 0;
  value[0] = stored->value;
  ctx->retval = 0;
  ctx->optlen = 1;
  return 1;
}
SEC("cgroup/setsockopt")
int setsockopt(struct bpf_sockopt *ctx) {
  if (ctx->level == 0 && ctx->optname == 1) return 0;
  ctx->optlen = -1;
  return 1;
}

char LICENSE[] SEC("license") = "GPL";
