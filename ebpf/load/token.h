// Token: rights over bpf(2) for a process in a user namespace. Internal.
//
// A process whose capabilities are those of a user namespace is denied bpf(2). A privileged one may delegate commands
// and types of maps and programs to that namespace, by the mount options of a bpf file system in it (delegate_cmds=…),
// and a process there then makes a token of the mount (BPF_TOKEN_CREATE, Linux 6.9), which goes with each call.
//
// Whether a token is needed shows when a call is denied: then it is looked for, once per load, where the process is in
// a user namespace at all. Who is not denied pays nothing.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>

#include "ebpf/base/error.h"
#include "ebpf/load/denied.h"
#include "ebpf/sys/attr.h"
#include "ebpf/sys/fd.h"
#include "ebpf/sys/uapi.h"

namespace ebpf::loader {

// Not synchronised.
class Token {
 public:
  // `path` as in LoadOptions::token_path.
  explicit Token(std::optional<std::string> path = std::nullopt);

  // Makes the token now where a path asks for it. Errors: what is wrong with the path; not_supported before 6.9.
  Result<void> make();
  // After a denial: whether there is a token now that was not there before.
  bool find();

  bool valid() const { return fd_.valid(); }
  // Lets a call go with the token, where there is one.
  void put_into(sys::MapCreateAttr& attr) const { put(attr.map_flags, attr.map_token_fd); }
  void put_into(sys::ProgLoadAttr& attr) const { put(attr.prog_flags, attr.prog_token_fd); }
  void put_into(sys::BtfLoadAttr& attr) const { put(attr.btf_flags, attr.btf_token_fd); }

  // Adds to the error of a denied call why it was denied, as explain_denied() does, or that the token does not cover
  // it.
  Failure explain(Error&& error, Need need) const;

 private:
  void put(std::uint32_t& flags, std::int32_t& fd) const {
    if (!fd_.valid()) return;
    flags |= sys::kMapTokenFd;
    fd = fd_.get();
  }

  std::string path_;          // of the mount; empty: none is wanted
  bool is_explicit_ = false;  // somebody asked for it
  bool tried_ = false;
  Fd fd_ = {};
};

// Makes a call with the token, and again where it is denied and more rights can be had: before Linux 5.11 by raising
// RLIMIT_MEMLOCK, since 6.9 by a token.
template <class Attr, class Call>
Result<Fd> call_with_rights(Token& token, Attr& attr, Call call) {
  token.put_into(attr);
  auto fd = call(attr);
  if (fd || fd.error().os_error() != EPERM) return fd;
  if (!raise_memlock_limit() && !token.find()) return fd;
  token.put_into(attr);
  return call(attr);
}

}  // namespace ebpf::loader
