// Creating one map. The rules about attributes that are quoted in the errors are those of the kernel's map
// implementations (kernel/bpf/*map.c); docs in Documentation/bpf/map_*.rst.
#include "ebpf/load/map_create.h"

#include <cctype>
#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::load {
namespace {

sys::MapCreateAttr kernel_attributes(const MapAttributes& map) {
  sys::MapCreateAttr attr;
  attr.map_type = map.type;
  attr.key_size = map.key_size;
  attr.value_size = map.value_size;
  attr.max_entries = map.max_entries;
  attr.map_flags = map.flags;
  attr.map_extra = map.map_extra;
  attr.map_ifindex = map.ifindex;
  if (map.flags & sys::kMapNumaNode) attr.numa_node = map.numa_node;
  if (map.inner_map_fd >= 0) attr.inner_map_fd = static_cast<std::uint32_t>(map.inner_map_fd);
  copy_object_name(attr.map_name, map.name);
  if (map.btf_fd >= 0 && (map.key_type != 0 || map.value_type != 0)) {
    attr.btf_fd = static_cast<std::uint32_t>(map.btf_fd);
    attr.btf_key_type_id = map.key_type;
    attr.btf_value_type_id = map.value_type;
  }
  return attr;
}

bool has_types(const sys::MapCreateAttr& attr) { return attr.btf_fd != 0; }

void drop_types(sys::MapCreateAttr& attr) { attr.btf_fd = attr.btf_key_type_id = attr.btf_value_type_id = 0; }

std::string type_label(MapType type) {
  const std::string_view known = name(type);
  return known.empty() ? cat("type ", static_cast<std::uint32_t>(type)) : std::string(known);
}

// What most likely made the kernel say EINVAL.
std::string hint(const MapAttributes& map) {
  const bool is_lpm = map.type == MapType::lpm_trie;
  if (is_lpm && !(map.flags & sys::kMapNoPrealloc)) return "an lpm_trie needs the flag BPF_F_NO_PREALLOC";
  const bool counts_itself = map.type == MapType::sk_storage || map.type == MapType::inode_storage ||
                             map.type == MapType::task_storage || map.type == MapType::cgrp_storage ||
                             map.type == MapType::struct_ops;
  if (map.max_entries == 0 && !counts_itself) return "max_entries is 0";
  if (counts_itself && map.btf_fd < 0) return "a local storage map needs BTF types for key and value";
  return "this kernel may not know this type of map, one of its flags, or these sizes";
}

Error explain(const MapAttributes& map, Error error) {
  const int os_error = error.os_error();
  const std::string what = cat("create ", type_label(map.type), ": ", errno_name(os_error));
  if (os_error == EPERM) return explain_denied(Error(errc::denied, os_error, what), Need::create_map);
  const std::string sizes = cat(" (key ", map.key_size, " bytes, value ", map.value_size, ", max_entries ",
                                map.max_entries, ", flags ", hex(map.flags), ")");
  if (os_error == EINVAL) return Error(errc::invalid_argument, os_error, cat(what, sizes, ": ", hint(map)));
  return Error(errno_code(os_error), os_error, what + sizes);
}

}  // namespace

MapAttributes plain_attributes(const MapSpec& spec) {
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
  };
}

Result<Fd> create_map(MapAttributes attributes, std::span<const MapSpec> inner) {
  Fd inner_map;  // a template alone: the kernel remembers its attributes, and it can go afterwards
  if (!inner.empty()) {
    auto created = create_map(plain_attributes(inner.front()), inner.front().inner);
    if (!created) return std::unexpected(std::move(created).error().in(cat("inner map ", quoted(inner.front().name))));
    inner_map = *std::move(created);
    attributes.inner_map_fd = inner_map.get();
  }
  sys::MapCreateAttr attr = kernel_attributes(attributes);
  auto fd = sys::map_create(attr);
  if (!fd && fd.error().os_error() == EPERM && raise_memlock_limit()) fd = sys::map_create(attr);
  if (!fd && has_types(attr) && fd.error().os_error() != EPERM) {
    // Types are for tools; a map works without them. Local storage does not, and fails again with the same error.
    drop_types(attr);
    auto again = sys::map_create(attr);
    if (again) return again;
  }
  if (!fd) return std::unexpected(explain(attributes, std::move(fd).error()));
  return fd;
}

void copy_object_name(char (&out)[16], std::string_view name) {
  std::size_t length = 0;
  for (const char c : name.substr(0, sizeof out - 1)) {
    const bool allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
    out[length++] = allowed ? c : '_';
  }
  for (; length < sizeof out; ++length) out[length] = '\0';
}

}  // namespace ebpf::load
