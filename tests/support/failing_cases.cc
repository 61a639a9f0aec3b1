// Not a test: test cases that end in every way there is, for test_main_test.sh to look at what is printed about them.
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tests/support/test.h"

namespace {

void needs_something() { SKIP_TEST("two\nlines"); }

}  // namespace

TEST_CASE("passes") { CHECK(1 + 1 == 2); }

TEST_CASE("fails a check") { CHECK(std::string("left") == "right"); }

TEST_CASE("fails a require") { REQUIRE(false); }

TEST_CASE("throws") { throw std::runtime_error("thrown on purpose"); }

TEST_CASE("skips") {
  SKIP_TEST("because of it");
  CHECK(false);
}

TEST_CASE("skips in a callee") { needs_something(); }

TEST_CASE("skips in a subcase") {
  SUBCASE("runs") { CHECK(true); }
  SUBCASE("does not") { SKIP_TEST("a subcase"); }
  SUBCASE("runs too") { CHECK(true); }
}

TEST_CASE("fails, then skips") {
  CHECK(false);
  SKIP_TEST("too late");
}

TEST_CASE("fails in a subcase, then skips") {
  SUBCASE("fails") { CHECK(false); }
  SUBCASE("skips") { SKIP_TEST("too late"); }
}

TEST_CASE("is marked" * doctest::skip()) { CHECK(false); }

TEST_CASE("crashes") {
  if (std::getenv("CRASH") != nullptr) std::raise(SIGSEGV);
}

TEST_CASE("vanishes") {
  if (std::getenv("VANISH") != nullptr) std::_Exit(0);
}
