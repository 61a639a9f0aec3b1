// map_type() and program_type() of requires.h: the smallest map and the smallest program of each type.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/file.h"
#include "tests/support/requires.h"

namespace ebpf::test {
namespace {

// ---- Maps ----

enum class Extra : std::uint8_t {
  none,
  inner_map,  // a map of maps wants a template
  types,      // local storage wants BTF of key and value
};

struct MapProbe {
  MapType type;
  std::uint32_t key_size, value_size, max_entries, flags = 0;
  Extra extra = Extra::none;
};

// 4096 is a page: ring buffers count in bytes.
constexpr MapProbe kMapProbes[] = {
    {MapType::hash, 4, 4, 1},
    {MapType::array, 4, 4, 1},
    {MapType::prog_array, 4, 4, 1},
    {MapType::perf_event_array, 4, 4, 1},
    {MapType::percpu_hash, 4, 4, 1},
    {MapType::percpu_array, 4, 4, 1},
    {MapType::stack_trace, 4, 8, 1},
    {MapType::cgroup_array, 4, 4, 1},
    {MapType::lru_hash, 4, 4, 1},
    {MapType::lru_percpu_hash, 4, 4, 1},
    {MapType::lpm_trie, 8, 4, 1, sys::kMapNoPrealloc},
    {MapType::array_of_maps, 4, 4, 1, 0, Extra::inner_map},
    {MapType::hash_of_maps, 4, 4, 1, 0, Extra::inner_map},
    {MapType::devmap, 4, 4, 1},
    {MapType::sockmap, 4, 4, 1},
    {MapType::cpumap, 4, 4, 1},
    {MapType::xskmap, 4, 4, 1},
    {MapType::sockhash, 4, 4, 1},
    {MapType::cgroup_storage, 16, 4, 0},
    {MapType::reuseport_sockarray, 4, 8, 1},
    {MapType::percpu_cgroup_storage, 16, 4, 0},
    {MapType::queue, 0, 4, 1},
    {MapType::stack, 0, 4, 1},
    {MapType::sk_storage, 4, 4, 0, sys::kMapNoPrealloc, Extra::types},
    {MapType::devmap_hash, 4, 4, 1},
    {MapType::ringbuf, 0, 0, 4096},
    {MapType::inode_storage, 4, 4, 0, sys::kMapNoPrealloc, Extra::types},
    {MapType::task_storage, 4, 4, 0, sys::kMapNoPrealloc, Extra::types},
    {MapType::bloom_filter, 0, 4, 1},
    {MapType::user_ringbuf, 0, 0, 4096},
    {MapType::cgrp_storage, 4, 4, 0, sys::kMapNoPrealloc, Extra::types},
    {MapType::arena, 0, 0, 1, sys::kMapMmapable},
    {MapType::insn_array, 4, 16, 1},
    {MapType::rhash, 4, 4, 1, sys::kMapNoPrealloc},
};

// BTF by hand: Documentation/bpf/btf.rst. In the byte order of the machine, as the kernel wants it. A type is its
// name's place, kind << 24 | vlen, its size or type, and what belongs to the kind.

// `int`.
constexpr std::uint32_t kIntType = 1;
constexpr std::uint32_t kIntTypes[] = {1, 1u << 24, 4, 0x01000020};
constexpr std::string_view kIntStrings("\0int", 5);

// `int f(struct xdp_md* context)`, a global function.
constexpr std::uint32_t kXdpFunction = 5;
constexpr std::uint32_t kXdpFunctionTypes[] = {
    1,  1u << 24,      4,  0x01000020,     // 1: int
    5,  4u << 24,      24,                 // 2: struct xdp_md, without its members
    0,  2u << 24,      2,                  // 3: a pointer to it
    0,  13u << 24 | 1, 1,  12,         3,  // 4: int (context)
    20, 12u << 24 | 1, 4,                  // 5: f
};
constexpr std::string_view kXdpFunctionStrings("\0int\0xdp_md\0context\0f", 22);

Result<Fd> load_types(std::span<const std::uint32_t> types, std::string_view strings) {
  const auto type_bytes = static_cast<std::uint32_t>(types.size_bytes());
  const auto string_bytes = static_cast<std::uint32_t>(strings.size());
  const std::uint32_t header[] = {0x0001eb9f, 24, 0, type_bytes, type_bytes, string_bytes};
  std::vector<std::byte> bytes;
  const auto append = [&](const auto& part) {
    const auto as_bytes = std::as_bytes(std::span(part));
    bytes.insert(bytes.end(), as_bytes.begin(), as_bytes.end());
  };
  append(header);
  append(types);
  append(strings);
  sys::BtfLoadAttr attr;
  attr.btf = sys::to_u64(bytes.data());
  attr.btf_size = static_cast<std::uint32_t>(bytes.size());
  return sys::btf_load(attr);
}

Result<Fd> create(const MapProbe& probe) {
  sys::MapCreateAttr attr;
  attr.map_type = probe.type;
  attr.key_size = probe.key_size;
  attr.value_size = probe.value_size;
  attr.max_entries = probe.max_entries;
  attr.map_flags = probe.flags;
  Fd extra;
  switch (probe.extra) {
    case Extra::none:
      break;
    case Extra::inner_map: {
      EBPF_TRY(extra, create(kMapProbes[0]));
      attr.inner_map_fd = static_cast<std::uint32_t>(extra.get());
      break;
    }
    case Extra::types: {
      EBPF_TRY(extra, load_types(kIntTypes, kIntStrings));
      attr.btf_fd = static_cast<std::uint32_t>(extra.get());
      attr.btf_key_type_id = kIntType;
      attr.btf_value_type_id = kIntType;
      break;
    }
  }
  return sys::map_create(attr);
}

// ---- Programs ----

struct ProgramProbe {
  ProgramType type;
  AttachType attach_type{};
  // What a program that is bound to a function of the kernel attaches to, and its kind of type in BTF.
  const char* target = nullptr;
  btf::Kind kind = btf::Kind::function;
  std::uint32_t flags = 0;
};

// Where a type is listed more than once, the first one is meant where no attach type is given.
constexpr ProgramProbe kProgramProbes[] = {
    {ProgramType::socket_filter},
    {ProgramType::kprobe},
    {ProgramType::kprobe, AttachType::trace_kprobe_multi},
    {ProgramType::kprobe, AttachType::trace_kprobe_session},
    {ProgramType::kprobe, AttachType::trace_uprobe_multi},
    {ProgramType::kprobe, AttachType::trace_uprobe_session},
    {ProgramType::sched_cls},
    {ProgramType::sched_act},
    {ProgramType::tracepoint},
    {ProgramType::xdp},
    {ProgramType::xdp, AttachType::xdp_devmap},
    {ProgramType::xdp, AttachType::xdp_cpumap},
    {ProgramType::perf_event},
    {ProgramType::cgroup_skb},
    {ProgramType::cgroup_sock, AttachType::cgroup_inet_sock_create},
    {ProgramType::lwt_in},
    {ProgramType::lwt_out},
    {ProgramType::lwt_xmit},
    {ProgramType::sock_ops, AttachType::cgroup_sock_ops},
    {ProgramType::sk_skb},
    {ProgramType::cgroup_device, AttachType::cgroup_device},
    {ProgramType::sk_msg, AttachType::sk_msg_verdict},
    {ProgramType::raw_tracepoint},
    {ProgramType::cgroup_sock_addr, AttachType::cgroup_inet4_connect},
    {ProgramType::cgroup_sock_addr, AttachType::cgroup_unix_connect},
    {ProgramType::lwt_seg6local},
    {ProgramType::lirc_mode2, AttachType::lirc_mode2},
    {ProgramType::sk_reuseport},
    {ProgramType::flow_dissector, AttachType::flow_dissector},
    {ProgramType::cgroup_sysctl, AttachType::cgroup_sysctl},
    {ProgramType::raw_tracepoint_writable},
    {ProgramType::cgroup_sockopt, AttachType::cgroup_setsockopt},
    {ProgramType::tracing, AttachType::trace_fentry, "bpf_fentry_test1"},
    {ProgramType::tracing, AttachType::trace_fexit, "bpf_fentry_test1"},
    {ProgramType::tracing, AttachType::modify_return, "security_file_open"},
    {ProgramType::tracing, AttachType::trace_raw_tp, "btf_trace_sys_enter", btf::Kind::type_definition},
    {ProgramType::tracing, AttachType::trace_iter, "bpf_iter_bpf_map"},
    {ProgramType::lsm, AttachType::lsm_mac, "bpf_lsm_file_open"},
    {ProgramType::lsm, AttachType::lsm_cgroup, "bpf_lsm_socket_bind"},
    {ProgramType::sk_lookup, AttachType::sk_lookup},
    {ProgramType::syscall, AttachType{}, nullptr, btf::Kind::function, sys::kProgSleepable},
    {ProgramType::struct_ops, AttachType{}, "tcp_congestion_ops", btf::Kind::structure},
    {ProgramType::ext},
    {ProgramType::netfilter, AttachType::netfilter},
};

constexpr std::size_t kMaxKernelBtf = 64u << 20;

Result<btf::Spec> kernel_types() {
  EBPF_TRY(std::vector<std::byte> bytes, sys::read_whole_file("/sys/kernel/btf/vmlinux", kMaxKernelBtf));
  return btf::Spec::parse(std::move(bytes));
}

Result<btf::TypeId> find_in_kernel(const ProgramProbe& probe) {
  EBPF_TRY(const btf::Spec types, kernel_types());
  if (const auto id = types.find(probe.target, probe.kind)) return *id;
  return fail(errc::not_found, std::string("the kernel's BTF has no ") + probe.target);
}

// The attributes of `r0 = 0; exit`.
sys::ProgLoadAttr smallest(const ProgramProbe& probe) {
  static constexpr std::uint64_t kCode[] = {0x0000'0000'0000'00b7, 0x0000'0000'0000'0095};
  sys::ProgLoadAttr attr;
  attr.prog_type = probe.type;
  attr.insns = sys::to_u64(kCode);
  attr.insn_cnt = std::size(kCode);
  attr.license = sys::to_u64("GPL");
  attr.expected_attach_type = probe.attach_type;
  attr.prog_flags = probe.flags;
  return attr;
}

Result<Fd> load(const ProgramProbe& probe) {
  sys::ProgLoadAttr attr = smallest(probe);
  if (probe.target != nullptr) {
    EBPF_TRY(attr.attach_btf_id, find_in_kernel(probe));
  }
  return sys::prog_load(attr);
}

// A function of a struct of functions: the first one that returns a number, by its place among the members.
Result<Fd> load_struct_ops(const ProgramProbe& probe) {
  constexpr std::string_view kMember = "ssthresh";
  EBPF_TRY(const btf::Spec types, kernel_types());
  const auto id = types.find(probe.target, probe.kind);
  if (!id) return fail(errc::not_found, std::string("the kernel's BTF has no struct ") + probe.target);
  EBPF_TRY(const btf::Type type, types.type(*id));
  std::uint32_t member = 0;
  while (member < type.vlen() && type.member(member).name != kMember) ++member;
  sys::ProgLoadAttr attr = smallest(probe);
  attr.attach_btf_id = *id;
  attr.expected_attach_type = static_cast<AttachType>(member);
  return sys::prog_load(attr);
}

// An XDP program, and an extension that would take its place. Both must be functions with types.
Result<Fd> load_extension(const ProgramProbe& probe) {
  EBPF_TRY(const Fd types, load_types(kXdpFunctionTypes, kXdpFunctionStrings));
  const std::uint32_t function[] = {0, kXdpFunction};  // its first instruction, its type
  const auto typed = [&](ProgramType type) {
    sys::ProgLoadAttr attr = smallest({type});
    attr.prog_btf_fd = static_cast<std::uint32_t>(types.get());
    attr.func_info = sys::to_u64(function);
    attr.func_info_cnt = 1;
    attr.func_info_rec_size = sizeof function;
    return attr;
  };
  sys::ProgLoadAttr target_attr = typed(ProgramType::xdp);
  EBPF_TRY(const Fd target, sys::prog_load(target_attr));
  sys::ProgLoadAttr attr = typed(probe.type);
  attr.attach_prog_fd = static_cast<std::uint32_t>(target.get());
  attr.attach_btf_id = kXdpFunction;
  return sys::prog_load(attr);
}

Result<Fd> load_probe(const ProgramProbe& probe) {
  if (probe.type == ProgramType::struct_ops) return load_struct_ops(probe);
  if (probe.type == ProgramType::ext) return load_extension(probe);
  return load(probe);
}

Requirement loads(const ProgramProbe& probe, const std::string& what) {
  const Result<Fd> program = load_probe(probe);
  if (program) return {};
  return {what + ": " + program.error().message()};
}

}  // namespace

Requirement map_type(MapType type) {
  const std::string what = "map type " + std::string(name(type));
  const auto* const probe = std::ranges::find(kMapProbes, type, &MapProbe::type);
  if (probe == std::end(kMapProbes)) throw std::logic_error("no probe for " + what);
  const Result<Fd> map = create(*probe);
  if (map) return {};
  return {what + ": " + map.error().message()};
}

Requirement program_type(ProgramType type) {
  const std::string what = "program type " + std::string(name(type));
  const auto* const probe = std::ranges::find(kProgramProbes, type, &ProgramProbe::type);
  if (probe == std::end(kProgramProbes)) throw std::logic_error("no probe for " + what);
  return loads(*probe, what);
}

Requirement program_type(ProgramType type, AttachType attach_type) {
  const std::string what =
      "program type " + std::string(name(type)) + ", attach type " + std::string(name(attach_type));
  const auto* const probe = std::ranges::find_if(
      kProgramProbes, [&](const ProgramProbe& each) { return each.type == type && each.attach_type == attach_type; });
  if (probe == std::end(kProgramProbes)) throw std::logic_error("no probe for " + what);
  return loads(*probe, what);
}

}  // namespace ebpf::test
