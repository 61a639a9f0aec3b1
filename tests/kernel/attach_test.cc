// Attaching: each way that there is, with events that fire, and what a Link does and tells. The numbers of packets and
// calls are exact, since the namespaces and cgroups are the test's own and the tracing programs look at one process.
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "ebpf/asm/asm.h"
#include "tests/kernel/objects.h"
#include "tests/support/cgroup.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

Collection load_tracing(const std::string& name = "tracing") {
  CollectionSpec spec = read_object(name);
  ok(spec.variable("target_tgid")->set(static_cast<std::uint32_t>(getpid())));
  return ok(Collection::load(spec));
}

void call_getppid(int times) {
  for (int i = 0; i < times; ++i) syscall(SYS_getppid);
}

std::uint64_t number(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<std::uint64_t>());
}

struct Traffic {
  std::uint64_t packets;
  std::uint64_t bytes;
};

Traffic traffic(const Collection& objects, const char* name) { return ok(objects.variable(name)->get<Traffic>()); }

std::uint32_t index_of(int interface_index) { return static_cast<std::uint32_t>(interface_index); }

std::uint32_t id_of(const Program& program) { return ok(program.info()).id; }

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

// A UDP datagram to a socket of our own over the loopback interface of the current network namespace.
void send_datagram() {
  const int receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  REQUIRE(receiver >= 0);
  REQUIRE(sender >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(bind(receiver, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(getsockname(receiver, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  REQUIRE(sendto(sender, "hello", 5, 0, reinterpret_cast<sockaddr*>(&address), length) == 5);
  char buffer[8];
  REQUIRE(recv(receiver, buffer, sizeof buffer, 0) == 5);
  close(receiver);
  close(sender);
}

}  // namespace

// ---- tracepoints ----

TEST_CASE("a tracepoint by its section's name: its events are counted, until the link is gone") {
  private_mounts();
  for (const std::string name : {"tracing", "tracing_clang14"}) {
    CAPTURE(name);
    const std::size_t before = open_fd_count();
    {
      Collection objects = load_tracing(name);
      call_getppid(2);
      CHECK(number(objects, "getppid_calls") == 0);
      {
        const Link link = ok(objects.program("on_getppid")->attach());
        call_getppid(5);
        CHECK(number(objects, "getppid_calls") == 5);
        CHECK(ok(objects.variable("last_tid")->get<std::uint32_t>()) == static_cast<std::uint32_t>(gettid()));
      }
      call_getppid(3);
      CHECK(number(objects, "getppid_calls") == 5);
    }
    CHECK(open_fd_count() == before);
  }
}

TEST_CASE("a tracepoint of the scheduler, in a section with the short name") {
  private_mounts();
  Collection objects = load_tracing();
  const Link link = ok(objects.program("on_fork")->attach());
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(child > 0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(number(objects, "forks") == 1);
}

TEST_CASE("a tracepoint by call: several programs at once, each of them once") {
  private_mounts();
  Collection objects = load_tracing(), others = load_tracing();
  const Program& program = *objects.program("on_getppid");
  const Link first = ok(attach_tracepoint(program, "syscalls", "sys_enter_getppid"));
  std::optional<Link> second = ok(attach_tracepoint(*others.program("on_getppid"), "syscalls", "sys_enter_getppid"));
  call_getppid(1);
  CHECK(number(objects, "getppid_calls") == 1);
  CHECK(number(others, "getppid_calls") == 1);
  second.reset();
  call_getppid(1);
  CHECK(number(objects, "getppid_calls") == 2);
  CHECK(number(others, "getppid_calls") == 1);
  // The kernel's rule.
  CHECK(error_of(attach_tracepoint(program, "syscalls", "sys_enter_getppid")).code() == errc::already_exists);
}

TEST_CASE("a raw tracepoint by its section's name") {
  private_mounts();
  Collection objects = load_tracing();
  const auto counts = ok(objects.variable("raw_syscall_counts")->as_span<std::uint64_t>());
  {
    const Link link = ok(objects.program("on_sys_enter")->attach());
    call_getppid(7);
    CHECK(counts[SYS_getppid].load() == 7);
    const LinkDetails details = ok(link.info());
    CHECK(details.type == LinkType::raw_tracepoint);
    CHECK(details.target == "sys_enter");
    CHECK(details.program_id == id_of(*objects.program("on_sys_enter")));
    CHECK(details.id != 0);
  }
  call_getppid(2);
  CHECK(counts[SYS_getppid].load() == 7);
}

TEST_CASE("a tracepoint's link tells what it is") {
  private_mounts();
  Collection objects = load_tracing();
  const Link link = ok(objects.program("on_getppid")->attach());
  const LinkDetails details = ok(link.info());
  CHECK(details.type == LinkType::perf_event);
  CHECK(details.program_id == id_of(*objects.program("on_getppid")));
  CHECK(details.target == "sys_enter_getppid");
  CHECK(details.id != 0);
}

TEST_CASE("a tracepoint that does not exist") {
  private_mounts();
  Collection objects = load_tracing();
  const std::size_t before = open_fd_count();
  const Error event = error_of(attach_tracepoint(*objects.program("on_getppid"), "syscalls", "sys_enter_no_such"));
  CAPTURE(event.message());
  CHECK(event.code() == errc::not_found);
  CHECK(contains(event.message(), "sys_enter_no_such"));
  CHECK(contains(event.message(), "on_getppid"));
  CHECK(error_of(attach_tracepoint(*objects.program("on_getppid"), "no_such", "event")).code() == errc::not_found);
  const Error raw = error_of(attach_raw_tracepoint(*objects.program("on_sys_enter"), "no_such_event"));
  CAPTURE(raw.message());
  CHECK(raw.code() == errc::not_found);
  CHECK(contains(raw.message(), "no_such_event"));
  CHECK(open_fd_count() == before);

  CollectionSpec spec = read_object("tracing");
  spec.program("on_getppid")->attach_to = "syscalls/sys_enter_no_such";
  Collection other = ok(Collection::load(spec));
  CHECK(error_of(other.program("on_getppid")->attach()).code() == errc::not_found);
}

TEST_CASE("a program of another type is refused, by each way to attach") {
  private_mounts();
  const NetNamespace net;
  Collection tracing = load_tracing();
  Collection packet = load_object("packet");
  const auto mismatch = [](const auto& result, const char* program) {
    REQUIRE_FALSE(result);
    CAPTURE(result.error().message());
    CHECK(result.error().code() == errc::type_mismatch);
    CHECK(contains(result.error().message(), program));
  };
  const Program& tracepoint = *tracing.program("on_getppid");
  mismatch(attach_raw_tracepoint(tracepoint, "sys_enter"), "on_getppid");
  mismatch(attach_xdp(tracepoint, index_of(net.veth0())), "on_getppid");
  mismatch(attach_tcx(*packet.program("count_xdp"), index_of(net.veth0()), TcxDirection::ingress), "count_xdp");
  mismatch(attach_tracepoint(*packet.program("count_tc"), "sched", "sched_switch"), "count_tc");
  const Cgroup group;
  const Error error = error_of(attach_cgroup(tracepoint, group.path()));
  CAPTURE(error.message());
  CHECK(error.code() == errc::invalid_argument);
}

TEST_CASE("attach() of a program that needs more than a name says which call to use") {
  require_root_and_bpf();
  Collection objects = load_object("packet");
  const auto advice = [&](const char* program, const char* call) {
    const Error error = error_of(objects.program(program)->attach());
    CAPTURE(error.message());
    CHECK(error.code() == errc::invalid_argument);
    CHECK(contains(error.message(), program));
    CHECK(contains(error.message(), call));
  };
  advice("count_xdp", "attach_xdp");
  advice("count_tc", "attach_tcx");
  advice("count_tcx_ingress", "attach_tcx");
  advice("count_cgroup_ingress", "attach_cgroup");
}

// ---- network interfaces ----

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
        CHECK(traffic(objects, "xdp_traffic").packets == 3);
        CHECK(traffic(objects, "xdp_traffic").bytes == 3 * kFrameLength);
        CHECK(ok(objects.map("by_protocol")->lookup<Traffic>(0x88b5u)).value().packets == 3);
        const LinkDetails details = ok(link.info());
        CHECK(details.type == LinkType::xdp);
        CHECK(details.ifindex == index_of(net.veth1()));
        CHECK(details.program_id == id_of(*objects.program("count_xdp")));
      }
      net.send_frame(net.veth0(), kFrame);
      CHECK(traffic(objects, "xdp_traffic").packets == 3);
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

TEST_CASE("tcx: both directions") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Link in = ok(attach_tcx(*objects.program("count_tcx_ingress"), index_of(net.veth1()), TcxDirection::ingress));
  const Link out = ok(attach_tcx(*objects.program("count_tcx_egress"), index_of(net.veth0()), TcxDirection::egress));
  net.send_frame(net.veth0(), kFrame);
  net.send_frame(net.veth0(), kFrame);
  CHECK(traffic(objects, "tcx_ingress_traffic").packets == 2);
  CHECK(traffic(objects, "tcx_egress_traffic").packets == 2);
  CHECK(traffic(objects, "tcx_egress_traffic").bytes == 2 * kFrameLength);
  const LinkDetails details = ok(in.info());
  CHECK(details.type == LinkType::tcx);
  CHECK(details.ifindex == index_of(net.veth1()));
  CHECK(details.attach_type == AttachType::tcx_ingress);
  CHECK(ok(out.info()).attach_type == AttachType::tcx_egress);
}

TEST_CASE("tcx: a program of the section \"tc\", beside another one") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Link tc = ok(attach_tcx(*objects.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
  const Link tcx = ok(attach_tcx(*objects.program("count_tcx_ingress"), index_of(net.veth1()), TcxDirection::ingress));
  net.send_frame(net.veth0(), kFrame);
  CHECK(traffic(objects, "tc_traffic").packets == 1);
  CHECK(traffic(objects, "tcx_ingress_traffic").packets == 1);
}

TEST_CASE("tcx: anchors give the order") {
  require_root_and_bpf();
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
  CHECK(ok(map.lookup<std::uint64_t>(0u)) == 3741562);
}

TEST_CASE("tcx: an anchor that is not attached there, and a revision of the past") {
  require_root_and_bpf();
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

TEST_CASE("an interface that does not exist") {
  require_root_and_bpf();
  const NetNamespace net;
  Collection objects = load_object("packet");
  const Error xdp = error_of(attach_xdp(*objects.program("count_xdp"), 4711));
  CAPTURE(xdp.message());
  CHECK(xdp.code() == errc::not_found);
  CHECK(contains(xdp.message(), "4711"));
  const Error tcx = error_of(attach_tcx(*objects.program("count_tc"), 4711, TcxDirection::ingress));
  CAPTURE(tcx.message());
  CHECK(tcx.code() == errc::not_found);
  CHECK(contains(tcx.message(), "4711"));
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

// ---- control groups ----

TEST_CASE("cgroup: what its processes send and receive is counted, and nobody else's") {
  require_root_and_bpf();
  const NetNamespace net;  // its loopback is ours alone
  Cgroup group;
  Collection objects = load_object("packet");
  const Link in = ok(attach_cgroup(*objects.program("count_cgroup_ingress"), group.path()));
  const Link out = ok(attach_cgroup(*objects.program("count_cgroup_egress"), group.path()));
  send_datagram();
  CHECK(traffic(objects, "cgroup_egress_traffic").packets == 0);
  group.enter();
  send_datagram();
  send_datagram();
  CHECK(traffic(objects, "cgroup_egress_traffic").packets == 2);
  CHECK(traffic(objects, "cgroup_ingress_traffic").packets == 2);
  CHECK(traffic(objects, "cgroup_egress_traffic").bytes == 2 * (20 + 8 + 5));
  struct stat directory{};
  REQUIRE(fstat(group.fd(), &directory) == 0);
  const LinkDetails details = ok(in.info());
  CHECK(details.type == LinkType::cgroup);
  CHECK(details.cgroup_id == directory.st_ino);
  CHECK(details.attach_type == AttachType::cgroup_inet_ingress);
  CHECK(ok(out.info()).attach_type == AttachType::cgroup_inet_egress);
}

TEST_CASE("cgroup: a path that does not exist, or is no cgroup") {
  require_root_and_bpf();
  Collection objects = load_object("packet");
  const Program& program = *objects.program("count_cgroup_ingress");
  const std::size_t before = open_fd_count();
  const Error missing = error_of(attach_cgroup(program, "/no/such/group"));
  CAPTURE(missing.message());
  CHECK(missing.code() == errc::io);
  CHECK(contains(missing.message(), "/no/such/group"));
  const Error other = error_of(attach_cgroup(program, "/tmp"));
  CAPTURE(other.message());
  CHECK(other.code() == errc::invalid_argument);
  CHECK(contains(other.message(), "/tmp"));
  CHECK(open_fd_count() == before);
}

// ---- links ----

TEST_CASE("detach: now, and again is harmless") {
  private_mounts();
  Collection objects = load_tracing();
  SUBCASE("raw tracepoint") {
    Link link = ok(objects.program("on_sys_enter")->attach());
    ok(link.detach());
    const auto counts = ok(objects.variable("raw_syscall_counts")->as_span<std::uint64_t>());
    const std::uint64_t at_detach = counts[SYS_getppid].load();
    call_getppid(3);
    CHECK(counts[SYS_getppid].load() == at_detach);
    (void)link.detach();
  }
  SUBCASE("tracepoint") {
    Link link = ok(objects.program("on_getppid")->attach());
    call_getppid(1);
    ok(link.detach());
    call_getppid(3);
    CHECK(number(objects, "getppid_calls") == 1);
  }
  SUBCASE("tcx") {
    const NetNamespace net;
    Collection packet = load_object("packet");
    Link link = ok(attach_tcx(*packet.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
    net.send_frame(net.veth0(), kFrame);
    ok(link.detach());
    net.send_frame(net.veth0(), kFrame);
    CHECK(traffic(packet, "tc_traffic").packets == 1);
  }
}

TEST_CASE("moving a link does not detach; assigning over one does") {
  private_mounts();
  Collection objects = load_tracing();
  Link first = ok(objects.program("on_getppid")->attach());
  Link second = std::move(first);
  call_getppid(1);
  CHECK(number(objects, "getppid_calls") == 1);
  second = ok(objects.program("on_fork")->attach());
  call_getppid(1);
  CHECK(number(objects, "getppid_calls") == 1);
}

TEST_CASE("a pinned link stays attached when the Link is gone, and the collection too") {
  private_mounts();
  const NetNamespace net;
  const std::string path = "/sys/fs/bpf/attach_test_link";
  const std::size_t before = open_fd_count();
  std::uint32_t id = 0;
  SUBCASE("tracepoint") {
    Collection objects = load_tracing();
    const auto calls = ok(objects.variable("getppid_calls")->as<std::uint64_t>());
    {
      Link link = ok(objects.program("on_getppid")->attach());
      ok(link.pin(path));
      id = ok(link.info()).id;
      const Error again = error_of(link.pin(path));
      CHECK(again.code() == errc::already_exists);
      CHECK(contains(again.message(), path));
    }
    call_getppid(2);
    CHECK(calls.load() == 2);
    {
      Link link = ok(Link::open_pinned(path));
      CHECK(ok(link.info()).id == id);
      CHECK_FALSE(Map::open_pinned(path));
      CHECK_FALSE(Program::open_pinned(path));
    }
    call_getppid(1);
    CHECK(calls.load() == 3);
    ok(unpin(path));
    // The kernel takes the program off a moment after the pin, the last reference, has gone.
    const auto is_attached = [&] {
      const std::uint64_t count = calls.load();
      call_getppid(1);
      return calls.load() != count;
    };
    for (int i = 0; i < 10000 && is_attached(); ++i) usleep(1000);
    CHECK_FALSE(is_attached());
  }
  SUBCASE("tcx, detached through the pin") {
    Collection objects = load_object("packet");
    {
      Link link = ok(attach_tcx(*objects.program("count_tc"), index_of(net.veth1()), TcxDirection::ingress));
      ok(link.pin(path));
    }
    net.send_frame(net.veth0(), kFrame);
    CHECK(traffic(objects, "tc_traffic").packets == 1);
    Link link = ok(Link::open_pinned(path));
    ok(link.detach());
    net.send_frame(net.veth0(), kFrame);
    CHECK(traffic(objects, "tc_traffic").packets == 1);
    CHECK(access(path.c_str(), F_OK) == 0);
    ok(unpin(path));
  }
  CHECK(open_fd_count() == before);
}

TEST_CASE("a pin that is not there, and one elsewhere") {
  private_mounts();
  CHECK(error_of(Link::open_pinned("/sys/fs/bpf/attach_test_none")).code() == errc::not_found);
  Collection objects = load_tracing();
  Link link = ok(objects.program("on_getppid")->attach());
  const Error error = error_of(link.pin("/tmp/attach_test_link"));
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "mount"));
}

TEST_CASE("a link from a descriptor; other descriptors are none") {
  private_mounts();
  Collection objects = load_tracing();
  {
    const Link link = ok(objects.program("on_getppid")->attach());
    const Link same = ok(Link::from_fd(ok(link.fd().duplicate())));
    CHECK(ok(same.info()).id == ok(link.info()).id);
  }
  call_getppid(1);
  CHECK(number(objects, "getppid_calls") == 0);
  const std::size_t before = open_fd_count();
  CHECK_FALSE(Link::from_fd(ok(objects.program("on_getppid")->fd().duplicate())));
  CHECK(open_fd_count() == before);
}

TEST_CASE("a disconnected link stays for as long as the process lives") {
  private_mounts();
  Collection objects = load_tracing();
  const std::size_t before = open_fd_count();
  // In a child, whose end is the only thing that takes the program off again.
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    CollectionSpec spec = read_object("tracing");
    (void)spec.variable("target_tgid")->set(static_cast<std::uint32_t>(getpid()));
    auto own = Collection::load(spec);
    if (!own) _exit(1);
    {
      auto link = own->program("on_getppid")->attach();
      if (!link) _exit(2);
      link->disconnect();
    }
    call_getppid(4);
    auto calls = own->variable("getppid_calls")->get<std::uint64_t>();
    _exit(calls && *calls == 4 ? 0 : 3);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(open_fd_count() == before);
}
