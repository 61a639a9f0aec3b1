// BPF_RAW_TRACEPOINT_OPEN without a name for the target that the program was loaded for, BPF_LINK_CREATE with a
// target_btf_id for another.
#include "ebpf/link/freplace.h"

#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/kernel/program_functions.h"
#include "ebpf/link/factory.h"
#include "ebpf/sys/bpf.h"
#include "ebpf/sys/kernel_version.h"

namespace ebpf {
namespace {

// A replacement takes over its target's attach type, and kernels before 5.13 want that here, too.
Result<Fd> create(const Program& program, const Program& target, btf::TypeId function) {
  sys::LinkCreateAttr attr;
  attr.target_fd = static_cast<std::uint32_t>(target.fd().get());
  attr.target_btf_id = function;
  auto fd = LinkFactory::create(program, attr);
  const AttachType inherited = target.attach_type().value_or(AttachType{});
  if (fd || fd.error().os_error() != EINVAL || inherited == AttachType{}) return fd;
  attr.attach_type = inherited;
  return LinkFactory::create(program, attr);
}

bool is_before_other_targets() {
  const auto version = sys::running_kernel_version();
  return version && *version < sys::kernel_version(5, 10, 0);
}

Failure explain(Error&& error, bool other_target) {
  const int os_error = error.os_error();
  if (os_error == EBUSY)
    return fail(errc::busy, EBUSY,
                "EBUSY: the function is replaced already, or its program is in a program array, where tail calls would "
                "find the program without the replacement");
  // Linux 5.10 says ENOENT.
  if (!other_target && (os_error == EINVAL || os_error == ENOENT))
    return fail(errc::busy, os_error,
                "it was attached to what it was loaded for already, which can be done once; attach it again "
                "by naming target and function");
  if (os_error != EINVAL) return fail_in(std::move(error));
  if (is_before_other_targets())
    return fail(errc::not_supported, EINVAL, "EINVAL: to another target than it was loaded for needs Linux 5.10");
  return fail(errc::invalid_argument, EINVAL,
              "EINVAL: the target is of another type than the one that it was loaded for, or the function has another "
              "prototype, is static, or was inlined into others");
}

Result<Link> attach(const Program& program) {
  EBPF_CHECK(require_type(program, ProgramType::ext));
  sys::RawTracepointOpenAttr attr;
  attr.prog_fd = static_cast<std::uint32_t>(program.fd().get());
  auto fd = sys::raw_tracepoint_open(attr);
  if (!fd) return explain(std::move(fd).error(), false);
  return LinkFactory::kernel_link(*std::move(fd));
}

Result<Link> attach(const Program& program, const Program& target, std::string_view function, const btf::Spec* types) {
  EBPF_CHECK(require_type(program, ProgramType::ext));
  EBPF_TRY(const auto& found, kernel::find_program_function(target.fd(), function, types));
  auto fd = create(program, target, found.type);
  if (!fd) return explain(std::move(fd).error(), true);
  return LinkFactory::kernel_link(*std::move(fd));
}

}  // namespace

Result<Link> attach_freplace(const Program& program) {
  return attached(program, cat("function ", quoted(program.attach_to())), attach(program));
}

Result<Link> attach_freplace(const Program& program, const Program& target, std::string_view function,
                             const btf::Spec* types) {
  return attached(program, cat("function ", quoted(function), " of ", quoted(target.name)),
                  attach(program, target, function, types));
}

}  // namespace ebpf
