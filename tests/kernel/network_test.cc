// Attaching to network interfaces: XDP and tcx. The numbers of packets are exact, since the network is the test's own.
#include <net/if.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "ebpf/asm/asm.h"
#include "tests/kernel/attach.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// A tc program that appends `digit` to the number in the map's only element, so that the order of programs can be read
// off, and lets the next one see the packet.
Program appender(const Map& map, int digit) {
  using namespace insn;
  const std::array items = std::to_array<Item>({
      load_map_fd_value(r1, map.fd().get(), 0),
      load<std::uint64_t>(r2, r1, 0),
      mul(r2, 10),
      add(r2, digit),
      store<std::uint64_t>(r1, 0, r2),
      mov(r0, -1),
      exit_(),
  });
  ProgramSpec spec;
  spec.name = "append_" + std::to_string(digit);
  spec.program_type = ProgramType::sched_cls;
  spec.code = ok(insn::assemble(items)).slots;
  return ok(Program::load(spec, "GPL"));
}

Map one_number() {
  MapSpec spec;
  spec.name = "order";
  spec.type = MapType::array;
  spec.key_size = 4;
  spec.value_size = 8;
  spec.max_entries = 1;
  return ok(Map::create(spec));
}

}  // namespace

TEST_CASE("XDP: counts what an interface receives, in each mode") {
  require_root_and_bpf();
  for (const std::string name : {"packet", "packet_clang14"}) {
    for (const XdpMode mode : {XdpMode::automatic, XdpMode::generic, XdpMode::driver}) {
      CAPTURE(name);
      CAPTURE(static_cast<int>(mode));
      const NetNamespace net;
      Collection objects = load_object(name);
      {
        const Link link = ok(attach_xdp(*objects.program("count_xdp"), index_of(net.veth1()), {.mode = mode}));
        for (int i = 0; i < 3; ++i) net.send_frame(net.veth0(), kFrame);
        CHECK(packets(objects, "xdp_traffic", 3) == 3);
        CHECK(traffic(objects, "xdp_traffic").bytes == 3 * kFrameLength);
        CHECK(ok(objects.map("by_protocol")->lookup<Traffic>(0x88b5u)).value().packets == 3);
        const LinkDetails details = ok(link.info());
        CHECK(details.type == LinkType::xdp);
        CHECK(details.ifindex == index_of(net.veth1()));
        CHECK(details.program_id == id_of(*objects.program("count_xdp")));
      }
      net.send_frame(net.veth0(), kFrame);
      CHECK(packets(objects, "xdp_traffic", 3) == 3);
    }
  }
}

TEST_CASE("XDP: one program per interface") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Program& program = *objects.program("count_xdp");
  const Link link = ok(attach_xdp(program, index_of(net.veth1())));
  const Error error = error_of(attach_xdp(program, index_of(net.veth1())));
  CAPTURE(error.message());
  CHECK(error.code() == errc::busy);
  CHECK(contains(error.message(), "count_xdp"));
}

TEST_CASE("XDP: an interface that does not exist") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Error xdp = error_of(attach_xdp(*objects.program("count_xdp"), 4711));
  CAPTURE(xdp.message());
  CHECK(xdp.code() == errc::not_found);
  CHECK(contains(xdp.message(), "4711"));
  CHECK_FALSE(contains(xdp.message(), "if_nametoindex"));
  const Error misspelt = error_of(attach_xdp(*objects.program("count_xdp"), if_nametoindex("veth7")));
  CHECK(misspelt.code() == errc::not_found);
  CHECK(contains(misspelt.message(), "if_nametoindex"));
}

TEST_CASE("an interface that goes while a program is attached: the link says 0") {
  require_root_and_bpf();
  Collection objects = load_object("packet");
  std::optional<Link> link;
  {
    const NetNamespace net;
    link = ok(attach_xdp(*objects.program("count_xdp"), index_of(net.veth1()), {.mode = XdpMode::generic}));
    REQUIRE(system("ip link del veth0") == 0);
    CHECK(ok(link->info()).ifindex == 0);
  }
  link.reset();
}

TEST_CASE("tcx: both directions") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Link in = ok(attach_tcx(*objects.program("count_tcx_ingress"), index_of(net.veth1()), TcxDirection::ingress));
  const Link out = ok(attach_tcx(*objects.program("count_tcx_egress"), index_of(net.veth0()), TcxDirection::egress));
  net.send_frame(net.veth0(), kFrame);
  net.send_frame(net.veth0(), kFrame);
  CHECK(packets(objects, "tcx_ingress_traffic", 2) == 2);
  CHECK(packets(objects, "tcx_egress_traffic", 2) == 2);
  CHECK(traffic(objects, "tcx_egress_traffic").bytes == 2 * kFrameLength);
  const LinkDetails details = ok(in.info());
  CHECK(details.type == LinkType::tcx);
  CHECK(details.ifindex == index_of(net.veth1()));
  CHECK(details.attach_type == AttachType::tcx_ingress);
  CHECK(ok(out.info()).attach_type == AttachType::tcx_egress);
}

TEST_CASE("tcx: a program of the section \"tc\", beside another one") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Link tc = ok(attach_tcx(*objects.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
  const Link tcx = ok(attach_tcx(*objects.program("count_tcx_ingress"), index_of(net.veth1()), TcxDirection::ingress));
  net.send_frame(net.veth0(), kFrame);
  CHECK(packets(objects, "tc_traffic", 1) == 1);
  CHECK(packets(objects, "tcx_ingress_traffic", 1) == 1);
}

TEST_CASE("tcx: anchors give the order") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  const Map map = one_number();
  const Program one = appender(map, 1), two = appender(map, 2), three = appender(map, 3), four = appender(map, 4),
                five = appender(map, 5), six = appender(map, 6), seven = appender(map, 7);
  const auto attach = [&](const Program& program, Anchor anchor) {
    return ok(attach_tcx(program, index_of(net.veth1()), TcxDirection::ingress, {.anchor = anchor}));
  };
  const Link link_one = attach(one, {});
  const Link link_two = attach(two, Anchor::last());
  const Link link_three = attach(three, Anchor::first());
  const Link link_four = attach(four, Anchor::before(one));
  const Link link_five = attach(five, Anchor::after(one));
  const Link link_six = attach(six, Anchor::before(link_two));
  const Link link_seven = attach(seven, Anchor::after(link_three));
  net.send_frame(net.veth0(), kFrame);
  constexpr std::uint64_t kOrder = 3741562;
  CHECK(eventually<std::uint64_t>(kOrder, [&] { return ok(map.lookup<std::uint64_t>(0u)).value(); }) == kOrder);
}

TEST_CASE("tcx: an anchor that is not attached there, and a revision of the past") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  const Map map = one_number();
  const Program one = appender(map, 1), two = appender(map, 2);
  const std::size_t before = open_fd_count();
  const auto attach = [&](const TcxOptions& options) {
    return attach_tcx(one, index_of(net.veth1()), TcxDirection::ingress, options);
  };
  const Error error = error_of(attach({.anchor = Anchor::before(two)}));
  CAPTURE(error.message());
  CHECK(contains(error.message(), "append_1"));
  const Error revision = error_of(attach({.expected_revision = 1000}));
  CAPTURE(revision.message());
  CHECK(revision.code() == errc::busy);
  CHECK(open_fd_count() == before);
}

TEST_CASE("tcx: before 6.6 the version is named, and an interface that does not exist all the same") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Program& program = *objects.program("count_tc");
  const Error missing = error_of(attach_tcx(program, 4711, TcxDirection::ingress));
  CAPTURE(missing.message());
  CHECK(missing.code() == errc::not_found);
  CHECK(contains(missing.message(), "4711"));
  if (!kernel(6, 6).missing) {
    CHECK(attach_tcx(program, index_of(net.veth1()), TcxDirection::ingress));
    return;
  }
  const Error error = error_of(attach_tcx(program, index_of(net.veth1()), TcxDirection::ingress));
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "count_tc"));
  CHECK(contains(error.message(), "6.6"));
}

TEST_CASE("tcx: a link that is detached counts no more") {
  require_root_and_bpf();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  Collection packet = load_object("packet");
  Link link = ok(attach_tcx(*packet.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
  // Behind it, so that a frame which this one has seen can no longer be on its way to the other.
  const Link witness =
      ok(attach_tcx(*packet.program("count_tcx_ingress"), index_of(net.veth1()), TcxDirection::ingress));
  net.send_frame(net.veth0(), kFrame);
  CHECK(packets(packet, "tcx_ingress_traffic", 1) == 1);
  CHECK(traffic(packet, "tc_traffic").packets == 1);
  ok(link.detach());
  net.send_frame(net.veth0(), kFrame);
  CHECK(packets(packet, "tcx_ingress_traffic", 2) == 2);
  CHECK(traffic(packet, "tc_traffic").packets == 1);
}

TEST_CASE("tcx: a pinned link stays attached, and is detached through the pin") {
  private_mounts();
  test_requires(kernel(6, 6));
  const NetNamespace net;
  const std::string path = "/sys/fs/bpf/network_test_link";
  const std::size_t before = open_fd_count();
  {
    Collection objects = load_object("packet");
    {
      Link link = ok(attach_tcx(*objects.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
      ok(link.pin(path));
    }
    net.send_frame(net.veth0(), kFrame);
    CHECK(packets(objects, "tc_traffic", 1) == 1);
    Link link = ok(Link::open_pinned(path));
    ok(link.detach());
    net.send_frame(net.veth0(), kFrame);
    CHECK(packets(objects, "tc_traffic", 1) == 1);
    CHECK(access(path.c_str(), F_OK) == 0);
    ok(unpin(path));
  }
  CHECK(open_fd_count() == before);
}
