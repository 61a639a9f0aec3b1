// The smallest tables that use one feature each. They are offered to kernels, so they keep all other rules of the
// oldest kernel that has the feature.
#include <array>

#include "ebpf/btf/blob.h"
#include "ebpf/btf/feature.h"

namespace ebpf::btf {
namespace {

constexpr std::uint32_t kWhole = UINT32_MAX;  // of a decl_tag: the type, not a member

#define EBPF_BLOB_VARIABLE kV, blob_info(Kind::variable), 1, 0
constexpr auto kSection =
    blob({EBPF_BLOB_INT, EBPF_BLOB_VARIABLE, kData, blob_info(Kind::data_section, 1), 4, 2, 0, 4});
constexpr auto kFloat = blob({kV, blob_info(Kind::floating), 4});
constexpr auto kDeclTag = blob({EBPF_BLOB_INT, EBPF_BLOB_VARIABLE, kTag, blob_info(Kind::decl_tag), 2, kWhole});
constexpr auto kTypeTag = blob({EBPF_BLOB_INT, kTag, blob_info(Kind::type_tag), 1, 0, blob_info(Kind::pointer), 2});
constexpr auto kSignedEnum = blob({kV, blob_info(Kind::enumeration, 1, true), 4, kMain, 1});
constexpr auto kEnum64 = blob({kV, blob_info(Kind::enumeration64, 1), 8, kMain, 1, 0});
constexpr auto kQuestionSection =
    blob({EBPF_BLOB_INT, EBPF_BLOB_VARIABLE, kQuestion, blob_info(Kind::data_section, 1), 4, 2, 0, 4});
constexpr auto kAttribute =
    blob({EBPF_BLOB_INT, kTag, blob_info(Kind::type_tag, 0, true), 1, 0, blob_info(Kind::pointer), 2});
#undef EBPF_BLOB_VARIABLE

// By Feature, without the last: the layout of kinds is no type.
constexpr std::array<std::span<const std::uint32_t>, kFeatureCount - 1> kExamples = {
    kFunctionsBlob, kSection, kGlobalFunctionBlob, kFloat,     kDeclTag, kTypeTag,
    kSignedEnum,    kEnum64,  kQuestionSection,    kAttribute,
};

}  // namespace

std::span<const std::uint32_t> feature_example(Feature feature) {
  const auto index = static_cast<std::size_t>(feature);
  return index < kExamples.size() ? kExamples[index] : std::span<const std::uint32_t>();
}

}  // namespace ebpf::btf
