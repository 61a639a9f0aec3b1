// Tests of the helpers for kernel tests: that they give what they promise and leave nothing behind.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/magic.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/support/cgroup.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/privileges.h"
#include "tests/support/test.h"

using namespace ebpf::test;

namespace {

std::string link_target(const char* path) {
  char target[256] = {};
  REQUIRE(readlink(path, target, sizeof target - 1) > 0);
  return target;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool is_mounted(const char* path, unsigned long type) {
  struct statfs info{};
  return statfs(path, &info) == 0 && static_cast<unsigned long>(info.f_type) == type;
}

}  // namespace

TEST_CASE("open_fd_count: counts what is open") {
  const std::size_t before = open_fd_count();
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  CHECK(open_fd_count() == before + 1);
  close(fd);
  CHECK(open_fd_count() == before);
}

TEST_CASE("private_mounts: tracefs and an empty bpffs, in a namespace of our own, once") {
  const std::string original = link_target("/proc/self/ns/mnt");
  private_mounts();
  const std::string own = link_target("/proc/self/ns/mnt");
  CHECK(own != original);
  private_mounts();
  CHECK(link_target("/proc/self/ns/mnt") == own);
  CHECK(is_mounted("/sys/kernel/tracing", TRACEFS_MAGIC));
  CHECK(is_mounted("/sys/fs/bpf", BPF_FS_MAGIC));
}

TEST_CASE("NetNamespace: frames pass from one end to the other, and nothing else does") {
  require_root_and_bpf();
  const std::string original = link_target("/proc/thread-self/ns/net");
  const std::size_t descriptors = open_fd_count();
  {
    const NetNamespace network;
    CHECK(link_target("/proc/thread-self/ns/net") != original);
    CHECK(if_nametoindex(NetNamespace::kVeth0) == static_cast<unsigned>(network.veth0()));

    const int receiver = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));
    REQUIRE(receiver >= 0);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = network.veth1();
    REQUIRE(bind(receiver, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    std::array<std::byte, 64> frame{};
    frame.fill(std::byte{0xff});
    frame[12] = std::byte{0x88};  // an ethertype for local experiments
    frame[13] = std::byte{0xb5};
    network.send_frame(network.veth0(), frame);

    std::array<std::byte, 128> received{};
    CHECK(recv(receiver, received.data(), received.size(), MSG_DONTWAIT) == 64);
    CHECK(received[13] == std::byte{0xb5});
    CHECK(recv(receiver, received.data(), received.size(), MSG_DONTWAIT) < 0);
    close(receiver);
  }
  CHECK(link_target("/proc/thread-self/ns/net") == original);
  CHECK(open_fd_count() == descriptors);
}

TEST_CASE("Cgroup: is entered and left, and does not stay") {
  require_root_and_bpf();
  const std::string before = text_of("/proc/self/cgroup");
  const std::size_t descriptors = open_fd_count();
  std::string path;
  {
    Cgroup group;
    path = group.path();
    struct stat info{};
    CHECK(fstat(group.fd(), &info) == 0);
    CHECK(S_ISDIR(info.st_mode));
    group.enter();
    const std::string name = path.substr(path.rfind('/') + 1);
    CHECK(text_of("/proc/self/cgroup").find("0::/" + name + "\n") != std::string::npos);
  }
  CHECK(text_of("/proc/self/cgroup") == before);
  CHECK(access(path.c_str(), F_OK) != 0);
  CHECK(open_fd_count() == descriptors);
}

TEST_CASE("unprivileged: without any right, on a thread of its own, and what fails there fails here") {
  const auto rights = [] {
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2] = {};
    REQUIRE(syscall(SYS_capget, &header, data) == 0);
    CHECK(data[0].inheritable == 0);
    CHECK(data[0].permitted == data[0].effective);
    return std::uint64_t{data[1].effective} << 32 | data[0].effective;
  };
  if (geteuid() != 0) SKIP_TEST("needs root");
  const std::uint64_t before = rights();
  unprivileged([&] {
    CHECK(rights() == 0);
    CHECK(geteuid() == 65534);
    CHECK(getegid() == 65534);
    CHECK(getgroups(0, nullptr) == 0);
    CHECK(syscall(SYS_setresuid, 0, 0, 0) != 0);
    CHECK(open_fd_count() > 0);  // /proc/self can be read
  });
  with_capabilities_only({CAP_BPF, CAP_NET_ADMIN},
                         [&] { CHECK(rights() == (std::uint64_t{1} << CAP_BPF | std::uint64_t{1} << CAP_NET_ADMIN)); });
  CHECK(rights() == before);
  CHECK(geteuid() == 0);
  CHECK_THROWS_AS(unprivileged([] { throw std::runtime_error("as thrown"); }), std::runtime_error);
}
