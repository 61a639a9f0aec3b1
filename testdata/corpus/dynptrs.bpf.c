// Dynamic pointers, records of a size known at run time, a ring buffer that user space fills.
// corpus: v2
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct header {
  __u32 kind, length;
};
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_USER_RINGBUF);
  __uint(max_entries, 4096);
} commands SEC(".maps");
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, int);
  __type(value, char[256]);
} memory SEC(".maps");
__u64 handled = 0;

SEC("raw_tp/sys_enter")
int reserve(void *ctx) {
  struct bpf_dynptr ptr;
  struct header header = {1, 24};
  __u32 size = sizeof(header) + (bpf_get_smp_processor_id() & 15) * 8;
  if (bpf_ringbuf_reserve_dynptr(&ring, size, 0, &ptr) == 0) bpf_dynptr_write(&ptr, 0, &header, sizeof header, 0);
  bpf_ringbuf_submit_dynptr(&ptr, 0);
  return 0;
}
SEC("raw_tp/sys_enter")
int from_memory(void *ctx) {
  struct bpf_dynptr ptr;
  struct header header;
  int key = 0;
  char *data = bpf_map_lookup_elem(&memory, &key), *slice;
  if (!data) return 0;
  bpf_dynptr_from_mem(data, 256, 0, &ptr);
  bpf_dynptr_read(&header, sizeof header, &ptr, 8, 0);
  slice = bpf_dynptr_data(&ptr, 16, 8);
  if (slice) slice[3] = header.kind;
  return 0;
}
SEC("raw_tp/sys_enter")
int never_submitted(void *ctx) {  // refused
  struct bpf_dynptr ptr;
  bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &ptr);
  return 0;
}
static long on_command(struct bpf_dynptr *ptr, void *context) {
  struct header *header = bpf_dynptr_data(ptr, 0, sizeof *header);
  if (!header) return 1;
  handled += header->length;
  return 0;
}
SEC("raw_tp/sys_enter")
int drain(void *ctx) {
  bpf_user_ringbuf_drain(&commands, on_command, NULL, 0);
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
