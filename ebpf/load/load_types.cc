// Giving BTF to the kernel: optimistically, then in terms of what it knows.
#include "ebpf/load/load_types.h"

#include <atomic>
#include <cerrno>
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/load/denied.h"
#include "ebpf/sys/bpf.h"

namespace ebpf::loader {
namespace {

constexpr std::size_t kLogSize = 64u << 10;

// Answers to what was asked, as bits of btf::Features. A feature that is in neither was not asked for yet. The answer
// is the same whoever asks, so two threads that do at once do no harm.
constinit std::atomic<std::uint32_t> known_bits = 0;
constinit std::atomic<std::uint32_t> missing_bits = 0;

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
  if (reason.empty()) return fail(error.code(), error.os_error(), cat("BTF: ", error.message()));
  return fail(error.code(), error.os_error(), cat("BTF: ", error.message(), ": the kernel says: ", reason));
}

// Asks for one feature. What is not about the table at all says nothing: the feature then counts as known, so that
// the true cause shows where the table itself is loaded.
void ask(btf::Feature feature, Token& token) {
  const auto example = btf::feature_example(feature);
  if (!example) return;
  const std::uint32_t bit = btf::Features{feature}.bits();
  const auto fd = load_quietly(*example, token);
  if (fd) {
    known_bits.fetch_or(bit, std::memory_order_relaxed);
  } else if (is_about_contents(fd.error())) {
    missing_bits.fetch_or(bit, std::memory_order_relaxed);
  }
}

// What the table uses and this kernel, which has just refused it, does not know. What cannot be asked for (the layout
// of kinds) is not missed by anyone, and counts as not known.
Result<btf::Features> missing_features(const btf::Spec& types, Token& token) {
  EBPF_TRY(const btf::Features used, btf::features_of(types));
  btf::Features known = known_features(used, token);
  known.remove(btf::Feature::layout);
  return used.without(known);
}

// With what this kernel does not know left out, or the refusal as it was where that does not help.
Result<LoadedTypes> load_degraded(const btf::Spec& types, const Error& refusal, Token& token) {
  EBPF_TRY(const btf::Features missing, missing_features(types, token));
  if (missing.empty()) {
    EBPF_TRY(Fd fd, load_with_log(types, refusal, token));
    return LoadedTypes{std::move(fd), {}};
  }
  EBPF_TRY(const btf::Spec older, btf::degrade(types, btf::Features::all().without(missing)));
  auto fd = load_quietly(older.bytes(), token);
  if (!fd) fd = load_with_log(older, fd.error(), token);
  if (fd) return LoadedTypes{*std::move(fd), missing};
  const Error& error = fd.error();
  return fail(error.code(), error.os_error(), cat(error.message(), " (also after ", btf::describe(missing), ")"));
}

}  // namespace

bool is_about_contents(const Error& error) {
  constexpr int kEnotsupp = 524;
  const int os_error = error.os_error();
  return os_error == EINVAL || os_error == E2BIG || os_error == EOPNOTSUPP || os_error == kEnotsupp;
}

btf::Features known_features(btf::Features asked, Token& token) {
  const auto answered = btf::Features::from_bits(known_bits.load(std::memory_order_relaxed) |
                                                 missing_bits.load(std::memory_order_relaxed));
  const btf::Features open = asked.without(answered);
  for (const btf::FeatureInfo& row : btf::feature_table())
    if (open.has(row.feature)) ask(row.feature, token);
  return asked.without(btf::Features::from_bits(missing_bits.load(std::memory_order_relaxed)));
}

void forget_known_features() {
  known_bits.store(0, std::memory_order_relaxed);
  missing_bits.store(0, std::memory_order_relaxed);
}

Result<LoadedTypes> load_types(const btf::Spec& types, Token& token) {
  EBPF_TRY(const btf::Spec whole, btf::sanitize(types));
  auto fd = load_quietly(whole.bytes(), token);
  if (fd) return LoadedTypes{*std::move(fd), {}};
  if (fd.error().code() == errc::denied) return std::unexpected(token.explain(std::move(fd).error(), Need::load_btf));
  if (is_about_contents(fd.error())) return load_degraded(whole, fd.error(), token);
  EBPF_TRY(Fd again, load_with_log(whole, fd.error(), token));
  return LoadedTypes{std::move(again), {}};
}

}  // namespace ebpf::loader
