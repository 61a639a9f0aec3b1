// SHA-256 against the examples of FIPS 180 and of NIST's test vectors, and against sha256sum(1) for every length around
// a block's.
#include "ebpf/base/sha256.h"

#include <cstdio>
#include <string>

#include "tests/support/test.h"

namespace {

std::string hash_of(const std::string& text) {
  std::string out;
  for (const std::byte byte : ebpf::sha256(std::as_bytes(std::span(text)))) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(byte));
    out += digits;
  }
  return out;
}

// Of `length` times the letter a.
std::string hash_by_tool(std::size_t length) {
  const std::string command = "head -c " + std::to_string(length) + " /dev/zero | tr '\\0' a | sha256sum";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char digits[65] = {};
  const std::size_t got = std::fread(digits, 1, 64, pipe);
  pclose(pipe);
  return std::string(digits, got);
}

}  // namespace

TEST_CASE("SHA-256: the standard's examples") {
  CHECK(hash_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash_of(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256: lengths around the end of a block, as sha256sum has them") {
  for (const std::size_t length : {1u, 54u, 55u, 56u, 57u, 63u, 64u, 65u, 118u, 119u, 120u, 127u, 128u, 129u}) {
    CAPTURE(length);
    CHECK(hash_of(std::string(length, 'a')) == hash_by_tool(length));
  }
}
