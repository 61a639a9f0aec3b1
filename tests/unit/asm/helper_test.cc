// The helper table against the system's <linux/bpf.h>, which may be older, and against the count of Linux 7.3.
#include "ebpf/asm/helper.h"

#include <linux/bpf.h>

#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "tests/support/test.h"

using namespace ebpf::insn;

namespace {

struct SystemHelper {
  int number;
  std::string_view name;
};

// Since Linux 6.2 the header's list has no commas of its own.
#ifdef ___BPF_FUNC_MAPPER
#define SYSTEM_HELPER(name, ...) {BPF_FUNC_##name, #name},
#else
#define SYSTEM_HELPER(name) {BPF_FUNC_##name, #name}
#endif
constexpr SystemHelper kSystemHelpers[] = {__BPF_FUNC_MAPPER(SYSTEM_HELPER)};

}  // namespace

TEST_CASE("every helper of the system's header has the same number here") {
  CHECK(std::size(kSystemHelpers) == __BPF_FUNC_MAX_ID);
  for (const auto& known : kSystemHelpers) CHECK(helper_name(static_cast<helper>(known.number)) == known.name);
}

TEST_CASE("there are 212 helpers, with a name each") {
  static_assert(static_cast<int>(helper::cgrp_storage_delete) == 211);
  std::set<std::string_view> names;
  for (int id = 0; id < 212; ++id) names.insert(helper_name(static_cast<helper>(id)));
  CHECK(names.size() == 212);
  CHECK_FALSE(names.contains(""));
}

TEST_CASE("a number that no helper has has no name") {
  for (const int number : {212, -1, INT32_MIN}) CHECK(helper_name(static_cast<helper>(number)).empty());
}

TEST_CASE("helpers are found by their names, with and without bpf_") {
  CHECK(helper_by_name("map_lookup_elem") == helper::map_lookup_elem);
  CHECK(helper_by_name("bpf_redirect_map") == helper::redirect_map);
  CHECK_FALSE(helper_by_name("map_lookup").has_value());
  CHECK_FALSE(helper_by_name("").has_value());
  CHECK_FALSE(helper_by_name("bpf_bpf_loop").has_value());
}
