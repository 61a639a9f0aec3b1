// Tests of runfiles.h, with this package's BUILD file as the data.
#include "tests/support/runfiles.h"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tests/support/test.h"

using ebpf::test::runfile;

namespace {

constexpr const char* kFile = "tests/support/BUILD";

// Runs the rest of a test case as if a variable were unset or different.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value != nullptr ? setenv(name, value, 1) : unsetenv(name);
  }
  ~Environment() { old_.empty() ? unsetenv(name_) : setenv(name_, old_.c_str(), 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::string old_;
};

}  // namespace

TEST_CASE("runfile: found under bazel test, or beside the executable") {
  CHECK(access(runfile(kFile).c_str(), R_OK) == 0);
}

TEST_CASE("runfile: EBPF_TESTDATA_DIR comes first, and need not have everything") {
  const std::string found = runfile(kFile);
  const Environment here("EBPF_TESTDATA_DIR", "/proc/self");
  CHECK(runfile("status") == "/proc/self/status");
  CHECK(runfile(kFile) == found);
}

TEST_CASE("runfile: the working directory will do") {
  const std::string top = runfile(kFile).substr(0, runfile(kFile).size() - std::string(kFile).size());
  const Environment none("TEST_SRCDIR", nullptr);
  char before[4096];
  REQUIRE(getcwd(before, sizeof before) != nullptr);
  REQUIRE(chdir((top + "tests").c_str()) == 0);
  CHECK(access(runfile("support/BUILD").c_str(), R_OK) == 0);
  REQUIRE(chdir(before) == 0);
}

TEST_CASE("runfile: a file that is nowhere fails the test, by name") {
  CHECK_THROWS_WITH_AS(runfile("no/such.bpf.o"), doctest::Contains("no such test file: no/such.bpf.o"),
                       std::runtime_error);
}
