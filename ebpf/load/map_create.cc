// Creating one map. The rules about attributes that are quoted in the errors are those of the kernel's map
// implementations (kernel/bpf/*map.c); docs in Documentation/bpf/map_*.rst.
#include "ebpf/load/map_create.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "ebpf/base/bytes.h"
#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/load/old_kernel.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

constexpr std::size_t kLogSize = 4096;  // of one refusal; more than a kernel has to say about it

// The kernel refuses types of keys and values for these, or has no use for them.
constexpr MapType kWithoutTypes[] = {
    MapType::perf_event_array,
    MapType::cgroup_array,
    MapType::stack_trace,
    MapType::array_of_maps,
    MapType::hash_of_maps,
    MapType::devmap,
    MapType::devmap_hash,
    MapType::cpumap,
    MapType::xskmap,
    MapType::sockmap,
    MapType::sockhash,
    MapType::queue,
    MapType::stack,
    MapType::arena,
};

bool takes_types(MapType type) {
  return std::find(std::begin(kWithoutTypes), std::end(kWithoutTypes), type) == std::end(kWithoutTypes);
}

sys::MapCreateAttr kernel_attributes(const MapAttributes& map, int inner_map_fd, int btf_fd) {
  sys::MapCreateAttr attr;
  attr.map_type = map.type;
  attr.key_size = map.key_size;
  attr.value_size = map.value_size;
  attr.max_entries = map.max_entries;
  attr.map_flags = map.flags;
  attr.map_extra = map.map_extra;
  attr.map_ifindex = map.ifindex;
  if (map.flags & sys::kMapNumaNode) attr.numa_node = map.numa_node;
  if (map.exclusive_to) {
    attr.excl_prog_hash = sys::to_u64(map.exclusive_to->data());
    attr.excl_prog_hash_size = sizeof *map.exclusive_to;
  }
  if (inner_map_fd >= 0) attr.inner_map_fd = static_cast<std::uint32_t>(inner_map_fd);
  copy_object_name(attr.map_name, map.name);
  if (map.kernel_value_type != 0) {
    attr.btf_fd = btf_fd >= 0 ? static_cast<std::uint32_t>(btf_fd) : 0;
    attr.btf_vmlinux_value_type_id = map.kernel_value_type;
    if (map.module_btf >= 0) attr.map_flags |= sys::kMapVtypeBtfObjFd;
    if (map.module_btf >= 0) attr.value_type_btf_obj_fd = map.module_btf;
  } else if (btf_fd >= 0 && takes_types(map.type) && (map.key_type != 0 || map.value_type != 0)) {
    attr.btf_fd = static_cast<std::uint32_t>(btf_fd);
    attr.btf_key_type_id = map.key_type;
    attr.btf_value_type_id = map.value_type;
  }
  return attr;
}

void drop_mmap(sys::MapCreateAttr& attr) { attr.map_flags &= ~sys::kMapMmapable; }
void drop_types(sys::MapCreateAttr& attr) { attr.btf_fd = attr.btf_key_type_id = attr.btf_value_type_id = 0; }

bool is_not_understood(const Error& error) {
  return error.os_error() == EINVAL || error.os_error() == E2BIG || error.os_error() == kEnotsupp;
}

// Where the kernel does not understand, it is asked again for less: types are for tools, and a data section works
// without being mapped. The first error is the one to be told. (A map that needs its types fails again.)
Result<Fd> create_or_less(sys::MapCreateAttr& attr, bool mmap_optional, Token& token) {
  auto fd = call_with_rights(token, attr, sys::map_create);
  if (fd || !is_not_understood(fd.error())) return fd;
  if (fit_name(attr.map_name))
    if (auto again = sys::map_create(attr)) return again;
  const bool has_types = attr.btf_fd != 0 && attr.btf_vmlinux_value_type_id == 0;
  const bool has_mmap = mmap_optional && (attr.map_flags & sys::kMapMmapable) != 0;
  struct Attempt {
    bool without_types;
    bool without_mmap;
  };
  for (const Attempt attempt : {Attempt{true, false}, Attempt{false, true}, Attempt{true, true}}) {
    if ((attempt.without_types && !has_types) || (attempt.without_mmap && !has_mmap)) continue;
    sys::MapCreateAttr less = attr;
    if (attempt.without_types) drop_types(less);
    if (attempt.without_mmap) drop_mmap(less);
    auto again = sys::map_create(less);
    if (!again) continue;
    attr = less;
    return again;
  }
  return fd;
}

std::string type_label(MapType type) {
  const std::string_view known = name(type);
  return known.empty() ? cat("a map of type ", static_cast<std::uint32_t>(type)) : std::string(known);
}

// What most likely made the kernel say EINVAL.
std::string hint(const MapAttributes& map) {
  const bool is_lpm = map.type == MapType::lpm_trie;
  if (is_lpm && !(map.flags & sys::kMapNoPrealloc)) return "an lpm_trie needs the flag BPF_F_NO_PREALLOC";
  if (map.type == MapType::struct_ops)
    return "this kernel may not know struct_ops maps that are attached by a link (SEC(\".struct_ops.link\"), Linux "
           "6.4), "
           "those of modules (6.9), or was configured without CONFIG_BPF_JIT";
  const bool counts_itself = map.type == MapType::sk_storage || map.type == MapType::inode_storage ||
                             map.type == MapType::task_storage || map.type == MapType::cgrp_storage;
  if (map.max_entries == 0 && !counts_itself) return "max_entries is 0";
  if (counts_itself && map.value_type == 0) return "a local storage map needs BTF types for key and value";
  return "this kernel may not know this type of map, one of its flags, or these sizes";
}

// The kernel's own words on why it refuses a map, where it has any; it is asked once more for them. Where the cause
// was passing, this time it accepts.
Result<Fd> ask_why(const sys::MapCreateAttr& attr, std::string& words) {
  words.assign(kLogSize, '\0');
  auto fd = sys::map_create_with_log(attr, words);
  words.resize(std::min(words.find('\0'), words.size()));
  while (!words.empty() && words.back() == '\n') words.pop_back();
  for (char& c : words)
    if (c == '\n') c = ';';
  return fd;
}

Failure explain(const MapAttributes& map, const std::string& words, Error&& error, const Token& token) {
  const int os_error = error.os_error();
  const std::string what = cat("create ", type_label(map.type), ": ", errno_name(os_error));
  if (os_error == EPERM) return token.explain(Error(errc::denied, os_error, what), Need::create_map);
  if (os_error == E2BIG && map.exclusive_to)
    return fail(errc::not_supported, os_error, what, ": maps that are for one program only need Linux 6.18");
  const std::string sizes = cat(" (key ", map.key_size, " bytes, value ", map.value_size, ", max_entries ",
                                map.max_entries, ", flags ", hex(map.flags), ")");
  if (os_error == EINVAL)
    return fail(errc::invalid_argument, os_error,
                words.empty() ? cat(what, sizes, ": ", hint(map)) : cat(what, sizes, ": the kernel says: ", words));
  return fail(errno_code(os_error), os_error, what + sizes);
}

}  // namespace

Result<void> check_extra(const MapSpec& spec) {
  if (all_zero(spec.extra)) return {};
  return fail(errc::unsupported_input, "its definition in section ", quoted(spec.section), " has ", spec.extra.size(),
              " more bytes than are known, and they are not zero (is it a bpf_elf_map of iproute2?): set what they "
              "say in the MapSpec, and clear MapSpec::extra");
}

MapAttributes attributes_of(const MapSpec& spec) {
  return {
      .name = spec.name,
      .type = spec.type,
      .key_size = spec.key_size,
      .value_size = spec.value_size,
      .max_entries = spec.max_entries,
      .flags = spec.flags,
      .map_extra = spec.map_extra,
      .numa_node = spec.numa_node,
      .ifindex = spec.ifindex,
      .key_type = spec.key_type,
      .value_type = spec.value_type,
      .mmap_optional = spec.is_data,
  };
}

Result<Fd> create_map(MapAttributes& attributes, std::span<const MapSpec> inner, int btf_fd, Token& token) {
  Fd inner_map;  // a template alone: the kernel remembers its attributes, and it can go afterwards
  if (!inner.empty()) {
    MapAttributes inner_attributes = attributes_of(inner.front());
    EBPF_CHECK_IN(adjust_sizes(inner_attributes), "inner map ", quoted(inner.front().name));
    EBPF_TRY_IN(inner_map, create_map(inner_attributes, inner.front().inner, btf_fd, token), "inner map ",
                quoted(inner.front().name));
  }
  sys::MapCreateAttr attr = kernel_attributes(attributes, inner_map.get(), btf_fd);
  auto fd = create_or_less(attr, attributes.mmap_optional, token);
  std::string words;
  if (!fd && fd.error().os_error() == EINVAL)
    if (auto again = ask_why(attr, words)) fd = std::move(again);
  if (!fd) return explain(attributes, words, std::move(fd).error(), token);
  attributes.flags = attr.map_flags & ~sys::kMapTokenFd;
  return fd;
}

Result<std::uint64_t> arena_data_offset(const MapSpec& spec, std::uint32_t max_entries) {
  constexpr std::uint64_t kFarthest = 1u << 29;  // BPF_MAX_VAR_OFF, which newer verifiers do not ask for
  const auto page = static_cast<std::uint64_t>(::getpagesize());
  const std::uint64_t pages = (spec.data.size() + page - 1) / page;
  if (pages > max_entries)
    return fail(errc::out_of_range, "its variables have ", spec.data.size(), " bytes, and it has ", max_entries,
                " pages of ", page, " (max_entries)");
  const std::uint64_t offset = (max_entries - pages) * page;
  return offset < kFarthest ? offset : 0;
}

Result<sys::Mapping> map_arena(const MapAttributes& attributes, const Fd& fd) {
  const auto page = static_cast<std::size_t>(::getpagesize());
  return sys::map_shared(fd.get(), attributes.max_entries * page, /*writable=*/true, 0, attributes.map_extra);
}

void copy_object_name(char (&out)[16], std::string_view name) {
  std::size_t length = 0;
  for (const char c : name.substr(0, sizeof out - 1)) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    out[length++] = allowed ? c : '_';
  }
  for (; length < sizeof out; ++length) out[length] = '\0';
}

}  // namespace ebpf::loader
