// Tests of Error, Result and the errno names.
#include "ebpf/base/error.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ebpf/base/found.h"
#include "tests/support/test.h"

using namespace ebpf;

namespace {

Result<int> parse(int number) {
  if (number < 0) return fail(errc::malformed, "a negative number");
  return number;
}

Result<std::unique_ptr<int>> boxed(int number) {
  EBPF_TRY(const int parsed, parse(number));
  EBPF_TRY(auto box, Result<std::unique_ptr<int>>(std::make_unique<int>(parsed)));
  return box;
}

Result<void> refuse_negative(int number) {
  EBPF_TRY([[maybe_unused]] const int parsed, parse(number));
  return {};
}

Result<void> checked(int number, int& reached) {
  EBPF_CHECK(refuse_negative(number));
  reached = number;
  return {};
}

}  // namespace

TEST_CASE("Error: code, errno and sentence") {
  const Error plain(errc::not_found, "no such map");
  CHECK(plain.code() == errc::not_found);
  CHECK(plain.os_error() == 0);
  CHECK(plain.message() == "no such map");
  CHECK(plain.verifier() == nullptr);
  CHECK(plain.verifier_log().empty());

  const Error system(errc::io, EIO, "read");
  CHECK(system.code() == errc::io);
  CHECK(system.os_error() == EIO);
}

TEST_CASE("Error::in: is built from the outside in, and keeps the rest") {
  const Error error = Error(fail_errno(EPERM, "create")).in("map \"hits\"").in("load \"count\"");
  CHECK(error.message() == "load \"count\": map \"hits\": create: EPERM");
  CHECK(error.code() == errc::denied);
  CHECK(error.os_error() == EPERM);
}

TEST_CASE("Error::with: a verifier report makes it a rejection, which copies share") {
  VerifierReport report;
  report.log = "0: R1=ctx()\nprocessed 1 insns";
  report.reason = "invalid access";
  const Error error = Error(fail_errno(EACCES, "load")).with(std::move(report));
  CHECK(error.code() == errc::verifier_rejected);
  CHECK(error.os_error() == EACCES);
  REQUIRE(error.verifier() != nullptr);
  CHECK(error.verifier()->reason == "invalid access");
  CHECK(error.verifier_log() == "0: R1=ctx()\nprocessed 1 insns");

  const Error copy = Error(error).in("program \"count\"");
  CHECK(copy.verifier() == error.verifier());
  CHECK(error.message() == "load: EACCES");
}

TEST_CASE("errno_name: the names that bpf(2) answers with") {
  CHECK(errno_name(EPERM) == "EPERM");
  CHECK(errno_name(E2BIG) == "E2BIG");
  CHECK(errno_name(EINVAL) == "EINVAL");
  CHECK(errno_name(EOPNOTSUPP) == "EOPNOTSUPP");
  CHECK(errno_name(524) == "ENOTSUPP");  // the kernel's own, without a name in <errno.h>
  CHECK(errno_name(4095) == "errno 4095");
  CHECK(errno_name(0) == "errno 0");
  CHECK(errno_name(-1) == "errno -1");
}

TEST_CASE("errno_name: agrees with the C library wherever it has a name") {
  int known = 0;
  for (int value = 1; value < 134; ++value) {
    const std::string name = errno_name(value);
    if (name == "errno " + std::to_string(value)) continue;
    ++known;
    CAPTURE(value);
    CHECK(name == strerrorname_np(value));
  }
  CHECK(known > 40);
}

TEST_CASE("errno_code: what a caller would do about it") {
  CHECK(errno_code(EPERM) == errc::denied);
  CHECK(errno_code(EACCES) == errc::denied);
  CHECK(errno_code(ENOENT) == errc::not_found);
  CHECK(errno_code(EEXIST) == errc::already_exists);
  CHECK(errno_code(EBUSY) == errc::busy);
  CHECK(errno_code(ENOSYS) == errc::not_supported);
  CHECK(errno_code(524) == errc::not_supported);
  CHECK(errno_code(EROFS) == errc::read_only);
  CHECK(errno_code(ENOMEM) == errc::system);
  CHECK(errno_code(4095) == errc::system);
}

TEST_CASE("fail_errno: names the call and the errno") {
  const Error error = fail_errno(ENOENT, "open \"/sys/fs/bpf/x\"");
  CHECK(error.code() == errc::not_found);
  CHECK(error.os_error() == ENOENT);
  CHECK(error.message() == "open \"/sys/fs/bpf/x\": ENOENT");
}

TEST_CASE("fail_in: puts the object in front of an error, of a Result, of a look-up") {
  CHECK(Error(fail_in(Error(errc::busy, EBUSY, "EBUSY"), "map ", quoted("hits"))).message() == "map \"hits\": EBUSY");
  Result<int> failed = fail(errc::malformed, "a negative number");
  const Result<std::string> passed = fail_in(std::move(failed), "item ", 3);
  REQUIRE_FALSE(passed.has_value());
  CHECK(passed.error().code() == errc::malformed);
  CHECK(passed.error().message() == "item 3: a negative number");
  Found<const int> missing = fail(errc::not_found, "there is no such number");
  CHECK(Error(fail_in(std::move(missing))).message() == "there is no such number");
}

TEST_CASE("EBPF_CHECK_IN: the object that it happened to, and nothing where all went well") {
  int reached = 0;
  const auto in_words = [&](int value) -> Result<void> {
    EBPF_CHECK_IN(checked(value, reached), "value ", value);
    return {};
  };
  CHECK(in_words(3).has_value());
  CHECK(reached == 3);
  REQUIRE_FALSE(in_words(-3).has_value());
  CHECK(in_words(-3).error().message() == cat("value -3: ", checked(-3, reached).error().message()));
}

TEST_CASE("EBPF_TRY_IN: the value, or the error with the object in front, which is looked at only then") {
  int described = 0;
  const auto describe = [&] {
    ++described;
    return std::string("a box");
  };
  const auto opened = [&](int value) -> Result<std::unique_ptr<int>> {
    EBPF_TRY_IN(auto box, boxed(value), describe(), " of ", value);
    return box;
  };
  REQUIRE(opened(7).has_value());
  CHECK(**opened(7) == 7);
  CHECK(described == 0);
  const auto refused = opened(-1);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == errc::malformed);
  CHECK(refused.error().message() == "a box of -1: a negative number");
  CHECK(described == 1);
}

TEST_CASE("EBPF_TRY and EBPF_CHECK: pass values on, move-only ones too, and return errors") {
  REQUIRE(boxed(7).has_value());
  CHECK(**boxed(7) == 7);
  REQUIRE_FALSE(boxed(-1).has_value());
  CHECK(boxed(-1).error().code() == errc::malformed);
  CHECK(boxed(-1).error().message() == "a negative number");

  int reached = 0;
  CHECK(checked(3, reached).has_value());
  CHECK(reached == 3);
  CHECK_FALSE(checked(-3, reached).has_value());
  CHECK(reached == 3);
}

TEST_CASE("EBPF_TRY: takes what was looked up by name, too") {
  struct Named {
    std::string name;
    int value;
  };
  std::vector<Named> all{{"one", 1}, {"two", 2}};
  const auto value_of = [&](std::string_view name) -> Result<int> {
    EBPF_TRY(const Named& found, find_by_name<Named>(all, name, "number"));
    return found.value;
  };
  CHECK(*value_of("two") == 2);
  CHECK(value_of("tow").error().message() == "there is no number \"tow\"; did you mean \"two\"?");
}

TEST_CASE("fail: the sentence from its parts, with an errno in front or without") {
  const std::string name = "hits";
  const Result<int> plain = fail(errc::not_found, "there is no map ", quoted(name), ", of ", 3u);
  REQUIRE_FALSE(plain.has_value());
  CHECK(plain.error().code() == errc::not_found);
  CHECK(plain.error().os_error() == 0);
  CHECK(plain.error().message() == "there is no map \"hits\", of 3");

  const Result<int> system = fail(errc::io, EIO, name, ": read: ", errno_name(EIO));
  CHECK(system.error().code() == errc::io);
  CHECK(system.error().os_error() == EIO);
  CHECK(system.error().message() == "hits: read: EIO");
}

TEST_CASE("report: returns what main() is to return") { CHECK(report(Error(errc::io, "said on purpose")) != 0); }
