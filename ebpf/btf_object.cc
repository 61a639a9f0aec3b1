// BtfObject: loading, opening, reading back.
#include "ebpf/btf_object.h"

#include <utility>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/kernel/btf_object.h"
#include "ebpf/load/load_types.h"
#include "ebpf/pin.h"
#include "ebpf/sys/bpf.h"

namespace ebpf {

Result<BtfObject> BtfObject::load(const btf::Spec& types) {
  if (types.base())
    return fail(errc::invalid_argument, "BTF: types that continue others cannot be loaded; only modules bring such");
  loader::Token token;
  EBPF_TRY(loader::LoadedTypes loaded, loader::load_types(types, token));
  EBPF_TRY(BtfObject out, from_fd(std::move(loaded.fd)));
  out.degraded_ = loaded.degraded;
  return out;
}

Result<BtfObject> BtfObject::from_id(std::uint32_t id) {
  sys::GetIdAttr attr;
  attr.btf_id = id;
  EBPF_TRY_IN(Fd fd, sys::btf_get_fd_by_id(attr), "BTF number ", id);
  return from_fd(std::move(fd));
}

Result<BtfObject> BtfObject::from_name(std::string_view name) {
  EBPF_TRY(kernel::BtfObject found, kernel::kernel_btf_object(name));
  return from_fd(std::move(found.fd));
}

Result<BtfObject> BtfObject::from_fd(Fd fd) {
  EBPF_CHECK(require_object(fd, "btf"));
  EBPF_TRY(kernel::BtfObject described, kernel::describe_btf_object(std::move(fd)));
  BtfObject out;
  out.fd_ = std::move(described.fd);
  out.id_ = described.id;
  out.name_ = std::move(described.name);
  out.is_kernel_ = described.is_kernel;
  return out;
}

Result<std::optional<std::uint32_t>> BtfObject::next_id(std::uint32_t id) {
  auto next = sys::btf_get_next_id(id);
  if (next) return std::optional(*next);
  if (next.error().code() == errc::not_found) return std::nullopt;
  return fail_in(std::move(next));
}

Result<btf::Spec> BtfObject::types(std::shared_ptr<const btf::Spec> base) const {
  const bool is_module = is_kernel_ && name_ != "vmlinux";
  if (is_module && !base)
    return fail(errc::invalid_argument, "the types of module ", quoted(name_),
                " continue the kernel's; give those as their base");
  EBPF_TRY(std::vector<std::byte> bytes, kernel::read_btf_object(fd_));
  return btf::Spec::parse(std::move(bytes), is_module ? std::move(base) : nullptr);
}

}  // namespace ebpf
