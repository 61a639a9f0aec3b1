// Attaching to tracepoints and cgroups, with events that fire, and what a Link does and tells. The numbers of packets
// and calls are exact, since the namespaces and cgroups are the test's own and the tracing programs look at one
// process.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "tests/kernel/attach.h"
#include "tests/support/cgroup.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

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
  test_requires(kernel(5, 15));  // before, there is no link
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
  CHECK(packets(objects, "cgroup_egress_traffic", 2) == 2);
  CHECK(packets(objects, "cgroup_ingress_traffic", 2) == 2);
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
  test_requires(kernel(5, 15));  // links of tracepoints can be pinned
  const std::string path = "/sys/fs/bpf/attach_test_link";
  const std::size_t before = open_fd_count();
  std::uint32_t id = 0;
  {
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
  CHECK(open_fd_count() == before);
}

TEST_CASE("a pin that is not there, and one elsewhere") {
  private_mounts();
  CHECK(error_of(Link::open_pinned("/sys/fs/bpf/attach_test_none")).code() == errc::not_found);
  Collection objects = load_tracing();
  Link link = ok(objects.program("on_sys_enter")->attach());
  const Error error = error_of(link.pin("/tmp/attach_test_link"));
  CHECK(error.code() == errc::invalid_argument);
  CHECK(contains(error.message(), "mount"));
}

TEST_CASE("a link from a descriptor; other descriptors are none") {
  private_mounts();
  Collection objects = load_tracing();
  {
    const Link link = ok(objects.program("on_sys_enter")->attach());
    const Link same = ok(Link::from_fd(ok(link.fd().duplicate())));
    CHECK(ok(same.info()).id == ok(link.info()).id);
  }
  const auto counts = ok(objects.variable("raw_syscall_counts")->as_span<std::uint64_t>());
  const std::uint64_t at_end = counts[SYS_getppid].load();
  call_getppid(1);
  CHECK(counts[SYS_getppid].load() == at_end);
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
