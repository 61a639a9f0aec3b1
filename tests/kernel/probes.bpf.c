// Programs for every kind of probe, each in the section of its kind, that count the hits of one process; and programs
// for hooks of the network.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile __u32 target_tgid = 0;

__u64 entries;
__u64 returns;
__u64 cookie;
__u64 packets;

struct pt_regs;

static __always_inline int is_target(void) { return bpf_get_current_pid_tgid() >> 32 == target_tgid; }

static __always_inline int count(__u64* counter) {
  if (is_target()) __sync_fetch_and_add(counter, 1);
  return 0;
}

#define ENTRY(name, section) \
  SEC(section) int name(struct pt_regs* ctx) { return count(&entries); }
#define RETURN(name, section) \
  SEC(section) int name(struct pt_regs* ctx) { return count(&returns); }

ENTRY(system_call, "ksyscall/getppid")
RETURN(system_call_return, "kretsyscall/getppid")
ENTRY(kernel_function, "?kprobe/do_sys_openat2")
ENTRY(kernel_function_offset, "kprobe/do_sys_openat2+0x1")
RETURN(kernel_function_return, "kretprobe/do_sys_openat2")
ENTRY(kernel_function_missing, "kprobe/no_such_function")
ENTRY(anything, "kprobe")
ENTRY(kernel_functions, "kprobe.multi/do_sys_openat?")
RETURN(kernel_functions_return, "kretprobe.multi/do_sys_openat2")
ENTRY(kernel_functions_session, "kprobe.session/do_sys_openat2")

ENTRY(user_function, "uprobe//proc/self/exe:probed_first")
RETURN(user_function_return, "?uretprobe//proc/self/exe:probed_first")
ENTRY(user_function_missing, "uprobe//proc/self/exe:no_such_function")
ENTRY(user_functions, "uprobe.multi//proc/self/exe:probed_*")
RETURN(user_functions_return, "uretprobe.multi//proc/self/exe:probed_first")
ENTRY(user_functions_session, "uprobe.session//proc/self/exe:probed_first")
ENTRY(user_trace_point, "usdt//proc/self/exe:group:name")

SEC("uprobe")
int with_cookie(struct pt_regs* ctx) {
  if (is_target()) cookie += bpf_get_attach_cookie(ctx);
  return 0;
}

SEC("uprobe.multi")
int with_cookies(struct pt_regs* ctx) {
  if (is_target()) cookie += bpf_get_attach_cookie(ctx);
  return 0;
}

SEC("perf_event")
int tick(struct bpf_perf_event_data* ctx) {
  __sync_fetch_and_add(&entries, 1);
  return 0;
}

SEC("sk_lookup")
int lookup(struct bpf_sk_lookup* ctx) {
  __sync_fetch_and_add(&packets, 1);
  return 1;
}

SEC("flow_dissector")
int dissect(struct __sk_buff* skb) { return 0; }

struct bpf_nf_ctx;

SEC("netfilter")
int filter(struct bpf_nf_ctx* ctx) {
  __sync_fetch_and_add(&packets, 1);
  return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
