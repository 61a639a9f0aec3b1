// ebpf-features: the command `ebpf features` alone, in a binary that is small enough for an init container. It reads no
// objects (--for).
#include <span>
#include <string_view>

#include "ebpf/base/text.h"
#include "tools/cli/features.h"

namespace ebpf::cli {

constinit const ForObject kFeaturesFor = nullptr;

}  // namespace ebpf::cli

int main(int argc, char** argv) {
  using namespace ebpf::cli;
  const std::span<char* const> words(argv + 1, argc > 0 ? static_cast<std::size_t>(argc - 1) : 0);
  for (const std::string_view word : words) {
    if (word != "--help") continue;
    Command command = kFeatures;
    command.options = command.options.subspan(kOptionsForObjects);
    return print_help(command, "ebpf-features"), finish(kOk);
  }
  const auto arguments = parse_arguments(kFeatures, words);
  if (arguments) return finish(kFeatures.run(*arguments));
  print_error(
      ebpf::Error(arguments.error().code(), ebpf::cat(arguments.error().message(), " (see 'ebpf-features --help')")));
  return kUsage;
}
