// The example that the README shows, and the one that tools/demo runs: built, run, and looked at while packets pass.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

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

struct Output {
  int status;
  std::vector<std::string> lines;
};

Output run_program(const std::string& command) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  REQUIRE(pipe != nullptr);
  Output output;
  char line[1024];
  while (std::fgets(line, sizeof line, pipe) != nullptr) output.lines.emplace_back(line);
  output.status = pclose(pipe);
  return output;
}

const char kObject[] = "examples/counter/counter.bpf.o";

}  // namespace

TEST_CASE("the loader of twenty lines prints numbers that grow") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));  // counter.bpf.c has atomic instructions that return a value
  const Packets packets;
  const Output output = run_program(runfile("examples/counter/loader") + " " + runfile(kObject));
  CHECK(output.status == 0);
  REQUIRE(output.lines.size() == 5);
  unsigned long long last = 0;
  for (const std::string& line : output.lines) {
    CAPTURE(line);
    char* end = nullptr;
    const unsigned long long now = std::strtoull(line.c_str(), &end, 10);
    CHECK(*end == '\n');
    CHECK(now > last);
    last = now;
  }
}

TEST_CASE("the counter counts, samples one in ten, and stands still while it is paused") {
  require_root_and_bpf();
  test_requires(kernel(5, 12));
  const Packets packets;
  const Output output = run_program(runfile("examples/counter/counter") + " " + runfile(kObject) + " 4");
  CHECK(output.status == 0);
  REQUIRE(output.lines.size() == 4);
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
    CHECK(sampled <= count / 10 + 2);
    CHECK(sampled + 2 >= count / 10);
    CHECK(contains(output.lines[i], "paused") == (i == 3));
    before = count;
  }
}

TEST_CASE("without an object there is a sentence and a status") {
  require_root_and_bpf();
  for (const char* program : {"examples/counter/loader", "examples/counter/counter"}) {
    const Output output = run_program(runfile(program) + " /no/such/counter.bpf.o");
    CHECK(WEXITSTATUS(output.status) == 1);
    REQUIRE(output.lines.size() == 1);
    CHECK(contains(output.lines[0], "/no/such/counter.bpf.o"));
  }
}
