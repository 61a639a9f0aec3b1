// Pass: the object's BTF is given to the kernel, which then knows the types of maps and functions, and shows source
// lines in verifier logs.
//
// An older kernel may not know a kind of type that a newer compiler writes, and none takes what an object says of
// symbols that the kernel is to define. Most objects work without, as they do when they are compiled without types, so
// a refusal of what the BTF says does not end the load. It is remembered, and told where something then fails, and by
// Collection::notes.
#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

constexpr std::size_t kLogSize = 64u << 10;

sys::BtfLoadAttr attributes(const btf::Spec& types) {
  sys::BtfLoadAttr attr;
  attr.btf = sys::to_u64(types.bytes().data());
  attr.btf_size = static_cast<std::uint32_t>(types.bytes().size());
  return attr;
}

// The last line that says something, of the kernel's account of why it refused.
std::string_view last_line(std::string_view log) {
  while (!log.empty() && (log.back() == '\n' || log.back() == '\0')) log.remove_suffix(1);
  return log.substr(log.rfind('\n') + 1);
}

// Once more, to learn why; where the cause was passing, such as a lack of memory, this time it is accepted.
Result<Fd> load_with_log(const btf::Spec& types, const Error& error) {
  std::string log(kLogSize, '\0');
  sys::BtfLoadAttr attr = attributes(types);
  attr.btf_log_buf = sys::to_u64(log.data());
  attr.btf_log_size = static_cast<std::uint32_t>(log.size());
  attr.btf_log_level = 1;
  if (auto again = sys::btf_load(attr); again) return again;
  log.resize(log.find('\0') == std::string::npos ? log.size() : log.find('\0'));
  std::string reason(last_line(log));
  if (reason.empty()) return fail(error.code(), error.os_error(), cat("BTF: ", error.message()));
  return fail(error.code(), error.os_error(), cat("BTF: ", error.message(), ": the kernel says: ", reason));
}

// Whether the kernel refused what the BTF says, rather than to do anything at all.
bool is_about_contents(const Error& error) {
  constexpr int kEnotsupp = 524;
  const int os_error = error.os_error();
  return os_error == EINVAL || os_error == E2BIG || os_error == EOPNOTSUPP || os_error == kEnotsupp;
}

}  // namespace

Result<void> load_btf(LoadPlan& plan) {
  if (plan.spec.types.empty()) return {};
  sys::BtfLoadAttr attr = attributes(plan.spec.types);
  auto btf = sys::btf_load(attr);
  if (!btf && btf.error().os_error() == EPERM && raise_memlock_limit()) btf = sys::btf_load(attr);
  if (!btf) {
    if (btf.error().code() == errc::denied)
      return std::unexpected(explain_denied(std::move(btf).error(), Need::load_btf));
    btf = load_with_log(plan.spec.types, btf.error());
  }
  if (btf) {
    plan.btf = *std::move(btf);
  } else if (is_about_contents(btf.error())) {
    plan.btf_refusal = btf.error().message();
  } else {
    return std::unexpected(std::move(btf).error());
  }
  return {};
}

}  // namespace ebpf::loader
