// Perf events of the kind "kprobe", by the function's name.
#include "ebpf/link/kprobe.h"

#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/link/factory.h"
#include "ebpf/link/probe_event.h"

namespace ebpf {
namespace {

// A system call's function has its machine in its name where the kernel hands it the registers as a whole
// (CONFIG_ARCH_HAS_SYSCALL_WRAPPER: x86 4.17, arm64 4.19, s390 5.7, riscv 6.6).
#if defined(__x86_64__)
constexpr std::string_view kWrapped = "__x64_sys_";
#elif defined(__aarch64__)
constexpr std::string_view kWrapped = "__arm64_sys_";
#elif defined(__s390x__)
constexpr std::string_view kWrapped = "__s390x_sys_";
#elif defined(__riscv)
constexpr std::string_view kWrapped = "__riscv_sys_";
#else
constexpr std::string_view kWrapped = "__se_sys_";
#endif

Failure in_words(const std::string& function, const ProbeEvent& event, Error&& error) {
  if (error.os_error() == ENOENT && error.code() != errc::not_supported)
    return fail(errc::not_found, ENOENT, "ENOENT: this kernel has no function ", quoted(function),
                " (see /proc/kallsyms)");
  if (error.os_error() == EADDRNOTAVAIL)
    return fail(errc::not_found, EADDRNOTAVAIL, "EADDRNOTAVAIL: the kernel has several functions ", quoted(function),
                ", none of which is meant");
  if (error.os_error() == EINVAL && event.at_return && event.offset != 0)
    return fail(errc::invalid_argument, EINVAL, "EINVAL: what runs when a function returns has no offset");
  if (error.os_error() == EINVAL || error.os_error() == EILSEQ)
    return fail(errc::invalid_argument, error.os_error(), errno_name(error.os_error()),
                ": no probe can be there: a function that is marked notrace or "
                "__kprobes (see kprobes/blacklist in debugfs), or an offset that begins no instruction");
  return fail_in(std::move(error));
}

Result<Link> attach(const Program& program, const std::string& function, const KprobeOptions& options) {
  EBPF_CHECK(require_type(program, ProgramType::kprobe));
  const ProbeEvent wanted = {.source = "kprobe",
                             .place = &function,
                             .offset = options.offset,
                             .at_return = options.at_return.value_or(section_says_return(program))};
  auto event = open_probe_event(wanted);
  if (!event) return in_words(function, wanted, std::move(event).error());
  return LinkFactory::on_event(program, *std::move(event), options.cookie);
}

Result<Link> attach_to_call(const Program& program, std::string_view system_call, const KprobeOptions& options) {
  for (const std::string_view prefix : {kWrapped, std::string_view("__se_sys_"), std::string_view("sys_")}) {
    auto link = attach(program, cat(prefix, system_call), options);
    if (link || link.error().code() != errc::not_found) return link;
  }
  return fail(errc::not_found, ENOENT, "ENOENT: this kernel has no function of such a system call");
}

}  // namespace

Result<Link> attach_kprobe(const Program& program, std::string_view function, const KprobeOptions& options) {
  return attached(program, cat("kprobe ", function), attach(program, std::string(function), options));
}

Result<Link> attach_ksyscall(const Program& program, std::string_view system_call, const KprobeOptions& options) {
  return attached(program, cat("ksyscall ", system_call), attach_to_call(program, system_call, options));
}

}  // namespace ebpf
