// The hook in front of bpf(2), with a kernel behind it: calls are counted, and one of them fails as it is told.
#include <atomic>
#include <cerrno>
#include <cstdint>

#include "ebpf/sys/bpf.h"
#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

std::atomic<int> calls = 0;
std::atomic<int> failing_call = 0;

long count_and_fail(Command command, void* attr, unsigned size) {
  if (++calls == failing_call) return -EDQUOT;
  return straight_bpf(command, attr, size);
}

Result<Fd> make_array() {
  MapCreateAttr attr;
  attr.map_type = MapType::array;
  attr.key_size = 4;
  attr.value_size = 4;
  attr.max_entries = 1;
  return map_create(attr);
}

// Puts the hook in place until the end of the scope.
struct Hooked {
  explicit Hooked(int failing) {
    calls = 0;
    failing_call = failing;
    set_bpf_hook(count_and_fail);
  }
  ~Hooked() { set_bpf_hook(nullptr); }
};

TEST_CASE("calls that are let through are counted, and do what they do") {
  test::require_root_and_bpf();
  Hooked hooked(0);
  const auto map = make_array();
  REQUIRE(map);
  const std::uint32_t key = 0;
  const std::uint32_t value = 9;
  std::uint32_t read = 0;
  CHECK(map_update_elem(map->get(), &key, &value, 0) == 0);
  CHECK(map_lookup_elem(map->get(), &key, &read, 0) == 0);
  CHECK(read == 9);
  CHECK(calls == 3);
}

TEST_CASE("the call that is to fail fails, and those around it do not") {
  test::require_root_and_bpf();
  Hooked hooked(2);
  CHECK(make_array());
  const auto second = make_array();
  REQUIRE_FALSE(second);
  CHECK(second.error().os_error() == EDQUOT);
  CHECK(second.error().message() == "BPF_MAP_CREATE: EDQUOT");
  CHECK(make_array());
  CHECK(calls == 3);
}

TEST_CASE("a hook that was taken away is not called") {
  test::require_root_and_bpf();
  {
    Hooked hooked(0);
  }
  CHECK(make_array());
  CHECK(calls == 0);
}

}  // namespace
}  // namespace ebpf::sys
