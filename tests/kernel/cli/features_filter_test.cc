// `ebpf features` where a seccomp filter stands before bpf(2): it ends well, and says who denies what.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/kernel/features/filters.h"
#include "tests/support/private_mounts.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

using namespace ebpf::test;

namespace {

struct Output {
  int status;  // as of waitpid(2)
  std::string text;
};

// Runs the command under a filter with which bpf(2) ends in `action`.
Output under_filter(std::uint32_t action, std::vector<const char*> arguments) {
  const std::string path = runfile("tools/ebpf-features");
  arguments.insert(arguments.begin(), path.c_str());
  arguments.push_back(nullptr);
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    if (install_filter(action)) ::execv(path.c_str(), const_cast<char**>(arguments.data()));
    ::_exit(127);
  }
  ::close(ends[1]);
  Output out{};
  char buffer[4096];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    out.text.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  REQUIRE(::waitpid(child, &out.status, 0) == child);
  return out;
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct Filter {
  std::uint32_t action;
  const char* sentence;
};
constexpr Filter kFilters[] = {
    {SECCOMP_RET_KILL_PROCESS, "a seccomp filter kills who calls bpf(2)"},
    {SECCOMP_RET_TRAP, "a seccomp filter kills who calls bpf(2)"},
    {SECCOMP_RET_ERRNO | EPERM, "a seccomp filter refuses bpf(2) with EPERM"},
    {SECCOMP_RET_ERRNO | ENOSYS, "a seccomp filter refuses bpf(2) with ENOSYS"},
};

}  // namespace

TEST_CASE("features: the whole answer under a filter, killed by none") {
  require_root_and_bpf();
  for (const Filter& filter : kFilters) {
    CAPTURE(std::string(filter.sentence));
    const Output output = under_filter(filter.action, {"all"});
    CAPTURE(output.text.substr(0, 2000));
    REQUIRE(WIFEXITED(output.status));
    CHECK(WEXITSTATUS(output.status) == 0);
    CHECK(contains(output.text, std::string("denied: ") + filter.sentence));
    CHECK(contains(output.text, "types of programs"));
  }
}

TEST_CASE("features: what is required and filtered is denied, status 2") {
  require_root_and_bpf();
  for (const Filter& filter : kFilters) {
    CAPTURE(std::string(filter.sentence));
    const Output output = under_filter(filter.action, {"--require", "map:hash,helper:xdp:redirect_map"});
    CAPTURE(output.text);
    REQUIRE(WIFEXITED(output.status));
    CHECK(WEXITSTATUS(output.status) == 2);
    CHECK(contains(output.text, std::string("map:hash: denied by seccomp: ") + filter.sentence));
    CHECK(contains(output.text, "helper:xdp:redirect_map: denied by seccomp: "));
  }
}
