// The names of the helpers as text, in one table that is indexed by number.
#include "ebpf/asm/helper.h"

#include <array>
#include <cstddef>

#include "ebpf/base/words.h"

namespace ebpf::insn {
namespace {

#define EBPF_HELPER_NAME(name, number) std::string_view(#name),
constexpr auto kNames = words<[] { return std::to_array<std::string_view>({EBPF_HELPERS(EBPF_HELPER_NAME)}); }>();
#undef EBPF_HELPER_NAME

#define EBPF_HELPER_NUMBER(name, number) (number),
constexpr auto kNumbers = std::to_array<std::size_t>({EBPF_HELPERS(EBPF_HELPER_NUMBER)});
#undef EBPF_HELPER_NUMBER

constexpr bool numbers_are_indices() {
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    if (kNumbers[i] != i) return false;
  }
  return true;
}
static_assert(numbers_are_indices());

}  // namespace

std::string_view helper_name(helper id) {
  const auto index = static_cast<std::uint32_t>(id);  // a negative number becomes a large one
  return index < kNames.size() ? kNames[index] : std::string_view();
}

std::optional<helper> helper_by_name(std::string_view name) {
  if (name.starts_with("bpf_")) name.remove_prefix(4);
  const std::size_t index = kNames.find(name);
  return index < kNames.size() ? std::optional(static_cast<helper>(index)) : std::nullopt;
}

}  // namespace ebpf::insn
