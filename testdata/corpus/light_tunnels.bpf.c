// Routes with programs: in, out, transmitted, and segment routing; infrared decoders.
#include <linux/bpf.h>
#include <linux/lirc.h>

#include <bpf/bpf_helpers.h>

SEC("lwt_in")
int in(struct __sk_buff *skb) { return skb->protocol ? BPF_OK : BPF_DROP; }
SEC("lwt_out")
int out(struct __sk_buff *skb) { return skb->mark & 1 ? BPF_DROP : BPF_OK; }
SEC("lwt_xmit")
int xmit(struct __sk_buff *skb) {
  char header[20] = {0x45};
  if (bpf_lwt_push_encap(skb, BPF_LWT_ENCAP_IP, header, sizeof header)) return BPF_DROP;
  return BPF_LWT_REROUTE;
}
SEC("lwt_seg6local")
int seg6(struct __sk_buff *skb) {
  __u16 tag = 5;
  return bpf_lwt_seg6_store_bytes(skb, 46, &tag, 2) ? BPF_DROP : BPF_OK;
}

struct state {
  unsigned long bits;
  unsigned int count;
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, unsigned int);
  __type(value, struct state);
} decoder SEC(".maps");
int margin = 200;
SEC("lirc_mode2")
int decode(unsigned int *sample) {
  unsigned int key = 0, duration = LIRC_VALUE(*sample);
  struct state *s = bpf_map_lookup_elem(&decoder, &key);
  if (!s) return 0;
  if (LIRC_IS_PULSE(*sample) && duration > 2666 - margin && duration < 2666 + margin) {
    s->bits = 0;
    s->count = 0;
  } else if (++s->count == 28) {
    bpf_rc_keydown(sample, 0x40, s->bits, 0);
  } else {
    s->bits = s->bits << 1 | (duration > 600);
  }
  return 0;
}

char LICENSE[] SEC("license") = "GPL";
