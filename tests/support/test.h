// What every test file includes: doctest, and a way to say at run time that a test cannot be run on this machine.
#pragma once

#include <doctest/doctest.h>

#include <string>

namespace ebpf::test {

// Ends the current test case and counts it as skipped, with `why` as the reason that is printed. A case in which an
// assertion had failed before still counts as failed. Within a subcase it ends the whole case: the subcases that would
// have followed are not run. Only for the thread that runs the test case: it unwinds the stack to doctest.
[[noreturn]] void skip_test(std::string why);

}  // namespace ebpf::test

#define SKIP_TEST(why) ::ebpf::test::skip_test(why)
