// Global variables of every kind, and programs that read and write them: the object behind the tests of Variable,
// Global, AtomicSpan and of the data sections. Its initial values are what those tests expect. It has no map of its
// own, so that it can be compiled without BTF too.
#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

enum color { COLOR_RED, COLOR_GREEN = 5, COLOR_BLUE = 1000 };

struct traffic {
  __u64 packets;
  __u64 bytes;
};

struct stats {
  struct traffic rx;
  struct traffic tx;
  __u32 drops[4];
  bool active;
  enum color color;
};

// One member for each scalar variable; mirror() fills these in from .bss, .data and .rodata.
struct scalars {
  __u64 u64;
  __s64 s64;
  __u32 u32;
  __s32 s32;
  __u16 u16;
  __s16 s16;
  __u8 u8;
  __s8 s8;
  bool flag;
  enum color color;
};

// .bss
__u8 bss_u8;
__s8 bss_s8;
__u16 bss_u16;
__s16 bss_s16;
__u32 bss_u32;
__s32 bss_s32;
__u64 bss_u64;
__s64 bss_s64;
bool bss_bool;
enum color bss_color;
char bss_text[32];
__u32 bss_array[16];
__u16 bss_matrix[3][5];
struct stats bss_stats;
struct scalars mirror_of_bss;
struct scalars mirror_of_data;
struct scalars mirror_of_rodata;
__u64 big[1024];  // two pages by itself

// .data
__u8 data_u8 = 0x11;
__s8 data_s8 = -2;
__u16 data_u16 = 0x2233;
__s16 data_s16 = -300;
__u32 data_u32 = 0x44556677;
__s32 data_s32 = -70000;
__u64 data_u64 = 0x8899aabbccddeeffULL;
__s64 data_s64 = -5000000000LL;
bool data_bool = true;
enum color data_color = COLOR_BLUE;
char data_text[16] = "initial";
__u32 data_array[4] = {10, 20, 30, 40};
struct stats data_stats = {
    .rx = {.packets = 1, .bytes = 2},
    .tx = {.packets = 3, .bytes = 4},
    .drops = {5, 6, 7, 8},
    .active = true,
    .color = COLOR_GREEN,
};
struct traffic data_structs[3] = {{1, 100}, {2, 200}, {3, 300}};

// .rodata: knobs that are set before loading and are constants to the verifier.
const volatile __u8 knob_u8 = 8;
const volatile __s8 knob_s8 = -8;
const volatile __u16 knob_u16 = 16;
const volatile __s16 knob_s16 = -16;
const volatile __u32 sample_rate = 1;
const volatile __s32 knob_s32 = -32;
const volatile __u64 knob_u64 = 64;
const volatile __s64 knob_s64 = -64;
const volatile bool knob_bool = false;
const volatile enum color knob_color = COLOR_RED;
const volatile char knob_text[16] = "none";
const volatile __u32 knob_array[4] = {1, 2, 3, 4};
const volatile struct traffic knob_struct = {.packets = 7, .bytes = 700};

// Sections with names of their own.
__u32 custom_data SEC(".data.custom") = 0x1234;
__u64 custom_data_array[3] SEC(".data.custom") = {1, 2, 3};
const volatile __u32 custom_rodata SEC(".rodata.custom") = 0x4321;
__u64 custom_bss SEC(".bss.custom");

// Linkage other than the usual one. Nothing outside this file sees the first two and `count.calls`.
static volatile __u64 static_bss;
static volatile __u32 static_data = 3;
__hidden __u32 hidden_data = 9;
__weak __u32 weak_data = 7;

// What count() counts, at addresses where 4 and 8 bytes are added to atomically.
__u64 packets;
__u64 bytes;
__u32 events;
__u64 sampled;
__u64 hits_by_length[16];

char LICENSE[] SEC("license") = "Dual MIT/GPL";

// Run it by BPF_PROG_TEST_RUN, from as many threads as there are: no count is lost.
SEC("socket")
int count(struct __sk_buff* skb) {
  static volatile __u32 calls;
  __u32 length = skb->len;

  __sync_fetch_and_add(&packets, 1);
  __sync_fetch_and_add(&bytes, length);
  __sync_fetch_and_add(&events, 1);
  __sync_fetch_and_add(&hits_by_length[length & 15], 1);
  if (sample_rate != 0 && packets % sample_rate == 0) __sync_fetch_and_add(&sampled, 1);
  calls++;
  static_bss += static_data;
  return 0;
}

// Copies each scalar of a section to the struct named after it.
SEC("tc")
int mirror(struct __sk_buff* skb) {
  mirror_of_bss.u64 = bss_u64;
  mirror_of_bss.s64 = bss_s64;
  mirror_of_bss.u32 = bss_u32;
  mirror_of_bss.s32 = bss_s32;
  mirror_of_bss.u16 = bss_u16;
  mirror_of_bss.s16 = bss_s16;
  mirror_of_bss.u8 = bss_u8;
  mirror_of_bss.s8 = bss_s8;
  mirror_of_bss.flag = bss_bool;
  mirror_of_bss.color = bss_color;

  mirror_of_data.u64 = data_u64;
  mirror_of_data.s64 = data_s64;
  mirror_of_data.u32 = data_u32;
  mirror_of_data.s32 = data_s32;
  mirror_of_data.u16 = data_u16;
  mirror_of_data.s16 = data_s16;
  mirror_of_data.u8 = data_u8;
  mirror_of_data.s8 = data_s8;
  mirror_of_data.flag = data_bool;
  mirror_of_data.color = data_color;

  mirror_of_rodata.u64 = knob_u64;
  mirror_of_rodata.s64 = knob_s64;
  mirror_of_rodata.u32 = sample_rate;
  mirror_of_rodata.s32 = knob_s32;
  mirror_of_rodata.u16 = knob_u16;
  mirror_of_rodata.s16 = knob_s16;
  mirror_of_rodata.u8 = knob_u8;
  mirror_of_rodata.s8 = knob_s8;
  mirror_of_rodata.flag = knob_bool;
  mirror_of_rodata.color = knob_color;
  return 0;
}

// custom_bss = custom_data + custom_data_array[2] + custom_rodata; returns hidden_data + weak_data.
SEC("tc")
int custom_sections(struct __sk_buff* skb) {
  custom_bss = (__u64)custom_data + custom_data_array[2] + custom_rodata;
  return hidden_data + weak_data;
}

// big[i] = knob_u64 * i, over the end of the first page.
SEC("tc")
int fill_big(struct __sk_buff* skb) {
  for (__u32 i = 0; i < 1024; i++) big[i] = knob_u64 * i;
  return 0;
}

// Uses aggregates: returns bss_array[3] + data_array[3] + knob_array[3] + data_stats.drops[1] + knob_struct.packets,
// and the text in .rodata goes to bss_text.
SEC("tc")
int aggregates(struct __sk_buff* skb) {
  for (__u32 i = 0; i < sizeof(knob_text); i++) bss_text[i] = knob_text[i];
  bss_stats.rx.packets++;
  bss_stats.tx.bytes += data_structs[2].bytes;
  bss_matrix[2][4] = data_u16;
  return bss_array[3] + data_array[3] + knob_array[3] + data_stats.drops[1] + knob_struct.packets;
}
