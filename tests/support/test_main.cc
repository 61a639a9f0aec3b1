// main() of every test binary, and the lines by which tools/test counts test cases over all test logs:
//
//     [case] START name
//     [case] PASS name            or  [case] FAIL name  or  [case] SKIP name: why
//
// A START that no other line follows is a case that took the process down with it. The exit status is 0 exactly when
// there are test cases and none of them failed; cases that were skipped do no harm to it.
#define DOCTEST_CONFIG_IMPLEMENT
#include "tests/support/test.h"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ebpf::test {
namespace {

struct Counts {
  unsigned passed = 0;
  unsigned failed = 0;
  unsigned skipped = 0;
};

// doctest makes and deletes the reporter within Context::run(); what main() needs afterwards outlives it here.
Counts counts;
bool has_test_cases = true;

// Why the current test case was skipped, if it was.
std::optional<std::string> skip_reason;

// One line each, whatever is in a name or a reason.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line)
    if (c == '\n' || c == '\r') c = ' ';
  return line;
}

// doctest's console output with a line per test case, and totals that know of skipping at run time.
class CaseReporter : public doctest::ConsoleReporter {
 public:
  using ConsoleReporter::ConsoleReporter;

  void test_run_start() override {}

  void test_case_start(const doctest::TestCaseData& test) override {
    ConsoleReporter::test_case_start(test);
    skip_reason.reset();
    line("START", test);
  }

  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    ConsoleReporter::test_case_end(stats);
    if (skip_reason && nothing_else_failed(stats)) {
      ++counts.skipped;
      line("SKIP", *tc, ": " + *skip_reason);
    } else if (stats.testCaseSuccess) {
      ++counts.passed;
      line("PASS", *tc);
    } else {
      ++counts.failed;
      line("FAIL", *tc);
    }
  }

  // Called for cases that the command line filters out too: those are nobody's business.
  void test_case_skipped(const doctest::TestCaseData& test) override {
    if (!test.m_skip) return;
    ++counts.skipped;
    line("SKIP", test, ": marked with doctest::skip()");
  }

  void test_run_end(const doctest::TestRunStats& stats) override {
    has_test_cases = stats.numTestCases != 0;
    if (!has_test_cases) s << "no test case is linked into this binary\n";
    s << "test cases: " << counts.passed << " passed, " << counts.failed << " failed, " << counts.skipped
      << " skipped; assertions: " << stats.numAsserts << ", of which failed: " << stats.numAssertsFailed << '\n';
  }

 private:
  // skip_test() leaves the test case in the way in which a failed REQUIRE does, but without a failed assertion.
  static bool nothing_else_failed(const doctest::CurrentTestCaseStats& stats) {
    namespace reason = doctest::TestCaseFailureReason;
    return stats.numAssertsFailedCurrentTest == 0 &&
           (stats.failure_flags & (reason::Exception | reason::Crash | reason::Timeout)) == 0;
  }

  // Flushed each time: the process may end at once, and a child that a test forks must not inherit buffered text.
  void line(const char* verdict, const doctest::TestCaseData& test, std::string_view rest = {}) {
    s << "[case] " << verdict << ' ' << one_line(test.m_name) << one_line(rest) << '\n' << std::flush;
  }
};

REGISTER_REPORTER("case", 1, CaseReporter);

}  // namespace

void skip_test(std::string why) {
  skip_reason = std::move(why);
  doctest::detail::throwException();
  std::abort();  // not reached: the declaration of throwException() does not say that it never returns
}

}  // namespace ebpf::test

int main(int argc, char** argv) {
  using ebpf::test::counts;

  doctest::Context context;
  context.addFilter("reporters", "case");
  // What `bazel test --test_filter=…` hands on.
  if (const char* filter = std::getenv("TESTBRIDGE_TEST_ONLY")) context.addFilter("test-case", filter);
  context.applyCommandLine(argc, argv);
  // Its own verdict is not used: to doctest, a case that was skipped at run time is one that failed.
  (void)context.run();

  return counts.failed == 0 && ebpf::test::has_test_cases ? EXIT_SUCCESS : EXIT_FAILURE;
}
