// NameIndex: names to places, and no name twice.
#include "ebpf/load/names.h"

#include <string>

#include "tests/support/test.h"

namespace ebpf::loader {
namespace {

TEST_CASE("names: each is found at its place, whatever the order") {
  NameIndex index;
  std::vector<std::string> names;
  for (int i = 0; i < 500; ++i) names.push_back("n" + std::to_string(i * 7919 % 500));
  for (std::size_t i = 0; i < names.size(); ++i) index.add(names[i], i);
  REQUIRE(index.finish("maps").has_value());
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(index.find(names[i]) == i);
  CHECK(!index.find("n500").has_value());
  CHECK(!index.find("").has_value());
  CHECK(!index.find("n").has_value());
  CHECK(!index.find("zzz").has_value());
}

TEST_CASE("names: two of the same are refused, by name") {
  NameIndex index;
  index.add("hits", 0);
  index.add("other", 1);
  index.add("hits", 2);
  const auto ok = index.finish("maps");
  REQUIRE(!ok.has_value());
  CHECK(ok.error().code() == errc::invalid_argument);
  CHECK(ok.error().message().find("maps") != std::string::npos);
  CHECK(ok.error().message().find("\"hits\"") != std::string::npos);
}

TEST_CASE("names: none at all, and the empty one") {
  NameIndex none;
  CHECK(none.finish("maps").has_value());
  CHECK(!none.find("x").has_value());
  NameIndex nameless;
  nameless.add("", 5);
  CHECK(nameless.finish("maps").has_value());
  CHECK(nameless.find("") == 5u);
}

}  // namespace
}  // namespace ebpf::loader
