// KernelConfig: the options that a kernel was built with, CONFIG_…
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"

namespace ebpf {

// A value; const access is safe from several threads.
class KernelConfig {
 public:
  // Those of the running kernel: /proc/config.gz (CONFIG_IKCONFIG_PROC), else the file that distributions install, in
  // /boot or /lib/modules. Errors: not_found, with all that was tried.
  static Result<KernelConfig> running();
  // From the text of a .config.
  static KernelConfig parse(std::string text);

  // "y", "m", a number, or a string with its quotes; "n" where the text says just that, which a kernel's own never
  // does; nothing for an option that is not set. With its "CONFIG_".
  std::optional<std::string_view> value(std::string_view option) const;
  // The same of many: one walk over the text for all of them.
  std::vector<std::optional<std::string_view>> values(std::span<const std::string_view> options) const;
  bool is_set(std::string_view option) const { return value(option).value_or("n") != "n"; }
  // Whether the text says anything of the option, "# CONFIG_X is not set" included.
  bool mentions(std::string_view option) const;
  // Where it comes from: a path.
  const std::string& source() const { return source_; }

 private:
  std::string text_;
  std::string source_;
};

}  // namespace ebpf
