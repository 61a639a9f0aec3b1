// Giving BTF to the kernel: optimistically, then in terms of what it knows.
#include "ebpf/load/load_types.h"

#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/btf/feature.h"
#include "ebpf/features/probe.h"
#include "ebpf/load/denied.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

constexpr std::size_t kLogSize = 64u << 10;

sys::BtfLoadAttr attributes(std::span<const std::byte> bytes) {
  sys::BtfLoadAttr attr;
  attr.btf = sys::to_u64(bytes.data());
  attr.btf_size = static_cast<std::uint32_t>(bytes.size());
  return attr;
}

Result<Fd> load_quietly(std::span<const std::byte> bytes, Token& token) {
  sys::BtfLoadAttr attr = attributes(bytes);
  return call_with_rights(token, attr, sys::btf_load);
}

// The last line that says something, of the kernel's account of why it refused.
std::string_view last_line(std::string_view log) {
  while (!log.empty() && (log.back() == '\n' || log.back() == '\0')) log.remove_suffix(1);
  return log.substr(log.rfind('\n') + 1);
}

// Once more, to learn why; where the cause was passing, such as a lack of memory, this time it is accepted.
Result<Fd> load_with_log(const btf::Spec& types, const Error& error, const Token& token) {
  std::string log(kLogSize, '\0');
  sys::BtfLoadAttr attr = attributes(types.bytes());
  attr.btf_log_buf = sys::to_u64(log.data());
  attr.btf_log_size = static_cast<std::uint32_t>(log.size());
  attr.btf_log_level = 1;
  token.put_into(attr);
  if (auto again = sys::btf_load(attr); again) return again;
  log.resize(log.find('\0') == std::string::npos ? log.size() : log.find('\0'));
  std::string reason(last_line(log));
  if (reason.empty()) return fail(error.code(), error.os_error(), "BTF: ", error.message());
  return fail(error.code(), error.os_error(), "BTF: ", error.message(), ": the kernel says: ", reason);
}

// What the table uses and this kernel, which has just refused it, does not know. What cannot be asked for (the layout
// of kinds) is not missed by anyone, and counts as not known.
Result<btf::Features> missing_features(const btf::Spec& types, Token& token) {
  EBPF_TRY(const btf::Features& used, btf::features_of(types));
  btf::Features known = known_features(used, token);
  known.remove(btf::Feature::layout);
  return used.without(known);
}

// With what this kernel does not know left out, or the refusal as it was where that does not help.
Result<LoadedTypes> load_degraded(const btf::Spec& types, const Error& refusal, Token& token) {
  EBPF_TRY(const btf::Features& missing, missing_features(types, token));
  if (missing.empty()) {
    EBPF_TRY(Fd fd, load_with_log(types, refusal, token));
    return LoadedTypes{std::move(fd), {}};
  }
  EBPF_TRY(const btf::Spec& older, btf::degrade(types, btf::Features::all().without(missing)));
  auto fd = load_quietly(older.bytes(), token);
  if (!fd) fd = load_with_log(older, fd.error(), token);
  if (fd) return LoadedTypes{*std::move(fd), missing};
  const Error& error = fd.error();
  return fail(error.code(), error.os_error(), error.message(), " (also after ", btf::describe(missing), ")");
}

}  // namespace

bool is_about_contents(const Error& error) {
  const int os_error = error.os_error();
  return os_error == EINVAL || os_error == E2BIG || os_error == EOPNOTSUPP || os_error == kEnotsupp;
}

// What is not about the table at all says nothing: the feature then counts as known, so that the true cause shows where
// the table itself is loaded.
btf::Features known_features(btf::Features asked, Token& token) {
  sys::BtfLoadAttr with_token;
  token.put_into(with_token);
  const int fd = token.valid() ? with_token.btf_token_fd : -1;
  btf::Features known = asked;
  for (const btf::FeatureInfo& row : btf::feature_table())
    if (asked.has(row.feature) && !btf::feature_example(row.feature).empty() &&
        features::probe_after_refusal(row.feature, fd) == features::Verdict::absent)
      known.remove(row.feature);
  return known;
}

Result<LoadedTypes> load_types(const btf::Spec& types, Token& token) {
  EBPF_TRY(const btf::Spec& whole, btf::sanitize(types));
  auto fd = load_quietly(whole.bytes(), token);
  if (fd) return LoadedTypes{*std::move(fd), {}};
  if (fd.error().code() == errc::denied) return token.explain(std::move(fd).error(), Need::load_btf);
  if (is_about_contents(fd.error())) return load_degraded(whole, fd.error(), token);
  EBPF_TRY(Fd again, load_with_log(whole, fd.error(), token));
  return LoadedTypes{std::move(again), {}};
}

}  // namespace ebpf::loader
