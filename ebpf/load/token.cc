// Where tokens come from; and the pass that makes one where one is asked for.
#include "ebpf/load/token.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "ebpf/base/text.h"
#include "ebpf/load/passes.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

constexpr const char* kUsualMount = "/sys/fs/bpf";
constexpr const char* kVariable = "LIBBPF_BPF_TOKEN_PATH";  // libbpf's, so that one setting serves both

// The first user namespace, which needs no tokens and cannot make any, has a fixed number (PROC_USER_INIT_INO of
// <linux/proc_ns.h>). Nothing where /proc is not there to tell.
std::optional<bool> in_first_user_namespace() {
  char target[64];
  const ssize_t length = ::readlink("/proc/self/ns/user", target, sizeof target);
  if (length <= 0) return std::nullopt;
  return std::string_view(target, static_cast<std::size_t>(length)) == "user:[4026531837]";
}

Result<Fd> create(const std::string& path) {
  const int raw = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (raw < 0) return fail_errno(errno, "open");
  EBPF_TRY(const Fd& mount, Fd::adopt(raw));
  sys::TokenCreateAttr attr;
  attr.bpffs_fd = static_cast<std::uint32_t>(mount.get());
  return sys::token_create(attr);
}

Failure explain_token(Error&& error) {
  const int os_error = error.os_error();
  const auto because = [&](errc code, std::string_view why) {
    return fail(code, os_error, error.message(), ": ", why);
  };
  switch (os_error) {
    case EINVAL:
      return because(errc::not_supported,
                     "it is no mount of a bpf file system, or this kernel has no tokens (Linux 6.9 has)");
    case EOPNOTSUPP:
      return because(errc::not_supported, "tokens are for user namespaces; this process is in the first one");
    case EPERM:
      return because(errc::denied,
                     "the process lacks CAP_BPF in its user namespace, or the file system belongs to another one");
    case ENOENT:
      return because(errc::not_found, "nothing was delegated when it was mounted (delegate_cmds=… and its like)");
    default:
      return fail_in(std::move(error));
  }
}

}  // namespace

Token::Token(std::optional<std::string> path) {
  const char* variable = path ? nullptr : ::secure_getenv(kVariable);
  is_explicit_ = path || variable != nullptr;
  path_ = path ? *std::move(path) : std::string(variable != nullptr ? variable : kUsualMount);
}

Result<void> Token::make() {
  if (!is_explicit_ || path_.empty() || tried_) return {};
  tried_ = true;
  auto fd = create(path_);
  if (!fd) return fail_in(explain_token(std::move(fd).error()), "BPF token of ", quoted(path_));
  fd_ = *std::move(fd);
  return {};
}

bool Token::find() {
  if (tried_ || path_.empty()) return false;
  tried_ = true;
  if (in_first_user_namespace().value_or(false)) return false;
  auto fd = create(path_);
  if (fd) fd_ = *std::move(fd);
  return fd_.valid();
}

Failure Token::explain(Error&& error, Need need) const {
  if (valid())
    return fail(errc::denied, error.os_error(), error.message(), ": the BPF token of ", quoted(path_),
                " does not cover it: the mount does not delegate this command or type, or the process lacks the "
                "capability in its user namespace");
  if (in_first_user_namespace().value_or(true)) return explain_denied(std::move(error), need);
  return fail(errc::denied, error.os_error(), error.message(),
              ": the process is in a user namespace, whose capabilities do not count for this; a BPF token can "
              "delegate rights to it (Linux 6.9, LoadOptions::token_path)");
}

Result<void> make_token(LoadPlan& plan) { return plan.token.make(); }

}  // namespace ebpf::loader
