// BTF for older kernels.
//
// A kernel refuses a whole table for one kind of type that it does not know. degrade() writes the table anew in terms
// of what it knows: ids of types and offsets of strings stay what they were, sizes and offsets of members, too, and
// what is lost is what the kernel would not have used. Which features there are, since when, and what takes their
// place, is one table (degrade.cc).
//
//     const btf::Features used = btf::features_of(types);
//     for (btf::Feature feature : used) … ask the kernel with feature_example(feature) …
//     EBPF_TRY(auto older, btf::degrade(types, known));
//
// Other than the features, sanitize() repairs what compilers write and no kernel takes: symbols that the kernel is to
// define.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ebpf/base/error.h"
#include "ebpf/btf/btf.h"

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

// All of them, by Feature, oldest first.
std::span<const FeatureInfo> feature_table();
const FeatureInfo& info(Feature feature);
// "FLOAT (Linux 5.13) became structures without members; …" for people; empty for none.
std::string describe(Features degraded);

// What of this the table itself uses (not its base). Errors: malformed.
Result<Features> features_of(const Spec& types);

// The table without what is not in `known`. The same table where it uses nothing else. The function prototype of
// Linux 4.x becomes a pointer, so without Feature::function there is nothing that a func-info could refer to: it, and
// line-info, must then be left out. Errors: malformed; out_of_range where the names get too many.
Result<Spec> degrade(const Spec& types, Features known);

// A small table that uses this feature and nothing newer, to be offered to a kernel: it is refused exactly where the
// feature is not known. Errors: invalid_argument for Feature::layout, which nobody misses: where a kernel refuses a
// table that has it, leave it out without asking.
Result<std::vector<std::byte>> feature_example(Feature feature);

// The table as a kernel takes it, whatever the version: functions and variables that are only declared (`extern`, in
// .ksyms and .kconfig) are written as if they were defined, their sections laid out, unnamed parameters named. The same
// table where there are none. Ids and offsets of strings stay, new types come behind. Errors: as degrade().
Result<Spec> sanitize(const Spec& types);

}  // namespace ebpf::btf
