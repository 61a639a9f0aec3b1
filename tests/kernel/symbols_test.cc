// The kernel's own list of symbols, and what is remembered of it.
#include "ebpf/kernel/symbols.h"

#include <cstdint>
#include <fstream>
#include <string>

#include "tests/support/private_mounts.h"
#include "tests/support/test.h"

namespace {

// All that this process has read, in bytes.
std::uint64_t bytes_read() {
  std::ifstream file("/proc/self/io");
  std::string word;
  std::uint64_t count = 0;
  while (file >> word && word != "rchar:") continue;
  file >> count;
  return count;
}

void look_up() {
  ebpf::kernel::Symbol wanted[] = {{.name = "schedule"}, {.name = "no_such_symbol_of_this_test"}};
  CHECK(ebpf::kernel::find_symbols(wanted).has_value());
  CHECK(wanted[0].found);
  CHECK_FALSE(wanted[1].found);
}

}  // namespace

TEST_CASE("the kernel's symbols are read once, also for one that is not there") {
  ebpf::test::require_root_and_bpf();
  const std::uint64_t before = bytes_read();
  if (before == 0) SKIP_TEST("no /proc/self/io (CONFIG_TASK_IO_ACCOUNTING is off)");
  look_up();
  const std::uint64_t between = bytes_read();
  look_up();
  const std::uint64_t after = bytes_read();
  CHECK(between - before > 500'000);
  CHECK(after - between < (between - before) / 4);
}
