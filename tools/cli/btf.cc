// ebpf btf: commands about types.
#include "tools/cli/btf_commands.h"

namespace ebpf::cli {
namespace {

constexpr const Command* kFamily[] = {&kBtfDump, &kBtfMin};

}  // namespace

constinit const Command kBtf = {
    .name = "btf",
    .operands = "",
    .summary = "Prints and makes type information (BTF).",
    .options = {},
    .least_operands = 0,
    .most_operands = 0,
    .run = nullptr,
    .family = kFamily,
};

}  // namespace ebpf::cli
