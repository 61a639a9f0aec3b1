// Showing variables once a second, until Ctrl-C: `ebpf run --watch` and `ebpf vars watch`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/variable.h"
#include "tools/cli/command.h"

namespace ebpf::cli {

struct Watched {
  std::string name;  // as it was asked for
  Variable variable;
  std::string before = {};  // what it was a second ago
};

// `variable`, or the part of it that `path` leads to, where it is not empty. Errors: as Variable::field.
Result<Watched> watched_part(std::string_view name, const Variable& variable, std::string_view path);

// SIGINT and SIGTERM end watch().
void stop_at_signals();

// Prints a line each second: "a = 5 (+2/s)  b = …", or with `json` {"time_ns", "values": {NAME: value}}. Without
// anything to watch it waits. Ends after `seconds`, where that is given.
Result<void> watch(std::vector<Watched>& watched, std::optional<std::uint64_t> seconds, bool json);

// The value of --for, where that is given. Errors: invalid_argument.
Result<std::optional<std::uint64_t>> parse_seconds(const Arguments& arguments);

}  // namespace ebpf::cli
