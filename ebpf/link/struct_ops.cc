// Writing the value of a struct_ops map: without BPF_F_LINK that registers it, and removing the element unregisters it;
// with the flag the value is made ready by it, and BPF_LINK_CREATE registers it.
#include "ebpf/link/struct_ops.h"

#include <cerrno>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/uapi.h"

namespace ebpf {
namespace {

bool is_by_link(const Map& map) { return (map.flags() & sys::kMapLink) != 0; }

Failure explain(int os_error, bool by_link) {
  const std::string name = errno_name(os_error);
  switch (os_error) {
    case EEXIST:
      return fail(errc::already_exists, os_error, name, ": another one is registered under its name");
    case EBUSY:
      return fail(errc::busy, os_error, name, ": it has been registered before, which a map can be only once");
    case EINVAL:
      return fail(errc::invalid_argument, os_error, name,
                  ": the kernel misses a callback or a name, or does not like a value",
                  by_link ? "; or the link is of another type or name" : "");
    case kEnotsupp:
    case EOPNOTSUPP:
      return fail(errc::not_supported, os_error, name, ": this type of struct_ops does not allow it");
    default:
      return fail_errno(os_error, "register");
  }
}

// Makes the value known. That it is so already is fine where registering is another step.
Result<void> write_value(const Map& map) {
  if (map.type() != MapType::struct_ops)
    return fail(errc::invalid_argument, "it is a ", name(map.type()), ", not a struct_ops");
  if (!map.struct_ops_missing().empty())
    return fail(errc::invalid_argument, "its callback ", quoted(map.struct_ops_missing()),
                " was refused when it was loaded");
  const auto value = map.struct_ops_value();
  if (value.empty() && is_by_link(map)) return {};  // somebody else's, who has seen to that
  if (value.empty()) return fail(errc::invalid_argument, "it was opened, not loaded: what to register is not known");
  const std::uint32_t key = 0;
  const int result = sys::map_update_elem(map.fd().get(), &key, value.data(), sys::kElemAny);
  if (result == 0 || (result == -EBUSY && is_by_link(map))) return {};
  return explain(-result, false);
}

Result<Link> create_link(const Map& map) {
  sys::LinkCreateAttr attr;
  attr.map_fd = static_cast<std::uint32_t>(map.fd().get());
  attr.attach_type = AttachType::struct_ops;
  auto fd = sys::link_create(attr);
  if (!fd) return explain(fd.error().os_error(), true);
  return LinkFactory::kernel_link(*std::move(fd));
}

// The descriptor is taken first: a map that is registered and cannot be unregistered would be worse.
Result<Link> registered_alone(const Map& map) {
  EBPF_TRY(Fd held, map.fd().duplicate());
  EBPF_CHECK(write_value(map));
  return LinkFactory::registered_map(std::move(held));
}

Result<Link> attach(const Map& map) {
  if (map.type() == MapType::struct_ops && !is_by_link(map)) return registered_alone(map);
  EBPF_CHECK(write_value(map));
  return create_link(map);
}

Result<void> update(const Link& link, const Map& map, const Map* expected) {
  if (!link.fd().valid())
    return fail(errc::not_supported,
                "its map is registered without a link (SEC(\".struct_ops\")); those of .struct_ops.link can be "
                "updated");
  EBPF_CHECK(write_value(map));
  sys::LinkUpdateAttr attr;
  attr.link_fd = static_cast<std::uint32_t>(link.fd().get());
  attr.new_map_fd = static_cast<std::uint32_t>(map.fd().get());
  if (expected != nullptr) {
    attr.flags = sys::kAttachReplace;
    attr.old_map_fd = static_cast<std::uint32_t>(expected->fd().get());
  }
  const auto ok = sys::link_update(attr);
  if (ok) return {};
  if (ok.error().os_error() == EPERM && expected != nullptr)
    return fail(errc::busy, EPERM, "EPERM: the link has another map than was expected");
  return explain(ok.error().os_error(), true);
}

}  // namespace

Result<Link> attach_struct_ops(const Map& map) {
  EBPF_TRY_IN(Link link, attach(map), "attach struct_ops map ", quoted(map.name));
  return link;
}

Result<std::vector<Link>> attach_struct_ops(const Collection& objects) {
  std::vector<Link> links;
  for (const Map& map : objects.maps) {
    if (map.type() != MapType::struct_ops || !map.autoattach()) continue;
    EBPF_TRY(Link link, attach_struct_ops(map));
    links.push_back(std::move(link));
  }
  return links;
}

Result<void> associate_struct_ops(const Program& program, const Map& map) {
  const std::string context = cat("associate program ", quoted(program.name), " with map ", quoted(map.name));
  if (map.type() != MapType::struct_ops)
    return fail(errc::invalid_argument, context, ": the map is of type ", name(map.type()), ", not struct_ops");
  if (program.type() == ProgramType::struct_ops)
    return fail(errc::invalid_argument, context,
                ": the program is a callback, and belongs to the map that it is a callback of");
  sys::ProgAssocStructOpsAttr attr;
  attr.map_fd = static_cast<std::uint32_t>(map.fd().get());
  attr.prog_fd = static_cast<std::uint32_t>(program.fd().get());
  auto done = sys::prog_assoc_struct_ops(attr);
  if (done) return {};
  if (done.error().os_error() == EINVAL)
    return fail(errc::not_supported, EINVAL, context,
                ": EINVAL: this kernel does not know of programs with a structure of their own");
  return fail_in(std::move(done), context);
}

Result<void> update_struct_ops(const Link& link, const Map& map, const Map* expected) {
  EBPF_CHECK_IN(update(link, map, expected), "update a link to struct_ops map ", quoted(map.name));
  return {};
}

Result<void> unregister_struct_ops(const Map& map) {
  const std::uint32_t key = 0;
  const int result = sys::map_delete_elem(map.fd().get(), &key, 0);
  if (result == 0) return {};
  const std::string context = cat("unregister struct_ops map ", quoted(map.name));
  // EINPROGRESS: it has been unregistered, and has users yet.
  if (result == -ENOENT || result == -EINPROGRESS)
    return fail(errc::not_found, -result, context, ": it is not registered");
  if (result == -EOPNOTSUPP)
    return fail(errc::invalid_argument, -result, context, ": it is attached by a link; detach that");
  return fail_errno(-result, context);
}

}  // namespace ebpf
