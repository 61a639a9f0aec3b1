// What texts of distributions say about their kernel, and lists of CPUs.
#include "ebpf/sys/kernel_version.h"

#include <cstdint>
#include <string>

#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

TEST_CASE("a version is found where the distribution puts it") {
  struct Row {
    const char* release;
    const char* version;
    const char* signature;
    std::uint32_t expected;
  };
  const Row rows[] = {
      {"6.18.44", "#1 SMP PREEMPT_DYNAMIC", "", kernel_version(6, 18, 44)},
      {"6.18.44-fc-v669", "#1 SMP PREEMPT_DYNAMIC @0", "", kernel_version(6, 18, 44)},
      {"7.3-rc1", "#1 SMP", "", kernel_version(7, 3, 0)},
      {"4.18.0-553.el8.x86_64", "#1 SMP Fri May 10", "", kernel_version(4, 18, 0)},
      {"5.10.0-28-amd64", "#1 SMP Debian 5.10.209-2 (2024-01-31)", "", kernel_version(5, 10, 209)},
      {"6.1.0-18-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)", "", kernel_version(6, 1, 76)},
      {"6.12-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.12~rc6-1~exp1", "", kernel_version(6, 12, 0)},
      {"5.15.0-91-generic", "#101-Ubuntu SMP", "Ubuntu 5.15.0-91.101-generic 5.15.131\n", kernel_version(5, 15, 131)},
      {"4.14.336", "#1 SMP", "", kernel_version(4, 14, 255)},
      // Texts that only look like a distribution's do not hide the release.
      {"6.6.9", "#1 SMP Debian unknown", "", kernel_version(6, 6, 9)},
      {"6.6.9", "#1 SMP", "Ubuntu", kernel_version(6, 6, 9)},
      {"6.6.9", "#1 SMP", "Other 1.2.3 4.5.6", kernel_version(6, 6, 9)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.release);
    CAPTURE(row.version);
    CHECK(parse_kernel_version(row.release, row.version, row.signature) == row.expected);
  }
}

TEST_CASE("a release that is no version is an error that shows it") {
  for (const char* release :
       {"", "6", "6.", ".6.1", "six.1.2", "6.x", "6.1.", "256.1.1", "6.256.1", "99999999999.1.1"}) {
    CAPTURE(release);
    const auto code = parse_kernel_version(release, "", "");
    REQUIRE_FALSE(code);
    CHECK(code.error().code() == errc::malformed);
    CHECK(code.error().message().find(std::string("\"") + release + "\"") != std::string::npos);
  }
}

TEST_CASE("this kernel has a version, and CPUs") {
  const auto code = running_kernel_version();
  REQUIRE(code);
  CHECK(*code >= kernel_version(3, 18, 0));

  const auto cpus = possible_cpus();
  REQUIRE(cpus);
  CHECK(*cpus >= 1);
  CHECK(possible_cpus() == *cpus);
}

TEST_CASE("a list of CPUs is counted") {
  CHECK(parse_cpu_list("0\n") == 1u);
  CHECK(parse_cpu_list("0-3") == 4u);
  CHECK(parse_cpu_list("0-3,8-11\n") == 8u);
  CHECK(parse_cpu_list("0,2,4-4") == 3u);
  CHECK(parse_cpu_list("0-8191") == 8192u);
}

TEST_CASE("what is not a list of CPUs is refused") {
  for (const char* list : {"", "\n", "a", "0-", "-3", "0,", ",0", "0-3 ", "0 1", "3-0", "0-3,3", "0,0", "4,2", "0--3",
                           "0-4294967295", "4294967295", "4294967296", "0x3"}) {
    CAPTURE(list);
    const auto count = parse_cpu_list(list);
    REQUIRE_FALSE(count);
    CHECK(count.error().code() == errc::malformed);
  }
}

}  // namespace
}  // namespace ebpf::sys
