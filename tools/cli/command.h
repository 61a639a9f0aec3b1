// The pieces that all subcommands of `ebpf` share: exit statuses, command lines, and the list of subcommands.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/base/text.h"
#include "tools/cli/output.h"

namespace ebpf::cli {

// What scripts may rely on (docs/cli.md).
enum ExitStatus : int { kOk = 0, kNo = 1, kDenied = 2, kUsage = 3, kBadInput = 4 };

// The status that says what kind of failure this was.
ExitStatus status_of(const Error& error);

// Of two outcomes the one to be reported: the graver.
ExitStatus graver(ExitStatus a, ExitStatus b);

struct Option {
  std::string_view name;   // "--set"
  std::string_view value;  // "VAR=VALUE" in the help; empty for a switch
  std::string_view help;
  bool may_have_value = false;  // a switch that also takes --name=value
};

struct GivenOption {
  std::string_view name;
  std::string_view value;
};

struct Arguments {
  std::vector<GivenOption> options;
  std::vector<std::string_view> operands;

  bool has(std::string_view name) const;
  // The last value of an option; empty where it was not given.
  std::string_view value(std::string_view name) const;
};

struct Command {
  std::string_view name;
  std::string_view operands;  // "FILE..." in the help
  std::string_view summary;
  std::span<const Option> options;
  std::size_t least_operands;
  std::size_t most_operands;
  ExitStatus (*run)(const Arguments& arguments);
  // Of a command that is only a family of others: those. It has no operands, options and run() of its own.
  std::span<const Command* const> family = {};
};

// Takes "--set=x" and "--set x". Errors: invalid_argument, a sentence for the user.
Result<Arguments> parse_arguments(const Command& command, std::span<char* const> words);

// `status`, or where standard output did not take all that was printed, which is said here, kBadInput.
ExitStatus finish(ExitStatus status);

// On standard output. `called` is how the command is called: "ebpf inspect".
void print_help(const Command& command, std::string_view called);

extern const Command kBtf;
extern const Command kInspect;
extern const Command kCheck;
extern const Command kRun;
extern const Command kVars;
extern const Command kFeatures;
extern const Command kDisasm;
extern const Command kAsm;

}  // namespace ebpf::cli
