// Programs that make system calls: a loader's kind.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct input {
  int max_entries;
  int map_fd;
};

SEC("syscall")
int make_map(struct input *in) {
  static union bpf_attr attr = {.map_type = BPF_MAP_TYPE_HASH, .key_size = 8, .value_size = 8};
  int fd;
  attr.max_entries = in->max_entries;
  fd = bpf_sys_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
  if (fd <= 0) return fd;
  in->map_fd = fd;
  bpf_sys_close(fd);
  return 1;
}
SEC("syscall")
int by_name(struct input *in) {
  static const char name[] = "bpf_prog_active";
  __u64 address = 0;
  bpf_kallsyms_lookup_name(name, sizeof(name), 0, &address);
  return address != 0;
}

char LICENSE[] SEC("license") = "GPL";
