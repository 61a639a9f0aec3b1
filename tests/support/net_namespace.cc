// The out-of-line part of net_namespace.h: network_namespaces(7), veth(4), packet(7).
#include "tests/support/net_namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

// Frames that only try whether a way is open; of the second experimental protocol, tests use the first.
constexpr std::uint16_t kProbeProtocol = 0x88b6;
constexpr std::size_t kProbeLength = 64;
constexpr int kMostProbes = 1000;

// Runs ip(8) in the calling thread's network namespace.
void ip(std::initializer_list<const char*> arguments) {
  std::vector<char*> argv{const_cast<char*>("ip")};
  std::string shown = "ip";
  for (const char* argument : arguments) {
    argv.push_back(const_cast<char*>(argument));
    shown.append(" ").append(argument);
  }
  argv.push_back(nullptr);

  pid_t child = -1;
  if (const int error = posix_spawnp(&child, "ip", nullptr, nullptr, argv.data(), environ); error != 0)
    SKIP_TEST(shown + ": " + std::strerror(error) + " (package iproute2)");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) SKIP_TEST(shown + ": failed");
}

// Keeps the kernel's own IPv6 packets (neighbour and router discovery) off devices that are made afterwards. The file
// is the calling thread's namespace's; it is missing where the kernel has no IPv6, which is just as well.
void switch_ipv6_off_for_new_devices() {
  const int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (write(fd, "1", 1) != 1) SKIP_TEST(std::string("cannot switch IPv6 off: ") + std::strerror(errno));
  close(fd);
}

int index_of(const char* name) {
  const unsigned index = if_nametoindex(name);
  if (index == 0) throw std::system_error(errno, std::generic_category(), name);
  return static_cast<int>(index);
}

// A socket that takes what arrives at an interface, waiting no longer than a hundredth of a second for it.
int listen_at(int interface_index) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(kProbeProtocol));
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kProbeProtocol);
  address.sll_ifindex = interface_index;
  const timeval patience{0, 10'000};
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
    const int error = errno;
    close(fd);
    throw std::system_error(error, std::generic_category(), "listen at an interface");
  }
  return fd;
}

// Whether the frame with that number comes; those before it come earlier or never.
bool arrives(int fd, std::byte number) {
  std::array<std::byte, kProbeLength> frame;
  while (recv(fd, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()))
    if (frame.back() == number) return true;
  return false;
}

}  // namespace

NetNamespace::NetNamespace() : original_(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (original_ < 0) SKIP_TEST(std::string("no network namespaces: ") + std::strerror(errno));
  if (unshare(CLONE_NEWNET) != 0) {
    const int error = errno;
    close(original_);
    SKIP_TEST(std::string("no network namespace of our own: ") + std::strerror(error));
  }
  try {
    set_up();
  } catch (...) {
    restore();
    throw;
  }
}

NetNamespace::~NetNamespace() { restore(); }

void NetNamespace::set_up() {
  sender_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (sender_ < 0) throw std::system_error(errno, std::generic_category(), "packet socket");
  switch_ipv6_off_for_new_devices();
  ip({"link", "set", "lo", "up"});
  ip({"link", "add", kVeth0, "type", "veth", "peer", "name", kVeth1});
  ip({"link", "set", kVeth0, "up"});
  ip({"link", "set", kVeth1, "up"});
  veth0_ = index_of(kVeth0);
  veth1_ = index_of(kVeth1);
  wait_for_way(veth0_, veth1_);
  wait_for_way(veth1_, veth0_);
}

// A device that is up drops what is sent until a kernel thread has noticed that there is a cable, so to speak.
void NetNamespace::wait_for_way(int from, int to) const {
  const int fd = listen_at(to);
  bool is_open = false;
  for (int attempt = 0; attempt < kMostProbes && !is_open; ++attempt) {
    std::array<std::byte, kProbeLength> frame{};
    frame[12] = static_cast<std::byte>(kProbeProtocol >> 8);
    frame[13] = static_cast<std::byte>(kProbeProtocol & 0xff);
    frame.back() = static_cast<std::byte>(attempt);
    send_frame(from, frame);
    is_open = arrives(fd, frame.back());
  }
  close(fd);
  if (!is_open) throw std::runtime_error("no frame passes through the veth pair");
}

void NetNamespace::restore() {
  // A thread that stayed in the wrong namespace would make nonsense of every later test.
  if (setns(original_, CLONE_NEWNET) != 0) std::terminate();
  close(original_);
  if (sender_ >= 0) close(sender_);
}

void NetNamespace::send_frame(int interface_index, std::span<const std::byte> frame) const {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = interface_index;
  const ssize_t sent =
      sendto(sender_, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (sent != static_cast<ssize_t>(frame.size())) throw std::system_error(errno, std::generic_category(), "send frame");
}

}  // namespace ebpf::test
