// Sections that say nothing, no license, a version.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("my_own_section")
int own(void *ctx) { return 0; }
SEC("xdp_pass")
int old_style(struct xdp_md *ctx) { return 2; }
SEC("socket")
int ordinary(void *ctx) { return 0; }
unsigned int _version SEC("version") = 0x050a00;
