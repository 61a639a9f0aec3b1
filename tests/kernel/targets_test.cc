// Programs that attach to what the kernel's BTF names: loaded, attached by their sections' names, triggered by this
// process, and their effect looked at; and what is said of targets that do not exist.
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <string>

#include "tests/kernel/objects.h"
#include "tests/support/net_namespace.h"
#include "tests/support/requires.h"

using namespace ebpf;
using namespace ebpf::test;

namespace {

// The object with that program alone, looking at this process.
CollectionSpec only_program(const std::string& name) {
  CollectionSpec spec = ok(read_object("targets").only(name));
  if (auto target = spec.variable("target_tgid")) ok(target->set(static_cast<std::uint32_t>(getpid())));
  return spec;
}

Collection load_program(const std::string& name) { return ok(Collection::load(only_program(name))); }

template <class T>
T value(const Collection& objects, const char* name) {
  return ok(objects.variable(name)->get<T>());
}

void fork_once() {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
}

// An eventfd takes eight bytes and no fewer: the kernel's function is entered all the same, and returns -EINVAL.
void write_too_little() {
  const int fd = eventfd(0, EFD_CLOEXEC);
  REQUIRE(fd >= 0);
  CHECK(write(fd, "abcd", 4) == -1);
  CHECK(errno == EINVAL);
  close(fd);
}

// Whether this process may open a file: errno, or 0.
int open_something() {
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int result = fd < 0 ? errno : 0;
  if (fd >= 0) close(fd);
  return result;
}

// What list_tasks writes for a process with one thread, behind the end of another line.
std::string line_of(pid_t process) {
  const std::string number = std::to_string(process);
  return "\n" + number + " " + number + "\n";
}

void require_tracing() { test_requires(kernel_btf(), program_type(ProgramType::tracing, AttachType::trace_raw_tp)); }

}  // namespace

TEST_CASE("tp_btf: attached by its section's name, with typed arguments") {
  require_tracing();
  Collection objects = load_program("on_fork");
  fork_once();
  CHECK(value<std::uint64_t>(objects, "typed_forks") == 0);
  Link link = ok(objects.program("on_fork")->attach());
  fork_once();
  fork_once();
  CHECK(value<std::uint64_t>(objects, "typed_forks") == 2);
  CHECK(value<std::uint32_t>(objects, "forked_from") == static_cast<std::uint32_t>(getpid()));
  ok(link.detach());
  fork_once();
  CHECK(value<std::uint64_t>(objects, "typed_forks") == 2);
}

TEST_CASE("fentry and fexit: a function's entry, its return and what it returned") {
  require_tracing();
  test_requires(program_type(ProgramType::tracing));
  Collection entry = load_program("on_write");
  Collection exit = load_program("after_write");
  const Link on_entry = ok(entry.program("on_write")->attach());
  const Link on_exit = ok(exit.program("after_write")->attach());
  write_too_little();
  CHECK(value<std::uint64_t>(entry, "writes_entered") == 1);
  CHECK(value<std::uint64_t>(exit, "writes_left") == 1);
  CHECK(value<std::int64_t>(exit, "write_result") == -EINVAL);
}

TEST_CASE("fentry: a cookie for each attachment") {
  require_tracing();
  test_requires(kernel(5, 19), program_type(ProgramType::tracing));
  Collection objects = load_program("on_write_with_cookie");
  const Program& program = *objects.program("on_write_with_cookie");
  {
    const Link link = ok(attach_tracing(program, {.cookie = 0x1234567890abcdef}));
    write_too_little();
    CHECK(value<std::uint64_t>(objects, "cookie") == 0x1234567890abcdef);
  }
  const Link link = ok(program.attach());
  write_too_little();
  CHECK(value<std::uint64_t>(objects, "cookie") == 0);
}

TEST_CASE("lsm: a hook that sees opens, and refuses them while a global says so") {
  require_tracing();
  test_requires(program_type(ProgramType::lsm));
  Collection objects = load_program("on_open");
  const Link link = ok(objects.program("on_open")->attach());
  const auto seen = ok(objects.variable("opens_seen")->as<std::uint64_t>());
  const auto deny = ok(objects.variable("deny_opens")->as<std::uint32_t>());
  CHECK(open_something() == 0);
  CHECK(seen.load() == 1);
  deny.store(1);
  const int refused = open_something();
  deny.store(0);
  CHECK(refused == EPERM);
  CHECK(open_something() == 0);
  CHECK(seen.load() == 3);
}

TEST_CASE("fentry: a function of a module, found by its name and by the module's") {
  require_tracing();
  // Modules have had types of their own since 5.11.
  test_requires(kernel(5, 11), program_type(ProgramType::tracing), module("veth"));
  const NetNamespace net;
  for (const std::string name : {"on_xmit", "on_xmit_of_module"}) {
    CAPTURE(name);
    Collection objects = load_program(name);
    const Link link = ok(objects.program(name)->attach());
    net.send_frame(net.veth0(), kFrame);
    CHECK(value<std::uint64_t>(objects, "packets_through") == 1);
  }
}

TEST_CASE("iterator: every task of the system, one run for each reader") {
  require_tracing();
  test_requires(kernel(5, 8));
  Collection objects = load_program("list_tasks");
  const Link link = ok(objects.program("list_tasks")->attach());
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    pause();
    _exit(0);
  }
  for (int run = 0; run < 2; ++run) {
    const std::string text = "\n" + ok(read_iterator(link));
    CHECK(contains(text, line_of(getpid())));
    CHECK(contains(text, line_of(child)));
  }
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(contains("\n" + ok(read_iterator(link)), line_of(child)));
  CHECK(error_of(read_iterator(link, 3)).code() == errc::out_of_range);
  const LinkDetails details = ok(link.info());
  CHECK(details.type == LinkType::iter);
  CHECK(details.target == "task");
}

TEST_CASE("iterator: one process") {
  require_tracing();
  test_requires(kernel(6, 1));
  Collection objects = load_program("list_tasks");
  const Link link =
      ok(attach_iterator(*objects.program("list_tasks"), {.process_id = static_cast<std::uint32_t>(getpid())}));
  const std::string text = ok(read_iterator(link));
  CHECK("\n" + text == line_of(getpid()));
}

TEST_CASE("iterator: the elements of a map") {
  require_tracing();
  test_requires(kernel(5, 9));
  Collection objects = ok(Collection::load([] {
    CollectionSpec spec = read_object("targets");
    for (ProgramSpec& program : spec.programs) program.autoload = program.name == "list_numbers";
    return spec;
  }()));
  Map& numbers = *objects.map("numbers");
  ok(numbers.update(std::uint32_t{7}, std::uint64_t{70}));
  ok(numbers.update(std::uint32_t{8}, std::uint64_t{80}));
  const Program& program = *objects.program("list_numbers");
  const Link link = ok(attach_iterator(program, {.map = &numbers}));
  const std::string text = ok(read_iterator(link));
  CHECK((text == "7=70\n8=80\n" || text == "8=80\n7=70\n"));
  // Without the map the kernel says no more than a number; the error says what to do.
  const Error error = error_of(program.attach());
  CAPTURE(error.message());
  CHECK(contains(error.message(), "IteratorOptions::map"));
}

TEST_CASE("a target that does not exist is named, before anything is created") {
  require_tracing();
  struct Case {
    const char* program;
    const char* words;
  };
  const Case cases[] = {
      {"nowhere", "no function \"ebpf_test_no_such_function\""},
      {"no_event", "no tracepoint \"ebpf_test_no_such_event\""},
      {"no_module", "ebpf_test_no_such_module"},
  };
  for (const Case& c : cases) {
    const std::string name = c.program;
    CAPTURE(name);
    const Error error = error_of(Collection::load(only_program(name)));
    CAPTURE(error.message());
    CHECK(error.code() == errc::not_found);
    CHECK(contains(error.message(), name));
    CHECK(contains(error.message(), c.words));
  }
}

TEST_CASE("a program whose target is taken away or changed before loading") {
  require_tracing();
  CollectionSpec spec = only_program("on_fork");
  spec.program("on_fork")->attach_to.clear();
  CHECK(contains(error_of(Collection::load(spec)).message(), "ProgramSpec::attach_to"));
  // The argument has the type that the tracepoint gives it, and a pt_regs is too short to have a task's tgid.
  spec.program("on_fork")->attach_to = "sys_enter";
  const Error error = error_of(Collection::load(spec));
  CAPTURE(error.message());
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(contains(error.message(), "pt_regs"));
}
