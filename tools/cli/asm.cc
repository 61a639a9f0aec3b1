// ebpf asm: an object from assembler text.
#include <string>

#include "ebpf/base/text.h"
#include "ebpf/sys/file.h"
#include "tools/cli/assemble.h"
#include "tools/cli/command.h"

namespace ebpf::cli {
namespace {

constexpr std::size_t kLargestText = 64u << 20;

ExitStatus failed(const Error& error, ExitStatus status) {
  print_error(error);
  return status;
}

ExitStatus assemble(const Arguments& arguments) {
  const std::string file(arguments.operands.front());
  const std::string out(arguments.value("-o"));
  if (out.empty()) return failed(Error(errc::invalid_argument, "asm: -o FILE is missing"), kUsage);
  const auto text = sys::read_text_file(file, kLargestText);
  if (!text) return failed(text.error(), kBadInput);
  const auto order = arguments.has("--big-endian") ? ByteOrder::big : kHostByteOrder;
  auto object = assemble_file(*text, order);
  if (!object) return failed(std::move(object).error().in(file), kBadInput);
  if (auto written = write_file(out, *object); !written) return failed(written.error(), kNo);
  return kOk;
}

constexpr Option kOptions[] = {
    {"-o", "FILE", "the object that is written"},
    {"--big-endian", "", "for a big-endian machine; otherwise for this one"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kAsm = {
    .name = "asm",
    .operands = "FILE.s",
    .summary = "Assembles a file of instructions in the syntax of llvm-mc and llvm-objdump into an object.",
    .options = kOptions,
    .least_operands = 1,
    .most_operands = 1,
    .run = assemble,
};

}  // namespace ebpf::cli
