// What the tables of the groups say without asking any kernel: words, versions, options. Internal.
#pragma once

#include <cstdint>
#include <string_view>

#include "ebpf/features/answer.h"
#include "ebpf/features/feature.h"
#include "ebpf/sys/types.h"

namespace ebpf::features {

// The options of the configuration that have to do with BPF.
inline constexpr std::string_view kOptionNames[] = {
    "CONFIG_BPF",
    "CONFIG_BPF_SYSCALL",
    "CONFIG_HAVE_EBPF_JIT",
    "CONFIG_BPF_JIT",
    "CONFIG_BPF_JIT_ALWAYS_ON",
    "CONFIG_BPF_UNPRIV_DEFAULT_OFF",
    "CONFIG_BPF_LSM",
    "CONFIG_DEBUG_INFO_BTF",
    "CONFIG_DEBUG_INFO_BTF_MODULES",
    "CONFIG_CGROUPS",
    "CONFIG_CGROUP_BPF",
    "CONFIG_CGROUP_NET_CLASSID",
    "CONFIG_SOCK_CGROUP_DATA",
    "CONFIG_MEMCG",
    "CONFIG_BPF_EVENTS",
    "CONFIG_PERF_EVENTS",
    "CONFIG_KPROBES",
    "CONFIG_KPROBE_EVENTS",
    "CONFIG_UPROBES",
    "CONFIG_UPROBE_EVENTS",
    "CONFIG_TRACING",
    "CONFIG_FTRACE_SYSCALLS",
    "CONFIG_FPROBE",
    "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
    "CONFIG_FUNCTION_ERROR_INJECTION",
    "CONFIG_BPF_KPROBE_OVERRIDE",
    "CONFIG_NET",
    "CONFIG_INET",
    "CONFIG_XDP_SOCKETS",
    "CONFIG_LWTUNNEL_BPF",
    "CONFIG_NET_ACT_BPF",
    "CONFIG_NET_CLS_BPF",
    "CONFIG_NET_CLS_ACT",
    "CONFIG_NET_SCH_INGRESS",
    "CONFIG_NET_XGRESS",
    "CONFIG_NETKIT",
    "CONFIG_XFRM",
    "CONFIG_IP_ROUTE_CLASSID",
    "CONFIG_IPV6_SEG6_BPF",
    "CONFIG_BPF_LIRC_MODE2",
    "CONFIG_BPF_STREAM_PARSER",
    "CONFIG_NETFILTER_XT_MATCH_BPF",
    "CONFIG_NETFILTER_BPF_LINK",
    "CONFIG_BPFILTER",
    "CONFIG_BPFILTER_UMH",
    "CONFIG_SCHED_CLASS_EXT",
    "CONFIG_HID_BPF",
    "CONFIG_TEST_BPF",
    "CONFIG_SECURITY_LOCKDOWN_LSM",
    "CONFIG_IKCONFIG_PROC",
    "CONFIG_HZ",
    "CONFIG_KEYS",
    "CONFIG_MMU",
};

// The number of an option by its name, from 1 on; 0 for none. A name that is not in the list does not compile.
consteval std::uint8_t option_number(std::string_view name) {
  if (name.empty()) return 0;
  std::uint8_t number = 0;
  while (kOptionNames[number++] != name) continue;
  return number;
}
// The reverse; empty for 0 and behind the last.
std::string_view option_name(std::uint32_t number);

// When a feature came, and the option without which a kernel does not have it.
struct Release {
  Version since{};
  std::uint8_t option = 0;

  constexpr Release() = default;
  consteval Release(Version came_with, std::string_view config = {})  // NOLINT: rows of tables
      : since(came_with), option(option_number(config)) {}
};

// What every row of a group with words of its own begins with.
struct Row {
  const char* word;
  Release release;

  consteval Row(const char* text, Version since = {}, std::string_view config = {})  // NOLINT: rows of tables
      : word(text), release(since, config) {}
};

// Row `number` of a group's table; null behind its end.
const Row* system_row(std::uint32_t number);
const Row* mount_row(std::uint32_t number);
const Row* capability_row(std::uint32_t number);
const Row* map_flag_row(std::uint32_t number);
const Row* btf_row(std::uint32_t number);
const Row* isa_row(std::uint32_t number);
const Row* misc_row(std::uint32_t number);
// By the kernel's number; the words are those of sys/types.h.
const Release* map_release(std::uint32_t number);
const Release* program_release(std::uint32_t number);
const Release* attach_release(std::uint32_t number);
const Release* link_release(std::uint32_t number);

Version helper_since(std::uint32_t helper);

// Whether there is such a feature: a caller may make one of any number.
bool is_known(const Feature& feature);

}  // namespace ebpf::features
