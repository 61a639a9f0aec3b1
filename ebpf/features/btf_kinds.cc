// The kinds of types that the kernel takes with BPF_BTF_LOAD, and whether it has types of its own.
#include <cerrno>
#include <iterator>

#include "ebpf/base/text.h"
#include "ebpf/btf/blob.h"
#include "ebpf/btf/feature.h"
#include "ebpf/features/context.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

struct KindRow {
  Row row;
  std::span<const std::uint32_t> blob{};
  btf::Feature feature = btf::Feature::layout;  // whose example is the blob
};

consteval KindRow of_feature(const char* word, btf::Feature feature) {
  return {{word, {btf::info(feature).major, btf::info(feature).minor}}, {}, feature};
}

constexpr KindRow kKinds[] = {
    {{"types", {4, 18}}, btf::kIntBlob},  // BPF_BTF_LOAD itself
    of_feature("func", btf::Feature::function),
    of_feature("func_global", btf::Feature::global_function),
    {{"var", {5, 2}}, btf::kVariableBlob},
    of_feature("datasec", btf::Feature::data_section),
    of_feature("float", btf::Feature::floating),
    of_feature("decl_tag", btf::Feature::decl_tag),
    of_feature("type_tag", btf::Feature::type_tag),
    of_feature("enum64", btf::Feature::enumeration64),
    of_feature("enum_signed", btf::Feature::signed_enumeration),
    of_feature("datasec_qmark", btf::Feature::section_name),
    of_feature("tag_attribute", btf::Feature::tag_attribute),
    {{"kernel", {5, 4}, "CONFIG_DEBUG_INFO_BTF"}},
    {{"modules", {5, 11}, "CONFIG_DEBUG_INFO_BTF_MODULES"}},
};
constexpr std::uint32_t kKernelRow = std::size(kKinds) - 2;

Answer of_kernel(Context& context) {
  if (context.types() == nullptr) return unknown(0, context.types_problem());
  Answer out = supported();
  out.value = context.kernel_types()->source();
  return out;
}

// Modules' types come with those of the kernel, whose BTF then has the type that lists them.
Answer of_modules(Context& context) {
  if (context.types() == nullptr) return unknown(0, context.types_problem());
  if (context.config())
    return context.config()->is_set("CONFIG_DEBUG_INFO_BTF_MODULES")
               ? supported()
               : absent(0, "CONFIG_DEBUG_INFO_BTF_MODULES is not set");
  if (!context.kernel_types()->modules().empty()) return supported();
  return unknown(0, "no module with types is loaded, and the kernel's configuration cannot be read");
}

}  // namespace

const Row* btf_row(std::uint32_t number) { return number < std::size(kKinds) ? &kKinds[number].row : nullptr; }

Answer probe_btf(Context& context, std::uint32_t row) {
  if (row == kKernelRow) return of_kernel(context);
  if (row == kKernelRow + 1) return of_modules(context);
  const KindRow& kind = kKinds[row];
  const Outcome outcome = context.load_btf(kind.blob.empty() ? btf::feature_example(kind.feature) : kind.blob);
  return outcome.ok() ? supported() : refused(context, outcome, Need::btf, "BPF_BTF_LOAD");
}

const Answer& ask_btf(Context& context, btf::Feature feature) {
  std::uint32_t row = 0;
  while (kKinds[row].feature != feature) ++row;
  const Feature asked = {.group = Group::btf, .number = row};
  const Answer* const known = context.known(asked);
  // What was denied may be answered with a token.
  const bool ask_again = known != nullptr && known->verdict == Verdict::denied && context.token >= 0;
  if (known != nullptr && !ask_again) return *known;
  return context.keep(asked, probe_btf(context, row));
}

}  // namespace ebpf::features
