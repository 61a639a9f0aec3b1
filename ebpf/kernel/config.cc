// Where the running kernel's configuration is found, and how an option is found in it: the text is kept as it is, and a
// look-up is a search for a line.
#include "ebpf/kernel/config.h"

#include <sys/utsname.h>

#include <algorithm>
#include <utility>

#include "ebpf/base/inflate.h"
#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"

namespace ebpf {
namespace {

constexpr std::size_t kMostCompressed = 4u << 20;
constexpr std::size_t kMostText = 32u << 20;

Result<std::string> from_proc() {
  EBPF_TRY(const auto& bytes, sys::read_whole_file("/proc/config.gz", kMostCompressed));
  return gunzip(bytes, kMostText);
}

// What stands behind the "=" of a line.
std::string_view value_at(std::string_view rest) { return rest.substr(0, rest.find('\n')); }

}  // namespace

KernelConfig KernelConfig::parse(std::string text) {
  KernelConfig out;
  out.text_ = std::move(text);
  return out;
}

Result<KernelConfig> KernelConfig::running() {
  std::string tried;
  const auto take = [&](Result<std::string> text, std::string path) -> std::optional<KernelConfig> {
    if (!text) {
      tried += cat("\n  ", text.error().message());
      return std::nullopt;
    }
    KernelConfig out = parse(*std::move(text));
    out.source_ = std::move(path);
    return out;
  };
  if (auto config = take(from_proc(), "/proc/config.gz")) return *std::move(config);
  utsname name{};
  if (::uname(&name) != 0) return fail(errc::not_found, "no kernel configuration; tried:", tried);
  const std::string release = name.release;
  for (const std::string& path :
       {cat("/boot/config-", release), cat("/lib/modules/", release, "/config"),
        cat("/usr/lib/modules/", release, "/config"), cat("/lib/modules/", release, "/build/.config")})
    if (auto config = take(sys::read_text_file(path, kMostText), path)) return *std::move(config);
  return fail(errc::not_found, "no kernel configuration; tried:", tried);
}

std::optional<std::string_view> KernelConfig::value(std::string_view option) const {
  const std::string_view text = text_;
  if (option.empty()) return std::nullopt;
  for (std::size_t at = text.find(option); at != std::string_view::npos; at = text.find(option, at + 1)) {
    const std::size_t equals = at + option.size();
    if ((at != 0 && text[at - 1] != '\n') || equals >= text.size() || text[equals] != '=') continue;
    return value_at(text.substr(equals + 1));
  }
  return std::nullopt;
}

std::vector<std::optional<std::string_view>> KernelConfig::values(std::span<const std::string_view> options) const {
  std::vector<std::optional<std::string_view>> out(options.size());
  for (std::string_view rest = text_; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (line.starts_with('C')) {
      const std::string_view name = line.substr(0, line.find('='));
      for (std::size_t i = 0; i < options.size() && name.size() < line.size(); ++i)
        if (options[i] == name && !out[i]) out[i] = value_at(line.substr(name.size() + 1));
    }
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  return out;
}

bool KernelConfig::mentions(std::string_view option) const {
  return value(option) || text_.find(cat("# ", option, " is not set")) != std::string::npos;
}

}  // namespace ebpf
