// ebpf: a command for BPF objects and the kernel, one static binary. What scripts may rely on is in docs/cli.md.
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "tools/cli/command.h"

namespace {

using namespace ebpf::cli;

constexpr const char* kVersion = "ebpf 0.1.0";

const Command* const kCommands[] = {&kInspect, &kCheck, &kRun, &kDisasm, &kAsm};

int length(std::string_view text) { return static_cast<int>(text.size()); }

void print_usage(std::FILE* to) {
  std::fprintf(to, "usage: ebpf COMMAND [OPTION]... [OPERAND]...\n       ebpf --help | --version\n\ncommands:\n");
  for (const Command* command : kCommands)
    std::fprintf(to, "  %-10.*s %.*s\n", length(command->name), command->name.data(), length(command->summary),
                 command->summary.data());
  std::fprintf(to,
               "\n'ebpf COMMAND --help' tells more. Exit status: 0 all well, 1 the answer is no, 2 denied, 3 wrong "
               "usage, 4 bad input file.\n");
}

void print_help(const Command& command) {
  std::printf("usage: ebpf %.*s [OPTION]... %.*s\n\n%.*s\n\noptions:\n", length(command.name), command.name.data(),
              length(command.operands), command.operands.data(), length(command.summary), command.summary.data());
  for (const Option& option : command.options) {
    const std::string left = ebpf::cat(option.name, option.value.empty() ? "" : " ", option.value);
    std::printf("  %-24s %.*s\n", left.c_str(), length(option.help), option.help.data());
  }
}

int usage_error(const std::string& message) {
  std::fprintf(stderr, "ebpf: %s\n", message.c_str());
  return kUsage;
}

int run_command(const Command& command, std::span<char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--") break;
    if (word == "--help") return print_help(command), kOk;
  }
  const auto arguments = parse_arguments(command, words);
  if (!arguments)
    return usage_error(
        ebpf::cat(command.name, ": ", arguments.error().message(), " (see 'ebpf ", command.name, " --help')"));
  return command.run(*arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> words(argv + 1, argc > 0 ? static_cast<std::size_t>(argc - 1) : 0);
  if (words.empty()) return print_usage(stderr), kUsage;
  const std::string_view name = words.front();
  if (name == "--help") return print_usage(stdout), kOk;
  if (name == "--version") return std::puts(kVersion), kOk;
  std::vector<std::string_view> names;
  for (const Command* command : kCommands) {
    if (command->name == name) return run_command(*command, words.subspan(1));
    names.push_back(command->name);
  }
  return usage_error(
      ebpf::cat("there is no command ", ebpf::quoted(name), ebpf::did_you_mean(name, names), " (see 'ebpf --help')"));
}
