// Reading whole files, and what is said where tracefs or bpffs are not to be found.
#include "ebpf/sys/file.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <string>

#include "tests/support/test.h"

namespace ebpf::sys {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

// A file with some text, gone at the end of the scope.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const char* directory = std::getenv("TEST_TMPDIR");
    path_ = std::string(directory != nullptr ? directory : "/tmp") + "/file_test.XXXXXX";
    const int fd = ::mkstemp(path_.data());
    REQUIRE(fd >= 0);
    REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST_CASE("a file is read as it is, whatever its length") {
  for (const std::size_t length : {0u, 1u, 4095u, 4096u, 4097u, 100'000u}) {
    CAPTURE(length);
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text.push_back(static_cast<char>(i * 31 % 251));
    const TemporaryFile file(text);
    CHECK(read_text_file(file.path(), kNoLimit) == text);
    CHECK(read_text_file(file.path(), length) == text);
    const auto bytes = read_whole_file(file.path(), length);
    REQUIRE(bytes);
    CHECK(std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) == text);
  }
}

TEST_CASE("a file that is longer than allowed is refused, by its name") {
  const TemporaryFile file("12345678");
  for (const std::size_t limit : {0u, 1u, 7u}) {
    const auto bytes = read_whole_file(file.path(), limit);
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code() == errc::out_of_range);
    CHECK(bytes.error().message() == "read \"" + file.path() + "\": longer than " + std::to_string(limit) + " bytes");
  }
}

TEST_CASE("a file of /proc, which says that it is empty, is read") {
  const auto text = read_text_file("/proc/self/status", 1 << 20);
  REQUIRE(text);
  CHECK(text->starts_with("Name:"));
  CHECK_FALSE(read_text_file("/proc/self/status", 10));
}

TEST_CASE("what open and read say is said, with the path") {
  const auto missing = read_whole_file("/nonexistent/file", kNoLimit);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == errc::io);
  CHECK(missing.error().os_error() == ENOENT);
  CHECK(missing.error().message() == "open \"/nonexistent/file\": ENOENT");

  const auto directory = read_whole_file("/", 10);
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message() == "read \"/\": EISDIR");
}

TEST_CASE("a directory that is not on a bpf file system") {
  const auto elsewhere = require_bpffs("/proc");
  REQUIRE_FALSE(elsewhere);
  CHECK(elsewhere.error().code() == errc::invalid_argument);
  CHECK(elsewhere.error().message().find("mount -t bpf") != std::string::npos);

  const auto missing = require_bpffs("/nonexistent");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message() == "statfs \"/nonexistent\": ENOENT");
}

TEST_CASE("lines: a long text comes in pieces that end where lines end") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "line " + std::to_string(i) + "\n";
  text += "and one without an end";
  const TemporaryFile file(text);
  auto reader = LineReader::open(file.path());
  REQUIRE(reader.has_value());
  std::string all;
  int pieces = 0;
  for (;;) {
    const auto piece = reader->next();
    REQUIRE(piece.has_value());
    if (piece->empty()) break;
    all += *piece;
    ++pieces;
    const bool is_last = all.size() == text.size();
    CHECK((is_last || piece->back() == '\n'));
  }
  CHECK(all == text);
  CHECK(pieces > 5);
}

TEST_CASE("lines: one that is too long is an error; no file, too") {
  const TemporaryFile file(std::string(100'000, 'x'));
  auto reader = LineReader::open(file.path());
  REQUIRE(reader.has_value());
  CHECK(reader->next().error().code() == errc::out_of_range);
  CHECK(LineReader::open("/nowhere/at/all").error().code() == errc::io);
}

}  // namespace
}  // namespace ebpf::sys
