// The kinds of types that the kernel takes with BPF_BTF_LOAD, and whether it has types of its own.
#include <cerrno>
#include <iterator>

#include "ebpf/base/text.h"
#include "ebpf/features/btf_blob.h"
#include "ebpf/features/context.h"
#include "ebpf/features/tables.h"

namespace ebpf::features {
namespace {

using btf::Kind;

constexpr std::uint32_t kAll = UINT32_MAX;  // decl_tag: of the whole, not of a member

constexpr auto kStatic = kFunctionsBlob;
constexpr auto kGlobal = kGlobalFunctionBlob;
constexpr auto kVariable = blob({EBPF_BLOB_INT, kV, info(Kind::variable), 1, 0});
constexpr auto kSection =
    blob({EBPF_BLOB_INT, kV, info(Kind::variable), 1, 0, kData, info(Kind::data_section, 1), 4, 2, 0, 4});
constexpr auto kQuestionSection =
    blob({EBPF_BLOB_INT, kV, info(Kind::variable), 1, 0, kQuestion, info(Kind::data_section, 1), 4, 2, 0, 4});
constexpr auto kFloat = blob({kV, info(Kind::floating), 4});
constexpr auto kDeclTag = blob({EBPF_BLOB_INT, kV, info(Kind::variable), 1, 0, kTag, info(Kind::decl_tag), 2, kAll});
constexpr auto kTypeTag = blob({EBPF_BLOB_INT, kTag, info(Kind::type_tag), 1, 0, info(Kind::pointer), 2});
constexpr auto kEnum64 = blob({kV, info(Kind::enumeration64, 1), 8, kMain, 1, 0});
constexpr auto kSignedEnum = blob({kV, info(Kind::enumeration, 1, true), 4, kMain, 1});
constexpr auto kAttribute = blob({EBPF_BLOB_INT, kTag, info(Kind::type_tag, 0, true), 1, 0, info(Kind::pointer), 2});

struct KindRow {
  Row row;
  std::span<const std::uint32_t> blob;
};

constexpr KindRow kKinds[] = {
    {{"types", {4, 18}}, kIntBlob},      // BPF_BTF_LOAD itself
    {{"func", {5, 0}}, kStatic},         //
    {{"func_global", {5, 6}}, kGlobal},  // a function's linkage
    {{"var", {5, 2}}, kVariable},        //
    {{"datasec", {5, 2}}, kSection},     //
    {{"float", {5, 13}}, kFloat},        //
    {{"decl_tag", {5, 16}}, kDeclTag},   //
    {{"type_tag", {5, 17}}, kTypeTag},   //
    {{"enum64", {6, 0}}, kEnum64},       //
    {{"enum_signed", {6, 0}}, kSignedEnum},
    {{"datasec_qmark", {6, 9}}, kQuestionSection},  // '?' in the name of a section
    {{"tag_attribute", {6, 15}}, kAttribute},       // tags that stand for attributes
    {{"kernel", {5, 4}, "CONFIG_DEBUG_INFO_BTF"}, {}},
    {{"modules", {5, 11}, "CONFIG_DEBUG_INFO_BTF_MODULES"}, {}},
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
  const Outcome outcome = context.load_btf(kKinds[row].blob);
  return outcome.ok() ? supported() : refused(context, outcome.os_error, Need::btf, "BPF_BTF_LOAD");
}

}  // namespace ebpf::features
