// Fd: who owns what, and that nothing lives at 0..2.
#include "ebpf/sys/fd.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "tests/support/test.h"

namespace ebpf {
namespace {

bool is_open(int raw) { return ::fcntl(raw, F_GETFD) >= 0; }
bool is_close_on_exec(int raw) { return (::fcntl(raw, F_GETFD) & FD_CLOEXEC) != 0; }

int open_null() { return ::open("/dev/null", O_RDWR | O_CLOEXEC); }

// Puts a descriptor of ours in the place of standard input, until the end of the scope.
class NullAtZero {
 public:
  NullAtZero() : kept_(::fcntl(0, F_DUPFD_CLOEXEC, 3)) {
    ::close(0);
    REQUIRE(open_null() == 0);
  }
  ~NullAtZero() {
    ::close(0);
    if (kept_ < 0) return;
    ::dup2(kept_, 0);
    ::close(kept_);
  }
  NullAtZero(const NullAtZero&) = delete;
  NullAtZero& operator=(const NullAtZero&) = delete;

 private:
  int kept_;
};

TEST_CASE("an Fd without a descriptor") {
  Fd fd;
  CHECK_FALSE(fd.valid());
  CHECK(fd.get() == -1);
  CHECK(fd.release() == -1);
  fd.close();
  const auto copy = fd.duplicate();
  REQUIRE_FALSE(copy);
  CHECK(copy.error().os_error() == EBADF);
}

TEST_CASE("a descriptor from 3 on is taken as it is") {
  const int raw = open_null();
  REQUIRE(raw >= 3);
  {
    const auto fd = Fd::adopt(raw);
    REQUIRE(fd);
    CHECK(fd->get() == raw);
    CHECK(is_open(raw));
  }
  CHECK_FALSE(is_open(raw));
}

TEST_CASE("a negative descriptor is an error") {
  const auto fd = Fd::adopt(-1);
  REQUIRE_FALSE(fd);
  CHECK(fd.error().os_error() == EBADF);
}

TEST_CASE("a descriptor below 3 is moved, and close-on-exec where it lands") {
  NullAtZero null;
  const auto fd = Fd::adopt(0);
  REQUIRE(fd);
  CHECK(fd->get() >= 3);
  CHECK(is_close_on_exec(fd->get()));
  CHECK_FALSE(is_open(0));
}

TEST_CASE("a descriptor that cannot be moved is closed") {
  NullAtZero null;
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few = {.rlim_cur = 64, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
  std::vector<int> filling;
  for (int raw = open_null(); raw >= 0; raw = open_null()) filling.push_back(raw);
  const auto fd = Fd::adopt(0);
  for (const int raw : filling) ::close(raw);
  ::setrlimit(RLIMIT_NOFILE, &before);

  REQUIRE_FALSE(fd);
  CHECK(fd.error().os_error() == EMFILE);
  CHECK(fd.error().message() == "fcntl(F_DUPFD_CLOEXEC): EMFILE");
  CHECK_FALSE(is_open(0));
}

TEST_CASE("moving hands the descriptor over, and what was there before is closed") {
  auto first = Fd::adopt(open_null());
  auto second = Fd::adopt(open_null());
  REQUIRE(first);
  REQUIRE(second);
  const int raw_first = first->get();
  const int raw_second = second->get();

  *first = std::move(*second);
  CHECK(first->get() == raw_second);
  CHECK_FALSE(second->valid());
  CHECK_FALSE(is_open(raw_first));

  const Fd third = std::move(*first);
  CHECK(third.get() == raw_second);
  CHECK_FALSE(first->valid());
  CHECK(is_open(raw_second));
}

TEST_CASE("what is released stays open") {
  auto fd = Fd::adopt(open_null());
  REQUIRE(fd);
  const int raw = fd->release();
  CHECK_FALSE(fd->valid());
  fd->close();
  CHECK(is_open(raw));
  ::close(raw);
}

TEST_CASE("closing and destroying leave errno alone") {
  auto fd = Fd::adopt(open_null());
  REQUIRE(fd);
  // Closed behind its back, so that close(2) fails.
  ::close(fd->get());
  errno = ENOTTY;
  fd->close();
  CHECK(errno == ENOTTY);
}

TEST_CASE("a duplicate is independent and close-on-exec") {
  auto fd = Fd::adopt(open_null());
  REQUIRE(fd);
  const auto copy = fd->duplicate();
  REQUIRE(copy);
  CHECK(copy->get() >= 3);
  CHECK(copy->get() != fd->get());
  fd->close();
  CHECK(is_open(copy->get()));
  CHECK(is_close_on_exec(copy->get()));
}

}  // namespace
}  // namespace ebpf
