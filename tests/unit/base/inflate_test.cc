// gunzip(): against gzip(1), and with bytes that no compressor writes.
#include "ebpf/base/inflate.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/runfiles.h"
#include "tests/support/test.h"

using namespace ebpf;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string data(const std::string& name) { return test::runfile(("tests/unit/base/" + name).c_str()); }

Result<std::string> unzip(std::string_view bytes, std::size_t most = 64u << 20) {
  return gunzip(std::as_bytes(std::span(bytes)), most);
}

constexpr const char* kLevels[] = {"1", "6", "9"};

}  // namespace

TEST_CASE("gunzip: what gzip wrote, of each level") {
  const std::string plain = read(data("plain.txt"));
  REQUIRE(plain.size() > 100'000);
  for (const char* level : kLevels) {
    const auto out = unzip(read(data("plain." + std::string(level) + ".gz")));
    REQUIRE(out);
    CHECK(*out == plain);
  }
}

TEST_CASE("gunzip: nothing, noise, and a name in the header") {
  for (const char* name : {"empty", "noise"}) {
    const std::string plain = read(data(name + std::string(".txt")));
    const auto out = unzip(read(data(name + std::string(".gz"))));
    REQUIRE(out);
    CHECK(*out == plain);
  }
}

TEST_CASE("gunzip: a file that ends early is refused, wherever that is") {
  const std::string whole = read(data("noise.gz"));
  for (std::size_t length = 0; length < whole.size(); length += length < 64 ? 1 : 97) {
    const auto out = unzip(std::string_view(whole).substr(0, length));
    REQUIRE_FALSE(out);
    CHECK(out.error().code() == errc::malformed);
  }
}

TEST_CASE("gunzip: a changed byte is an error or is found by the checksum") {
  const std::string whole = read(data("plain.9.gz"));
  const std::string plain = read(data("plain.txt"));
  for (std::size_t at = 10; at < whole.size(); at += 1 + whole.size() / 60) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    const auto out = unzip(changed);
    if (out) CHECK(*out == plain);
  }
}

TEST_CASE("gunzip: more than is allowed is refused") {
  const std::string whole = read(data("plain.6.gz"));
  const std::string plain = read(data("plain.txt"));
  CHECK(unzip(whole, plain.size()));
  const auto out = unzip(whole, plain.size() - 1);
  REQUIRE_FALSE(out);
  CHECK(out.error().code() == errc::out_of_range);
}

TEST_CASE("gunzip: blocks that cannot be") {
  const std::string header("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  // A block of type 3; a stored block whose length contradicts its complement; a distance to before the beginning.
  for (const std::string& block : {std::string("\x07"), std::string("\x01\x05\0\x05\0hello", 10),
                                   std::string("\x63\x00\x02\x00\x00\x00\x00\x00\x00\x00", 10)}) {
    CHECK_FALSE(unzip(header + block + std::string(16, '\0')));
  }
}
