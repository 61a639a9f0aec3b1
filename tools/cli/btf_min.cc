// ebpf btf min: of a kernel's types, those that objects need, to be shipped with them for kernels that bring none.
#include <cstdint>
#include <string>
#include <vector>

#include "ebpf/base/text.h"
#include "ebpf/btf/minimize.h"
#include "ebpf/ebpf.h"
#include "ebpf/kernel/types.h"
#include "tools/cli/btf_commands.h"

namespace ebpf::cli {
namespace {

Result<void> add_object(btf::Minimizer& needed, std::string_view file) {
  EBPF_TRY(const CollectionSpec& spec, CollectionSpec::read_file(std::string(file)));
  std::vector<btf::CoreRelocation> relocations;
  const auto collect = [&](const auto& functions) {
    for (const FunctionSpec& function : functions)
      for (const btf::CoreRelocation& relocation : function.core_relocations) relocations.push_back(relocation);
  };
  collect(spec.programs);
  collect(spec.subprograms);
  EBPF_CHECK_IN(needed.add(spec.types, relocations), quoted(file));
  return {};
}

Result<void> minimize(const Arguments& arguments) {
  EBPF_TRY(const KernelTypes::Shared& kernel, KernelTypes::read_file(std::string(arguments.operands.front())));
  btf::Minimizer needed(kernel->types());
  for (std::size_t i = 1; i < arguments.operands.size(); ++i) EBPF_CHECK(add_object(needed, arguments.operands[i]));
  EBPF_TRY(const btf::Spec& table, needed.table());
  return write_file(std::string(arguments.value("-o")), table.bytes());
}

ExitStatus run(const Arguments& arguments) {
  if (arguments.value("-o").empty()) {
    diagnose("btf min: -o FILE is missing (see 'ebpf btf min --help')");
    return kUsage;
  }
  const auto done = minimize(arguments);
  if (done) return kOk;
  print_error(done.error());
  return status_of(done.error());
}

constexpr Option kOptions[] = {
    {"-o", "FILE", "where to write the types"},
    {"--help", "", "print this"},
};

}  // namespace

constinit const Command kBtfMin = {
    .name = "min",
    .operands = "KERNEL_BTF OBJECT...",
    .summary = "Writes those of a kernel's types that the objects' CO-RE relocations need.",
    .options = kOptions,
    .least_operands = 2,
    .most_operands = SIZE_MAX,
    .run = run,
};

}  // namespace ebpf::cli
