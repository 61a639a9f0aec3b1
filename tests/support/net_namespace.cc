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
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <string>
#include <system_error>
#include <vector>

#include "tests/support/test.h"

namespace ebpf::test {
namespace {

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
  switch_ipv6_off_for_new_devices();
  ip({"link", "set", "lo", "up"});
  ip({"link", "add", kVeth0, "type", "veth", "peer", "name", kVeth1});
  ip({"link", "set", kVeth0, "up"});
  ip({"link", "set", kVeth1, "up"});
  veth0_ = index_of(kVeth0);
  veth1_ = index_of(kVeth1);
}

void NetNamespace::restore() {
  // A thread that stayed in the wrong namespace would make nonsense of every later test.
  if (setns(original_, CLONE_NEWNET) != 0) std::terminate();
  close(original_);
}

void NetNamespace::send_frame(int interface_index, std::span<const std::byte> frame) const {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "packet socket");
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = interface_index;
  const ssize_t sent =
      sendto(fd, frame.data(), frame.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  close(fd);
  if (sent != static_cast<ssize_t>(frame.size())) throw std::system_error(error, std::generic_category(), "send frame");
}

}  // namespace ebpf::test
