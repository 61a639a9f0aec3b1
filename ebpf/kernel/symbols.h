// Addresses of the kernel's symbols, from /proc/kallsyms. Internal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ebpf/base/error.h"

namespace ebpf::kernel {

struct Symbol {
  std::string_view name;  // to be looked for
  bool found = false;
  std::uint64_t address = 0;
  bool is_module = false;     // a module's
  bool is_ambiguous = false;  // find_unique_symbols(): it stands for several addresses
};

// Looks for all of them in one pass over the file; the kernel's own, which do not move, are remembered for the process,
// those of modules are not. What is not there is remembered until a module comes or goes. Safe to call from any thread.
// Errors: io where the file cannot be read; denied where it shows no addresses (kernel.kptr_restrict, CAP_SYSLOG);
// invalid_argument for a name that stands for several addresses.
Result<void> find_symbols(std::span<Symbol> wanted);

// The same in a text of that form; nothing is remembered. For tests.
Result<void> find_symbols_in(std::string_view text, std::span<Symbol> wanted);

// The same for many: nothing is remembered, and a name that stands for several addresses counts as not found.
Result<void> find_unique_symbols(std::span<Symbol> wanted);

}  // namespace ebpf::kernel
