// ebpf: a command for BPF objects and the kernel, one static binary. What scripts may rely on is in docs/cli.md.
#include <span>
#include <string_view>
#include <vector>

#include "ebpf/base/found.h"
#include "ebpf/base/text.h"
#include "tools/cli/command.h"

namespace ebpf::cli {

// A binary may have been built without some of them (tools/commands.bzl): what is not linked is null.
[[gnu::weak]] extern const Command kInspect;
[[gnu::weak]] extern const Command kCheck;
[[gnu::weak]] extern const Command kRun;
[[gnu::weak]] extern const Command kVars;
[[gnu::weak]] extern const Command kFeatures;
[[gnu::weak]] extern const Command kDisasm;
[[gnu::weak]] extern const Command kAsm;
[[gnu::weak]] extern const Command kBtf;

}  // namespace ebpf::cli

namespace {

using namespace ebpf::cli;

constexpr std::string_view kVersion = "ebpf 0.1.0\n";

std::vector<const Command*> linked_commands() {
  std::vector<const Command*> out;
  for (const Command* command : {&kInspect, &kCheck, &kRun, &kVars, &kFeatures, &kDisasm, &kAsm, &kBtf})
    if (command != nullptr) out.push_back(command);
  return out;
}

// `prefix` is "ebpf", or "ebpf btf" within a family.
std::string usage(const std::string& prefix, std::span<const Command* const> commands) {
  std::string out = ebpf::cat("usage: ", prefix, " COMMAND [OPTION]... [OPERAND]...\n       ", prefix, " --help",
                              prefix == "ebpf" ? " | --version" : "", "\n\ncommands:\n");
  for (const Command* command : commands)
    out += ebpf::cat("  ", padded(command->name, 10), ' ', command->summary, '\n');
  return ebpf::cat(out, "\n'", prefix,
                   " COMMAND --help' tells more. Exit status: 0 all well, 1 the answer is no, 2 denied, 3 wrong "
                   "usage, 4 bad input file.\n");
}

ExitStatus usage_error(std::string_view message) {
  diagnose(message);
  return kUsage;
}

// `prefix` is all that stands before the words: "ebpf inspect".
ExitStatus run_command(const std::string& prefix, const Command& command, std::span<char* const> words) {
  for (const std::string_view word : words) {
    if (word == "--") break;
    if (word == "--help") return print_help(command, prefix), kOk;
  }
  const auto arguments = parse_arguments(command, words);
  if (!arguments)
    return usage_error(ebpf::cat(prefix.substr(prefix.find(' ') + 1), ": ", arguments.error().message(), " (see '",
                                 prefix, " --help')"));
  return command.run(*arguments);
}

ExitStatus choose_command(const std::string& prefix, std::span<const Command* const> commands,
                          std::span<char* const> words) {
  if (words.empty()) return print_error_text(usage(prefix, commands)), kUsage;
  const std::string_view name = words.front();
  if (name == "--help") return print_text(usage(prefix, commands)), kOk;
  std::vector<std::string_view> names;
  for (const Command* command : commands) {
    names.push_back(command->name);
    if (command->name != name) continue;
    const std::string longer = ebpf::cat(prefix, " ", name);
    if (!command->family.empty()) return choose_command(longer, command->family, words.subspan(1));
    return run_command(longer, *command, words.subspan(1));
  }
  return usage_error(ebpf::cat("there is no command ", ebpf::quoted(name), ebpf::did_you_mean(name, names), " (see '",
                               prefix, " --help')"));
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char* const> words(argv + 1, argc > 0 ? static_cast<std::size_t>(argc - 1) : 0);
  if (!words.empty() && std::string_view(words.front()) == "--version") return print_text(kVersion), finish(kOk);
  return finish(choose_command("ebpf", linked_commands(), words));
}
