// Reads and writes by file: kprobes with a shared static function, names by CO-RE through several pointers.
#include "kernel_types.h"

#define PATH_MAX 256
enum op { READ, WRITE };

struct file_id {
  u64 inode;
  u32 dev, rdev, pid, tid;
};
struct file_stat {
  u64 reads, read_bytes, writes, write_bytes;
  u32 pid, tid;
  char filename[PATH_MAX];
  char comm[TASK_COMM_LEN];
  char type;
};

const volatile pid_t target_pid = 0;
const volatile bool regular_file_only = true;
static struct file_stat zero = {};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 10240);
  __type(key, struct file_id);
  __type(value, struct file_stat);
} entries SEC(".maps");

static void name_of(struct file *file, char *buf, unsigned long size) {
  struct qstr dname = BPF_CORE_READ(file, f_path.dentry, d_name);
  bpf_probe_read_kernel(buf, size, dname.name);
}

static int probe_entry(struct pt_regs *ctx, struct file *file, unsigned long count, enum op op) {
  u64 id = bpf_get_current_pid_tgid();
  struct file_id key = {};
  struct file_stat *value;
  int mode;
  if (target_pid && target_pid != (id >> 32)) return 0;
  mode = BPF_CORE_READ(file, f_inode, i_mode);
  if (regular_file_only && (mode & 0170000) != 0100000) return 0;
  key.dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
  key.rdev = BPF_CORE_READ(file, f_inode, i_rdev);
  key.inode = BPF_CORE_READ(file, f_inode, i_ino);
  key.pid = id >> 32;
  key.tid = id;
  value = bpf_map_lookup_elem(&entries, &key);
  if (!value) {
    bpf_map_update_elem(&entries, &key, &zero, BPF_ANY);
    value = bpf_map_lookup_elem(&entries, &key);
    if (!value) return 0;
    value->pid = key.pid;
    value->tid = key.tid;
    bpf_get_current_comm(&value->comm, sizeof(value->comm));
    name_of(file, value->filename, sizeof(value->filename));
    value->type = (mode & 0170000) == 0100000 ? 'R' : (mode & 0170000) == 0140000 ? 'S' : 'O';
  }
  if (op == READ) {
    value->reads++;
    value->read_bytes += count;
  } else {
    value->writes++;
    value->write_bytes += count;
  }
  return 0;
}

SEC("kprobe/vfs_read")
int BPF_KPROBE(vfs_read_entry, struct file *file, char *buf, unsigned long count, s64 *pos) {
  return probe_entry(ctx, file, count, READ);
}
SEC("kprobe/vfs_write")
int BPF_KPROBE(vfs_write_entry, struct file *file, const char *buf, unsigned long count, s64 *pos) {
  return probe_entry(ctx, file, count, WRITE);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
