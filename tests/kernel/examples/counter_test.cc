// examples/counter: the program that the README shows, the same with a generated header, and the one that tools/demo
// runs, looked at while packets pass. They count those of the whole machine, so the numbers are at least so many.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/kernel/examples/child.h"
#include "tests/kernel/objects.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf::test;

namespace {

// Sends datagrams over the loopback interface until it is destroyed.
class Packets {
 public:
  ~Packets() {
    stop_ = true;
    thread_.join();
  }

 private:
  void send() const {
    const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(socket_fd, reinterpret_cast<sockaddr*>(&address), length) != 0) return;
    getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &length);
    while (!stop_) {
      char buffer[8];
      if (sendto(socket_fd, "packet", 6, 0, reinterpret_cast<sockaddr*>(&address), length) == 6)
        (void)!recv(socket_fd, buffer, sizeof buffer, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    close(socket_fd);
  }

  std::atomic<bool> stop_ = false;
  std::thread thread_{[this] { send(); }};
};

// What a program shows each second, read in this order.
struct Sampled {
  unsigned long long packets, sampled;
};

// One packet in `rate` is sampled; more may have come between a line's two numbers, and each CPU may be at one that it
// has counted and not sampled yet.
void check_rate(const std::vector<Sampled>& lines, unsigned long long rate) {
  const auto cpus = static_cast<unsigned long long>(sysconf(_SC_NPROCESSORS_CONF));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CAPTURE(i);
    CHECK(lines[i].sampled + cpus >= lines[i].packets / rate);
    if (i + 1 < lines.size()) CHECK(lines[i].sampled <= lines[i + 1].packets / rate + 1);
  }
}

const char kObject[] = "examples/counter/counter.bpf.o";

}  // namespace

TEST_CASE("the loader of twenty lines prints numbers that grow") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));  // counter.bpf.c has atomic instructions that return a value
  const Packets packets;
  const Output output = run_program({runfile("examples/counter/loader"), runfile(kObject)});
  CHECK(output.status == 0);
  REQUIRE(output.lines.size() == 5);
  unsigned long long last = 0;
  for (const std::string& line : output.lines) {
    CAPTURE(line);
    char* end = nullptr;
    const unsigned long long now = std::strtoull(line.c_str(), &end, 10);
    CHECK(*end == '\0');
    CHECK(now > last);
    last = now;
  }
}

TEST_CASE("the counter counts, samples one in ten, and stands still while it is paused") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));
  const Packets packets;
  const Output output = run_program({runfile("examples/counter/counter"), runfile(kObject), "4"});
  CHECK(output.status == 0);
  REQUIRE(output.lines.size() == 4);
  std::vector<Sampled> lines;
  unsigned long long before = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(output.lines[i]);
    int second = 0;
    unsigned long long count = 0, more = 0, sampled = 0;
    REQUIRE(std::sscanf(output.lines[i].c_str(), "%d s packets %llu +%llu sampled %llu", &second, &count, &more,
                        &sampled) == 4);
    CHECK(second == static_cast<int>(i) + 1);
    CHECK(count == before + more);
    if (i < 3) CHECK(more > 0);
    lines.push_back({count, sampled});
    CHECK(contains(output.lines[i], "paused") == (i == 3));
    before = count;
  }
  check_rate(lines, 10);
}

TEST_CASE("the generated loader: the same, one in a hundred sampled") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));
  const Packets packets;
  const Output output = run_program({runfile("examples/counter/generated"), "3"});
  CHECK(output.status == 0);
  REQUIRE(output.lines.size() == 3);
  std::vector<Sampled> lines;
  unsigned long long last = 0;
  for (const std::string& line : output.lines) {
    CAPTURE(line);
    unsigned long long count = 0, sampled = 0;
    REQUIRE(std::sscanf(line.c_str(), "%llu packets, %llu sampled", &count, &sampled) == 2);
    CHECK(count > last);
    last = count;
    lines.push_back({count, sampled});
  }
  check_rate(lines, 100);
}

TEST_CASE("without an object there is a sentence and a status") {
  require_root_and_bpf();
  for (const char* program : {"examples/counter/loader", "examples/counter/counter"}) {
    const Output output = run_program({runfile(program), "/no/such/counter.bpf.o"});
    CHECK(output.status == 1);
    REQUIRE(output.lines.size() == 1);
    CHECK(contains(output.lines[0], "/no/such/counter.bpf.o"));
  }
}
