// The kernel's version from uname(2) and what distributions add to it; the possible CPUs from sysfs (the list format of
// Documentation/admin-guide/cputopology.rst).
#include "ebpf/sys/kernel_version.h"

#include <sys/utsname.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <string>

#include "ebpf/base/number.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"

namespace ebpf::sys {
namespace {

constexpr std::size_t kMaxSignature = 4096;
constexpr std::size_t kMaxCpuList = 65536;

// Takes a number, or `c`, from the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  const auto number = take_unsigned(text, 10, UINT32_MAX);
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "6.1.76-1" and "6.1-rc3", whatever follows the numbers.
std::optional<std::uint32_t> version_at(std::string_view text) {
  const auto major = take_number(text);
  if (!major || *major > 255 || !take(text, '.')) return std::nullopt;
  const auto minor = take_number(text);
  if (!minor || *minor > 255) return std::nullopt;
  if (!take(text, '.')) return kernel_version(*major, *minor, 0);
  const auto patch = take_number(text);
  if (!patch) return std::nullopt;
  return kernel_version(*major, *minor, *patch);
}

// "Ubuntu 5.15.0-91.101-generic 5.15.131": the version of Linux is the last word.
std::optional<std::uint32_t> version_of_ubuntu(std::string_view signature) {
  while (signature.ends_with('\n')) signature.remove_suffix(1);
  const auto space = signature.rfind(' ');
  if (!signature.starts_with("Ubuntu ") || space == std::string_view::npos) return std::nullopt;
  return version_at(signature.substr(space + 1));
}

// "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)".
std::optional<std::uint32_t> version_of_debian(std::string_view version) {
  constexpr std::string_view kMark = " Debian ";
  const auto mark = version.find(kMark);
  if (mark == std::string_view::npos) return std::nullopt;
  return version_at(version.substr(mark + kMark.size()));
}

}  // namespace

Result<std::uint32_t> parse_kernel_version(std::string_view release, std::string_view version,
                                           std::string_view ubuntu_signature) {
  if (const auto code = version_of_ubuntu(ubuntu_signature)) return *code;
  if (const auto code = version_of_debian(version)) return *code;
  if (const auto code = version_at(release)) return *code;
  return fail(errc::malformed, "kernel release ", quoted(release), ": is not a version such as 6.1.76");
}

Result<std::uint32_t> running_kernel_version() {
  struct utsname names;
  if (::uname(&names) != 0) return fail_errno(errno, "uname");
  const std::string signature = read_text_file("/proc/version_signature", kMaxSignature).value_or("");
  return parse_kernel_version(names.release, names.version, signature);
}

Result<unsigned> parse_cpu_list(std::string_view list) {
  const auto malformed = [list] { return fail(errc::malformed, "not a list of CPUs: ", quoted(list)); };
  std::string_view rest = list;
  while (rest.ends_with('\n')) rest.remove_suffix(1);
  unsigned count = 0;
  unsigned lowest_allowed = 0;
  do {
    const auto first = take_number(rest);
    const auto last = take(rest, '-') ? take_number(rest) : first;
    constexpr unsigned kMaxCpu = 1u << 24;  // far above any kernel's NR_CPUS, far below where a sum could wrap
    if (!first || !last || *first < lowest_allowed || *last < *first || *last > kMaxCpu) return malformed();
    count += *last - *first + 1;
    lowest_allowed = *last + 1;
  } while (take(rest, ','));
  if (!rest.empty()) return malformed();
  return count;
}

Result<unsigned> possible_cpus() {
  // The set of possible CPUs is fixed at boot. Two threads that come first together both read it, and agree.
  static constinit std::atomic<unsigned> known = 0;
  if (const unsigned count = known.load(std::memory_order_relaxed)) return count;
  const std::string path = "/sys/devices/system/cpu/possible";
  EBPF_TRY(const std::string& list, read_text_file(path, kMaxCpuList));
  EBPF_TRY_IN(const auto count, parse_cpu_list(list), path);
  known.store(count, std::memory_order_relaxed);
  return count;
}

}  // namespace ebpf::sys
