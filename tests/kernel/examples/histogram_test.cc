// examples/histogram: what it shows of packets whose lengths are known. They are sent from a cgroup of the test's own,
// so nobody else's are counted.
#include <arpa/inet.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "tests/kernel/examples/child.h"
#include "tests/kernel/objects.h"
#include "tests/support/cgroup.h"
#include "tests/support/private_mounts.h"

using namespace ebpf::test;

namespace {

constexpr std::size_t kHeaders = 28;  // of IPv4 and UDP
constexpr std::size_t kWidth = 40;    // of the longest bar

// A UDP socket of this host alone that sends to itself.
class Datagrams {
 public:
  Datagrams() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    if (fd_ < 0 || bind(fd_, reinterpret_cast<sockaddr*>(&address_), size) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address_), &size) != 0)
      throw std::system_error(errno, std::generic_category(), "UDP socket");
  }
  ~Datagrams() { close(fd_); }

  // A packet of so many bytes, headers included.
  void send(std::size_t length) {
    const std::string payload(length - kHeaders, 'x');
    REQUIRE(sendto(fd_, payload.data(), payload.size(), 0, reinterpret_cast<const sockaddr*>(&address_),
                   sizeof address_) == static_cast<ssize_t>(payload.size()));
  }

 private:
  int fd_;
  sockaddr_in address_{};
};

// The first and the last CPU that this thread may run on.
std::set<int> two_cpus() {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  std::set<int> all;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) all.insert(cpu);
  return {*all.begin(), *all.rbegin()};
}

// The calling thread runs there alone, until the object is destroyed.
class OnCpu {
 public:
  explicit OnCpu(int cpu) {
    REQUIRE(sched_getaffinity(0, sizeof before_, &before_) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  }
  ~OnCpu() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

struct Bar {
  unsigned long long high;
  std::size_t length;
  unsigned long long count;
  bool operator==(const Bar&) const = default;
};

// The bars of a chart by the lower bounds of their buckets.
using Chart = std::map<unsigned long long, Bar>;

void add_line(Chart& chart, const std::string& line) {
  unsigned long long low = 0, high = 0, count = 0;
  char drawn[kWidth + 1] = "";
  if (std::sscanf(line.c_str(), "%llu .. %llu |%40[# ]| %llu", &low, &high, drawn, &count) != 4)
    FAIL("not a line of a chart: " << line);
  const std::string bar = drawn;
  chart[low] = {high, static_cast<std::size_t>(std::ranges::count(bar, '#')), count};
}

bool is_heading(const std::string& line) { return contains(line, " packets, "); }

}  // namespace

TEST_CASE("histogram: packets of a cgroup by their lengths, added up over CPUs") {
  require_root_and_bpf();
  Cgroup group;
  Child histogram({runfile("examples/histogram/histogram"), group.path(), "600"});
  CHECK(histogram.wait_for(is_heading) == "0 packets, 0 bytes, sent by 0 CPUs");

  group.enter();
  Datagrams datagrams;
  // How many of each length: the ends of buckets, and one of what none is in between.
  const std::map<std::size_t, int> lengths = {{29, 3},    {31, 4},   {32, 5},     {63, 6},   {64, 80},
                                              {1023, 10}, {1024, 1}, {40'000, 2}, {65535, 3}};
  unsigned long long packets = 0, bytes = 0;
  const std::set<int> cpus = two_cpus();
  for (const int cpu : cpus) {
    const OnCpu here(cpu);
    for (const auto& [length, count] : lengths) {
      for (int i = 0; i < count; ++i) datagrams.send(length);
      packets += static_cast<unsigned long long>(count);
      bytes += length * static_cast<unsigned long long>(count);
    }
  }

  const std::string heading =
      histogram.wait_for([&](const std::string& line) { return line.starts_with(std::to_string(packets) + " "); });
  CHECK(heading == std::to_string(packets) + " packets, " + std::to_string(bytes) + " bytes, sent by " +
                       std::to_string(cpus.size()) + " CPUs");

  Chart chart;
  histogram.wait_for([&](const std::string& line) {
    if (!is_heading(line)) add_line(chart, line);
    return is_heading(line);
  });
  const unsigned long long n = cpus.size();
  const Chart expected = {{16, {31, 7 * kWidth / 80, 7 * n}},
                          {32, {63, 11 * kWidth / 80, 11 * n}},
                          {64, {127, kWidth, 80 * n}},
                          {512, {1023, 10 * kWidth / 80, 10 * n}},
                          {1024, {2047, 1 * kWidth / 80, 1 * n}},
                          {32768, {65535, 5 * kWidth / 80, 5 * n}}};
  CHECK(chart == expected);
}

TEST_CASE("histogram: ends after as many seconds as it is told, and says which cgroup there is not") {
  require_root_and_bpf();
  const Cgroup group;
  const Output one = run_program({runfile("examples/histogram/histogram"), group.path(), "1"});
  CHECK(one.status == 0);
  CHECK(one.lines == std::vector<std::string>(2, "0 packets, 0 bytes, sent by 0 CPUs"));
  const Output none = run_program({runfile("examples/histogram/histogram"), "/no/such/cgroup", "1"});
  CHECK(none.status == 1);
  REQUIRE(none.lines.size() == 1);
  CHECK(contains(none.lines[0], "/no/such/cgroup"));
}
