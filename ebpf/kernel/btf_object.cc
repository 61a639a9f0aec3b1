// BTF objects by id (BPF_BTF_GET_NEXT_ID, BPF_BTF_GET_FD_BY_ID, BPF_OBJ_GET_INFO_BY_FD).
#include "ebpf/kernel/btf_object.h"

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::kernel {
namespace {

constexpr std::size_t kLongestName = 64;  // MODULE_NAME_LEN is 56
constexpr std::uint32_t kMostBtf = 256u << 20;

}  // namespace

Result<BtfObject> describe_btf_object(Fd fd) {
  BtfObject out;
  out.fd = std::move(fd);
  char name[kLongestName] = {};
  sys::BtfInfo info;
  info.name = sys::to_u64(name);
  info.name_len = sizeof name;
  auto known = sys::obj_get_info(out.fd.get(), info);
  if (!known && known.error().os_error() == E2BIG) {
    // Before 5.11 the kernel has no names, and takes no room for them.
    info = {};
    known = sys::obj_get_info(out.fd.get(), info);
  }
  if (!known) return fail_in(std::move(known));
  out.id = info.id;
  if (*known < sizeof info) return out;
  out.name = std::string(name, std::string_view(name, sizeof name).find('\0'));
  out.is_kernel = info.kernel_btf != 0;
  return out;
}

Result<BtfObject> btf_object_by_id(std::uint32_t id) {
  sys::GetIdAttr attr;
  attr.btf_id = id;
  EBPF_TRY(Fd fd, sys::btf_get_fd_by_id(attr));
  return describe_btf_object(std::move(fd));
}

Result<BtfObject> kernel_btf_object(std::string_view name) {
  for (std::uint32_t id = 0;;) {
    const auto next = sys::btf_get_next_id(id);
    if (!next && next.error().code() == errc::not_found)
      return fail(errc::not_found, "this kernel has no BTF object ", quoted(name));
    if (!next) return fail_in(Error(next.error()));
    id = *next;
    auto object = btf_object_by_id(id);
    // A program's may be gone since it was listed.
    if (!object && object.error().code() == errc::not_found) continue;
    if (!object || (object->is_kernel && object->name == name)) return object;
  }
}

Result<std::vector<std::byte>> read_btf_object(const Fd& object) {
  sys::BtfInfo info;
  EBPF_CHECK(sys::obj_get_info(object.get(), info));
  if (info.btf_size > kMostBtf) return fail(errc::out_of_range, "BTF of ", info.btf_size, " bytes");
  std::vector<std::byte> bytes(info.btf_size);
  info = {};
  info.btf = sys::to_u64(bytes.data());
  info.btf_size = static_cast<std::uint32_t>(bytes.size());
  EBPF_CHECK(sys::obj_get_info(object.get(), info));
  if (info.btf_size != bytes.size()) return fail(errc::system, "a BTF object changed its size");
  return bytes;
}

}  // namespace ebpf::kernel
