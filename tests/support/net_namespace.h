// A network of one's own, for tests of XDP, tc and socket programs.
#pragma once

#include <cstddef>
#include <span>

namespace ebpf::test {

// While it lives, the calling thread is in a new network namespace that has `lo` and a veth pair, all up and passing
// frames both ways, with no addresses but the loopback ones and IPv6 switched off on the pair, so that no packet passes
// that the test did not send. What send_frame() puts into one end arrives at the ingress of the other. The destructor
// puts the thread back; the namespace and its devices go when nothing refers to them any more.
//
// It belongs to the thread that made it; threads and children that are started meanwhile inherit the namespace. Skips
// the test case where the kernel has no namespaces or veth, or the machine has no ip(8).
class NetNamespace {
 public:
  static constexpr const char* kVeth0 = "veth0";
  static constexpr const char* kVeth1 = "veth1";

  NetNamespace();
  ~NetNamespace();
  NetNamespace(const NetNamespace&) = delete;
  NetNamespace& operator=(const NetNamespace&) = delete;

  int veth0() const { return veth0_; }  // interface indices
  int veth1() const { return veth1_; }

  // Sends an Ethernet frame, header included, out of the interface. Throws std::system_error when that fails.
  void send_frame(int interface_index, std::span<const std::byte> frame) const;

 private:
  void set_up();
  void wait_for_way(int from, int to) const;
  void restore();

  int original_;
  int sender_ = -1;  // a socket: closing one takes the kernel milliseconds, so all frames share it
  int veth0_ = 0;
  int veth1_ = 0;
};

}  // namespace ebpf::test
