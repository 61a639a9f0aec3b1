// Tests of text.h.
#include "ebpf/base/text.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "tests/support/test.h"

using namespace ebpf;

TEST_CASE("cat: joins texts, characters and numbers") {
  CHECK(cat() == "");
  CHECK(cat("one") == "one");
  CHECK(cat("a", std::string("b"), std::string_view("c"), 'd', 5) == "abcd5");
  CHECK(cat(std::string_view("a\0b", 3)).size() == 3);
}

TEST_CASE("cat: numbers of every width, to their limits") {
  CHECK(cat(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(cat(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(cat(std::int8_t{-128}, ' ', std::uint8_t{255}) == "-128 255");  // numbers, not characters
  CHECK(cat(std::uint16_t{0}) == "0");
}

TEST_CASE("hex: with its prefix, without leading zeros") {
  CHECK(cat(hex(0)) == "0x0");
  CHECK(cat(hex(0x1f)) == "0x1f");
  CHECK(cat("at ", hex(std::numeric_limits<std::uint64_t>::max())) == "at 0xffffffffffffffff");
}

TEST_CASE("quoted: escapes whatever would not be seen or would end the quotes") {
  CHECK(cat(quoted("")) == R"("")");
  CHECK(cat(quoted("hits")) == R"("hits")");
  CHECK(cat(quoted("a\"b\\c")) == R"("a\x22b\x5cc")");
  CHECK(cat(quoted(std::string_view("\0\n\x1b\x7f", 4))) == R"("\x00\x0a\x1b\x7f")");
  CHECK(cat(quoted("café")) == "\"café\"");  // UTF-8 is left as it is
}

TEST_CASE("quoted: a string is referred to, a view is taken along, both end up the same") {
  const std::string name("a\0\"", 3);
  CHECK(cat(quoted(name)) == R"("a\x00\x22")");
  CHECK(cat(quoted(name)) == cat(quoted(std::string_view(name))));
  CHECK(cat(printable(name)) == R"(a\x00\x22)");
}

// What does not fit into registers goes another way than what does, views by two words at once.
TEST_CASE("cat: as many parts as it takes, of every kind and in any order") {
  const std::string string = "string";
  const std::string_view view = "view";
  CHECK(cat(view, 1, view, 2, view, 3, view, 4, view, 5) == "view1view2view3view4view5");
  CHECK(cat(1, view, 2u, quoted(view), -3, printable(view), hex(4), string, 'c', quoted(string), "literal", 5, view,
            std::uint8_t{6}, std::int64_t{-7},
            quoted(std::string_view())) == "1view2\"view\"-3view0x4stringc\"string\"literal5view6-7\"\"");
}
