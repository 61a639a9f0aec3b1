// What BTF has got over the years, since when, and the smallest table that uses each: what to ask a kernel with, and
// what to leave out for one that says no (degrade.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string_view>

namespace ebpf::btf {

enum class Feature : std::uint8_t {
  function,
  data_section,
  global_function,
  floating,
  decl_tag,
  type_tag,
  signed_enumeration,
  enumeration64,
  section_name,
  tag_attribute,
  layout,
};
constexpr std::uint32_t kFeatureCount = 11;

// A set of features. A value.
class Features {
 public:
  constexpr Features() = default;
  constexpr Features(std::initializer_list<Feature> features) {
    for (const Feature feature : features) add(feature);
  }
  static constexpr Features all() { return from_bits((1u << kFeatureCount) - 1); }
  static constexpr Features from_bits(std::uint32_t bits) {
    Features out;
    out.bits_ = bits;
    return out;
  }

  constexpr bool has(Feature feature) const { return (bits_ >> static_cast<unsigned>(feature) & 1) != 0; }
  constexpr void add(Feature feature) { bits_ |= 1u << static_cast<unsigned>(feature); }
  constexpr void remove(Feature feature) { bits_ &= ~(1u << static_cast<unsigned>(feature)); }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint32_t bits() const { return bits_; }
  // Those that are here and not there.
  constexpr Features without(Features other) const { return from_bits(bits_ & ~other.bits_); }
  constexpr bool operator==(const Features&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

// A row of the table.
struct FeatureInfo {
  Feature feature;
  std::string_view name;  // "FLOAT", "ENUM64"
  std::uint8_t major;     // the first Linux that has it
  std::uint8_t minor;
  std::string_view instead;  // what takes its place, in words
};

inline constexpr FeatureInfo kFeatures[] = {
    {Feature::function, "FUNC", 5, 0, "names of types, without functions"},
    {Feature::data_section, "DATASEC", 5, 2, "structures"},
    {Feature::global_function, "global FUNC", 5, 6, "static functions"},
    {Feature::floating, "FLOAT", 5, 13, "structures without members"},
    {Feature::decl_tag, "DECL_TAG", 5, 16, "nothing"},
    {Feature::type_tag, "TYPE_TAG", 5, 17, "const"},
    {Feature::signed_enumeration, "signed ENUM", 6, 0, "unsigned ones"},
    {Feature::enumeration64, "ENUM64", 6, 0, "integers"},
    {Feature::section_name, "any character in names of sections", 6, 9, "underscores"},
    {Feature::tag_attribute, "attributes as tags", 6, 15, "plain tags"},
    {Feature::layout, "the layout of kinds", 7, 1, "nothing"},
};
static_assert(std::size(kFeatures) == kFeatureCount);

// All of them, by Feature, oldest first.
constexpr std::span<const FeatureInfo> feature_table() { return kFeatures; }
constexpr const FeatureInfo& info(Feature feature) { return kFeatures[static_cast<std::size_t>(feature)]; }

static_assert([] {
  for (std::size_t i = 0; i < kFeatureCount; ++i)
    if (static_cast<std::size_t>(kFeatures[i].feature) != i) return false;
  return true;
}());

// A small table that uses this feature and nothing newer, in the byte order of the machine, to be offered to a kernel:
// it is refused exactly where the feature is not known. Empty for Feature::layout, which nobody misses: where a kernel
// refuses a table that has it, leave it out without asking.
std::span<const std::uint32_t> feature_example(Feature feature);

}  // namespace ebpf::btf
