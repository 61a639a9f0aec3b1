// Attaching to functions of the kernel and of programs, by their sections and by the calls, one place or many; to perf
// events; and to the hooks of a network namespace. The numbers are exact: the programs look at this process only, and
// the namespaces are the test's own.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <string>

#include "ebpf/sys/perf.h"
#include "tests/kernel/attach.h"
#include "tests/support/descriptors.h"
#include "tests/support/net_namespace.h"
#include "tests/support/private_mounts.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

extern "C" {
[[gnu::noinline, gnu::used]] int probed_first(int number) {
  asm volatile("" : "+r"(number));
  return number + 1;
}
[[gnu::noinline, gnu::used]] int probed_second(int number) {
  asm volatile("" : "+r"(number));
  return number + 2;
}
}

namespace {

Collection load_only(const char* program) {
  const auto all = ok(CollectionSpec::read_file(runfile("tests/kernel/probes.bpf.o")));
  CollectionSpec spec = ok(all.only(program));
  spec.program(program)->autoload = true;
  if (auto tgid = spec.variable("target_tgid")) ok(tgid->set(static_cast<std::uint32_t>(getpid())));
  return ok(Collection::load(spec));
}

void call_open(int times) {
  for (int i = 0; i < times; ++i) close(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void call_probed(int times) {
  for (int i = 0; i < times; ++i) {
    CHECK(probed_first(i) == i + 1);
    CHECK(probed_second(i) == i + 2);
  }
}

void require_kprobes() {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe), kprobes());
}

void require_many_kprobes(AttachType type) {
  private_mounts();
  test_requires(kprobes(), kernel(5, 18), program_type(ProgramType::kprobe, type));
}

void require_many_uprobes(AttachType type) {
  private_mounts();
  test_requires(kernel(6, 6), program_type(ProgramType::kprobe, type));
}

// What a program that its section attaches has counted of `five` calls, and of calls after the link is gone.
std::uint64_t counted_by_name(const char* program, const char* counter, void (*call)(int)) {
  const std::size_t before = open_fd_count();
  std::uint64_t counted = 0;
  {
    const Collection objects = load_only(program);
    {
      CHECK(objects.program(program)->attaches_by_name());
      const Link link = ok(objects.program(program)->attach());
      call(5);
      counted = number(objects, counter);
    }
    call(3);
    CHECK(number(objects, counter) == counted);
  }
  CHECK(open_fd_count() == before);
  return counted;
}

Error refused_by_name(const char* program) {
  const Collection objects = load_only(program);
  return error_of(objects.program(program)->attach());
}

}  // namespace

// ---- kprobes ----

TEST_CASE("kprobe: a system call, where it begins and where it returns") {
  require_kprobes();
  CHECK(counted_by_name("system_call", "entries", call_getppid) == 5);
  CHECK(counted_by_name("system_call_return", "returns", call_getppid) == 5);
}

TEST_CASE("kprobe: a function, where it begins and where it returns") {
  require_kprobes();
  CHECK(counted_by_name("kernel_function", "entries", call_open) == 5);
  CHECK(counted_by_name("kernel_function_return", "returns", call_open) == 5);
}

TEST_CASE("kprobe: by the call, and what the link tells") {
  require_kprobes();
  const Collection objects = load_only("anything");
  const Program& program = *objects.program("anything");
  CHECK_FALSE(program.attaches_by_name());
  const Link link = ok(attach_kprobe(program, "do_sys_openat2", {.at_return = true}));
  call_open(4);
  CHECK(number(objects, "entries") == 4);
  // Before 5.15 there is no link in the kernel that could tell.
  if (const auto details = link.info()) {
    CHECK(details->type == LinkType::perf_event);
    CHECK(details->program_id == id_of(program));
    CHECK(details->target == "do_sys_openat2");
  }
}

TEST_CASE("kprobe: what is not there and what cannot be probed is said") {
  require_kprobes();
  const Error missing = refused_by_name("kernel_function_missing");
  CAPTURE(missing.message());
  CHECK(missing.code() == errc::not_found);
  CHECK(contains(missing.message(), "to kprobe no_such_function: ENOENT: this kernel has no function"));

  const Error within = refused_by_name("kernel_function_offset");
  CAPTURE(within.message());
  CHECK(within.code() == errc::invalid_argument);
  CHECK(contains(within.message(), "begins no instruction"));

  const Collection objects = load_only("anything");
  const Program& program = *objects.program("anything");
  const Error no_call = error_of(attach_ksyscall(program, "no_such_call"));
  CHECK(no_call.code() == errc::not_found);
  CHECK(contains(no_call.message(), "no function of such a system call"));
  CHECK(error_of(attach_kprobe(program, "do_sys_openat2", {.at_return = true, .offset = 4})).code() ==
        errc::invalid_argument);
  const Error nameless = error_of(program.attach());
  CAPTURE(nameless.message());
  CHECK(contains(nameless.message(), "does not say to what: use attach_kprobe"));
}

TEST_CASE("kprobe: a kernel without them says so") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe));
  if (!kprobes().missing) return;
  const Error error = refused_by_name("system_call");
  CAPTURE(error.message());
  CHECK(error.code() == errc::not_supported);
  CHECK(contains(error.message(), "CONFIG_KPROBE_EVENTS"));
}

TEST_CASE("kprobe.multi: a pattern, a name and a list, entering and returning") {
  require_many_kprobes(AttachType::trace_kprobe_multi);
  CHECK(counted_by_name("kernel_functions", "entries", call_open) == 5);
  CHECK(counted_by_name("kernel_functions_return", "returns", call_open) == 5);

  const Collection objects = load_only("kernel_functions");
  const Program& program = *objects.program("kernel_functions");
  const std::array<std::string, 2> functions{"do_sys_openat2", "vfs_unlink"};
  {
    const Link link = ok(attach_kprobe_multi(program, functions));
    call_open(3);
    CHECK(number(objects, "entries") == 3);
    CHECK(ok(link.info()).type == LinkType::kprobe_multi);
  }
  const std::array<std::string, 2> wrong{"do_sys_openat2", "no_such_function"};
  CHECK(error_of(attach_kprobe_multi(program, wrong)).code() == errc::not_found);
  CHECK(error_of(attach_kprobe_multi(program, "no_such_*")).code() == errc::not_found);
  const std::array<std::uint64_t, 1> cookies{1};
  CHECK(error_of(attach_kprobe_multi(program, functions, {.cookies = cookies})).code() == errc::invalid_argument);

  const Collection single = load_only("anything");
  const Error error = error_of(attach_kprobe_multi(*single.program("anything"), functions));
  CAPTURE(error.message());
  CHECK(error.code() == errc::type_mismatch);
}

TEST_CASE("kprobe.session: the program runs at both ends") {
  require_many_kprobes(AttachType::trace_kprobe_session);
  CHECK(counted_by_name("kernel_functions_session", "entries", call_open) == 10);
}

// ---- uprobes ----

TEST_CASE("uprobe: a function of this program, where it begins and where it returns") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe));
  CHECK(counted_by_name("user_function", "entries", call_probed) == 5);
  CHECK(counted_by_name("user_function_return", "returns", call_probed) == 5);
}

TEST_CASE("uprobe: another process's calls are not those of one process") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe));
  const Collection objects = load_only("anything");
  const Program& program = *objects.program("anything");
  {
    const Link link = ok(attach_uprobe(program, "/proc/self/exe", "probed_second", {.pid = getpid()}));
    call_probed(2);
    CHECK(number(objects, "entries") == 2);
  }
  const Link link = ok(attach_uprobe(program, "/proc/self/exe", "probed_second", {.pid = getppid()}));
  call_probed(2);
  CHECK(number(objects, "entries") == 2);
}

TEST_CASE("uprobe: a cookie") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe), kernel(5, 15));
  const Collection objects = load_only("with_cookie");
  const Program& program = *objects.program("with_cookie");
  const Link first = ok(attach_uprobe(program, "/proc/self/exe", "probed_first", {.cookie = 1000}));
  const Link second = ok(attach_uprobe(program, "/proc/self/exe", "probed_second", {.cookie = 1}));
  call_probed(3);
  CHECK(number(objects, "cookie") == 3003);
}

TEST_CASE("uprobe: files and functions that are not there, and places that cannot be") {
  private_mounts();
  test_requires(program_type(ProgramType::kprobe));
  const Error missing = refused_by_name("user_function_missing");
  CAPTURE(missing.message());
  CHECK(missing.code() == errc::not_found);
  CHECK(contains(missing.message(), "/proc/self/exe: it has no function \"no_such_function\" of its own"));

  const Collection objects = load_only("anything");
  const Program& program = *objects.program("anything");
  CHECK(error_of(attach_uprobe(program, "no_such_program", "main")).code() == errc::not_found);
  CHECK(error_of(attach_uprobe(program, "/no/such/file", "main")).code() == errc::io);
  CHECK(error_of(attach_uprobe(program, "/proc/self/exe", "probed_first", {.offset = 100000})).code() ==
        errc::out_of_range);
  CHECK(error_of(attach_uprobe(program, "/dev/null", std::uint64_t{0})).code() == errc::invalid_argument);

  const Error usdt = refused_by_name("user_trace_point");
  CHECK(usdt.code() == errc::unsupported_input);
}

TEST_CASE("uprobe.multi: a pattern, places, cookies, and a session") {
  require_many_uprobes(AttachType::trace_uprobe_multi);
  CHECK(counted_by_name("user_functions", "entries", call_probed) == 10);
  CHECK(counted_by_name("user_functions_return", "returns", call_probed) == 5);

  const Collection objects = load_only("with_cookies");
  const Program& program = *objects.program("with_cookies");
  const std::array<std::uint64_t, 2> cookies{1000, 1};
  {
    const Link link = ok(attach_uprobe_multi(program, "/proc/self/exe", "probed_*", {.cookies = cookies}));
    call_probed(3);
    CHECK(number(objects, "cookie") == 3003);
  }
  const std::array<std::uint64_t, 3> too_many{1, 2, 3};
  CHECK(error_of(attach_uprobe_multi(program, "/proc/self/exe", "probed_*", {.cookies = too_many})).code() ==
        errc::invalid_argument);
  CHECK(error_of(attach_uprobe_multi(program, "/proc/self/exe", std::span<const std::uint64_t>())).code() ==
        errc::invalid_argument);
}

TEST_CASE("uprobe.session: the program runs at both ends") {
  require_many_uprobes(AttachType::trace_uprobe_session);
  CHECK(counted_by_name("user_functions_session", "entries", call_probed) == 10);
}

// ---- perf events ----

TEST_CASE("perf event: the program runs as the clock of this thread ticks, and a second program is refused") {
  private_mounts();
  const Collection objects = load_only("tick");
  const Program& program = *objects.program("tick");
  CHECK(contains(error_of(program.attach()).message(), "use attach_perf_event"));
  perf_event_attr attr = {};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  attr.sample_period = 1000000;  // nanoseconds
  const Link link = ok(attach_perf_event(program, ok(sys::perf_event_open(attr, {.pid = 0, .cpu = -1}))));
  const std::clock_t begin = std::clock();
  while (number(objects, "entries") < 3 && std::clock() - begin < 60 * CLOCKS_PER_SEC) {
  }
  CHECK(number(objects, "entries") >= 3);
  CHECK(error_of(attach_perf_event(*load_only("anything").program("anything"), Fd())).code() == errc::type_mismatch);
}

// ---- the network ----

namespace {

// A TCP connection to a port of this namespace where nobody listens; and so a look-up of a socket that finds none.
void knock() {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof address) == -1);
  close(client);
}

}  // namespace

TEST_CASE("sk_lookup: sees who connects in a network namespace, until the link is gone") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::sk_lookup));
  const NetNamespace net;
  const Collection objects = load_only("lookup");
  const Program& program = *objects.program("lookup");
  CHECK(contains(error_of(program.attach()).message(), "use attach_netns"));
  CHECK(error_of(attach_netns(program, "/dev/null")).code() == errc::invalid_argument);
  CHECK(error_of(attach_netns(program, "/no/such/file")).code() == errc::io);
  {
    const Link link = ok(attach_netns(program, "/proc/thread-self/ns/net"));
    CHECK(ok(link.info()).attach_type == AttachType::sk_lookup);
    knock();
    CHECK(number(objects, "packets") == 1);
  }
  knock();
  CHECK(number(objects, "packets") == 1);
}

TEST_CASE("flow_dissector: a namespace has one") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::flow_dissector), kernel(5, 8));
  const NetNamespace net;
  const Collection objects = load_only("dissect");
  const Program& program = *objects.program("dissect");
  const Link link = ok(attach_netns(program, "/proc/thread-self/ns/net"));
  CHECK(ok(link.info()).type == LinkType::netns);
  CHECK(error_of(attach_netns(program, "/proc/thread-self/ns/net")).code() == errc::busy);
}

TEST_CASE("netfilter: sees packets at its hook, and has its priority alone") {
  require_root_and_bpf();
  test_requires(program_type(ProgramType::netfilter));
  const NetNamespace net;
  const Collection objects = load_only("filter");
  const Program& program = *objects.program("filter");
  CHECK(contains(error_of(program.attach()).message(), "use attach_netfilter"));
  {
    const Link link =
        ok(attach_netfilter(program, NetfilterFamily::ipv4, NetfilterHook::local_out, {.priority = -128}));
    knock();
    // A SYN, and the RST that refuses it.
    CHECK(number(objects, "packets") == 2);
    const Error taken =
        error_of(attach_netfilter(program, NetfilterFamily::ipv4, NetfilterHook::local_out, {.priority = -128}));
    CAPTURE(taken.message());
    CHECK(taken.code() == errc::busy);
    CHECK(contains(taken.message(), "priority -128 is taken"));
  }
  knock();
  CHECK(number(objects, "packets") == 2);
}
