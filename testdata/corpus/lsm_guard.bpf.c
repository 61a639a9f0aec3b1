// Security hooks: for the whole system, sleepable, and by cgroup.
#include "kernel_types.h"

struct linux_binprm {
  struct file *file;
  const char *filename;
} __attribute__((preserve_access_index));
struct sockaddr;
struct socket {
  short type;
} __attribute__((preserve_access_index));

#define EPERM 1
u64 denied = 0;
const volatile u64 protected_inode = 0;

SEC("lsm/file_open")
int BPF_PROG(guard_open, struct file *file) {
  if (protected_inode && file->f_inode->i_ino == protected_inode) {
    __sync_fetch_and_add(&denied, 1);
    return -EPERM;
  }
  return 0;
}
SEC("lsm.s/bprm_check_security")
int BPF_PROG(guard_exec, struct linux_binprm *bprm, int ret) {
  if (ret) return ret;
  return 0;
}
SEC("lsm/socket_bind")
int BPF_PROG(guard_bind, struct socket *sock, struct sockaddr *address, int addrlen, int ret) { return ret; }
SEC("lsm_cgroup/socket_create")
int BPF_PROG(guard_socket, int family, int type, int protocol, int kern) { return 1; }
SEC("lsm/no_such_hook")
int BPF_PROG(guard_nothing) { return 0; }

char LICENSE[] SEC("license") = "GPL";
