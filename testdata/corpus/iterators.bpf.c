// BTF iterators over tasks, their files and mappings, maps, programs and sockets.
#include "kernel_types.h"

SEC("iter/task")
int dump_task(struct bpf_iter__task *ctx) {
  struct seq_file *seq = ctx->meta->seq;
  struct task_struct *task = ctx->task;
  if (!task) {
    BPF_SEQ_PRINTF(seq, "=== end ===\n");
    return 0;
  }
  if (ctx->meta->seq_num == 0) BPF_SEQ_PRINTF(seq, "    tgid      pid name\n");
  BPF_SEQ_PRINTF(seq, "%8d %8d %s\n", task->tgid, task->pid, task->comm);
  return 0;
}
SEC("iter/task_file")
int dump_task_file(struct bpf_iter__task_file *ctx) {
  struct task_struct *task = ctx->task;
  struct file *file = ctx->file;
  if (!task || !file) return 0;
  BPF_SEQ_PRINTF(ctx->meta->seq, "%d %d %lx\n", task->tgid, ctx->fd, (long)file->f_inode->i_ino);
  return 0;
}
SEC("iter.s/task_vma")
int dump_task_vma(struct bpf_iter__task_vma *ctx) {
  struct vm_area_struct *vma = ctx->vma;
  if (!ctx->task || !vma) return 0;
  BPF_SEQ_PRINTF(ctx->meta->seq, "%08llx-%08llx\n", vma->vm_start, vma->vm_end);
  return 0;
}
SEC("iter/bpf_map")
int dump_map(struct bpf_iter__bpf_map *ctx) {
  struct bpf_map *map = ctx->map;
  if (map) BPF_SEQ_PRINTF(ctx->meta->seq, "%u %s\n", map->id, map->name);
  return 0;
}
SEC("iter/bpf_prog")
int dump_prog(struct bpf_iter__bpf_prog *ctx) {
  struct bpf_prog *prog = ctx->prog;
  if (prog) BPF_SEQ_PRINTF(ctx->meta->seq, "%u %u\n", prog->aux->id, prog->len);
  return 0;
}

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16);
  __type(key, u32);
  __type(value, u64);
} sums SEC(".maps");
u64 total = 0;

SEC("iter/bpf_map_elem")
int sum_elements(struct bpf_iter__bpf_map_elem *ctx) {
  u64 *value = ctx->value;
  if (!ctx->key || !value) return 0;
  total += *value;
  return 0;
}
SEC("iter/tcp")
int dump_tcp(struct bpf_iter__tcp *ctx) {
  struct sock_common *sk = ctx->sk_common;
  if (!sk) return 0;
  BPF_SEQ_PRINTF(ctx->meta->seq, "%u %u\n", sk->skc_num, sk->skc_state);
  return 0;
}
SEC("iter/udp")
int dump_udp(struct bpf_iter__udp *ctx) {
  if (ctx->udp_sk) BPF_SEQ_PRINTF(ctx->meta->seq, "%d\n", ctx->bucket);
  return 0;
}
SEC("iter/no_such_iterator")
int dump_nothing(void *ctx) { return 0; }

char LICENSE[] SEC("license") = "GPL";
