#include "tests/support/embedded_objects.h"

#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tests/support/runfiles.h"
#include "tests/support/test.h"

using namespace ebpf::test;

namespace {

std::string read(const char* path) {
  std::ifstream stream(runfile(path), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::span<const std::byte>> objects_in(const std::string& file) {
  return embedded_objects(std::as_bytes(std::span(file)));
}

std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("objects of either byte order are found between other bytes, whole") {
  const std::string little = read("testdata/maps.bpf.o");
  const std::string big = read("testdata/globals_eb.bpf.o");
  REQUIRE(little.size() > 1000);
  REQUIRE(big.size() > 1000);
  const std::string file =
      "\x7f"
      "ELF\x02 is no object. " +
      little + big +
      "\x7f"
      "EL";
  const auto found = objects_in(file);
  REQUIRE(found.size() == 2);
  CHECK(text(found[0]) == little);
  CHECK(text(found[1]) == big);
}

TEST_CASE("an object that is cut off, and a program of the machine's, are none") {
  const std::string object = read("testdata/maps.bpf.o");
  for (const std::size_t length : {std::size_t{5}, std::size_t{63}, std::size_t{64}, object.size() - 1})
    CHECK(objects_in(object.substr(0, length)).empty());
  std::string other = object;
  other[18] = 62;  // EM_X86_64
  CHECK(objects_in(other).empty());
  CHECK(objects_in("").empty());
}
