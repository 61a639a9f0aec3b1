// Values of variables as text and JSON, over the variables of a real object.
#include "tools/cli/value.h"

#include "ebpf/spec/spec.h"
#include "tests/support/runfiles.h"
#include "tests/support/test.h"

#include <fstream>
#include <iterator>
#include <vector>

using namespace ebpf;
using ebpf::test::runfile;

namespace {

CollectionSpec read_object(const char* path) {
  std::ifstream file(runfile(path), std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto spec = CollectionSpec::parse(std::as_bytes(std::span(bytes)), path);
  REQUIRE(spec);
  return *std::move(spec);
}

std::string text_of(const CollectionSpec& spec, const char* name) {
  const auto variable = spec.variable(name);
  REQUIRE(variable);
  auto value = variable->value;
  value.resize(variable->size);
  return cli::value_to_text(variable->types, variable->type, value, variable->byte_order);
}

std::string json_of(const CollectionSpec& spec, const char* name) {
  const auto variable = spec.variable(name);
  REQUIRE(variable);
  auto value = variable->value;
  value.resize(variable->size);
  ebpf::Json json;
  cli::value_to_json(json, variable->types, variable->type, value, variable->byte_order);
  return json.text();
}

}  // namespace

TEST_CASE("value: every kind is printed by its type, as text and as JSON") {
  const auto spec = read_object("tests/unit/cli/values.bpf.o");
  CHECK(text_of(spec, "negative") == "-5");
  CHECK(text_of(spec, "large") == "18446744073709551615");
  CHECK(text_of(spec, "yes") == "true");
  CHECK(text_of(spec, "colour") == "GREEN");
  CHECK(json_of(spec, "colour") == "1");
  CHECK(text_of(spec, "unknown_colour") == "77");
  CHECK(text_of(spec, "half") == "0.5");
  CHECK(json_of(spec, "half") == "0.5");
  CHECK(text_of(spec, "word") == "\"hello\"");
  CHECK(json_of(spec, "word") == "\"hello\"");
  CHECK(json_of(spec, "grid") == "[[1,2,3],[4,5,6]]");
  // Larger than its type says.
  CHECK(text_of(spec, "row") == "{count = 2, values = [10, 20]}");
  CHECK(json_of(spec, "row") == R"({"count":2,"values":[10,20]})");
  CHECK(text_of(spec, "many") == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, … (4 more)]");
  CHECK(json_of(spec, "mixed") ==
        R"({"small":3,"signed_field":-2,"wide":1000,"inside":7,"same_place":7,"bytes":[1,2],"pointer":0})");
}

TEST_CASE("value: an object of the other byte order gives the same values") {
  const auto little = read_object("tests/unit/cli/values.bpf.o");
  const auto big = read_object("tests/unit/cli/values_eb.bpf.o");
  for (const char* name : {"negative", "large", "yes", "colour", "half", "word", "grid", "many", "mixed"}) {
    CAPTURE(name);
    CHECK(json_of(little, name) == json_of(big, name));
  }
}

TEST_CASE("value: without BTF a word is a number, anything else bytes") {
  const auto spec = read_object("tests/unit/cli/values_nobtf.bpf.o");
  CHECK(json_of(spec, "large") == "18446744073709551615");
  CHECK(json_of(spec, "grid") == "\"010002000300040005000600\"");
}

TEST_CASE("set: numbers, names, texts and floating point, checked against the type") {
  auto spec = read_object("tests/unit/cli/values.bpf.o");
  const auto set = [&](const char* assignment) { return cli::set_from_text(spec, assignment); };
  CHECK(set("negative=-300"));
  CHECK(text_of(spec, "negative") == "-300");
  CHECK(set("large=0xff"));
  CHECK(text_of(spec, "large") == "255");
  CHECK(set("yes=false"));
  CHECK(text_of(spec, "yes") == "false");
  CHECK(set("colour=BLUE"));
  CHECK(text_of(spec, "colour") == "BLUE");
  CHECK(set("half=-2.25"));
  CHECK(json_of(spec, "half") == "-2.25");
  CHECK(set("half=0.1"));
  CHECK(json_of(spec, "half") == "0.1");
  CHECK(text_of(spec, "half") == "0.1");
  CHECK(set("half=1e400").error().code() == errc::invalid_argument);
  CHECK(set("half=1,5").error().code() == errc::invalid_argument);
  CHECK(set("word=eightful").error().code() == errc::out_of_range);
  CHECK(set("word=seven"));
  CHECK(text_of(spec, "word") == "\"seven\"");
}

TEST_CASE("set: a row of bytes or switches is no text") {
  auto spec = read_object("tests/unit/cli/values.bpf.o");
  for (const char* assignment : {"octets=5", "octets=ab", "switches=true"}) {
    CAPTURE(assignment);
    const auto set = cli::set_from_text(spec, assignment);
    REQUIRE_FALSE(set);
    CHECK(set.error().message().find("it is an array, to be set as [1, 2, 3]") != std::string::npos);
  }
  CHECK(text_of(spec, "octets") == "[1, 2, 3, 4]");
  CHECK(cli::set_from_text(spec, "octets=[5, 255]"));
  CHECK(text_of(spec, "octets") == "[5, 255, 3, 4]");
  CHECK(cli::set_from_text(spec, "switches=[false, true]"));
  CHECK(text_of(spec, "switches") == "[false, true, true]");
}

TEST_CASE("set: a text in a structure is read as it is printed, and as JSON has it") {
  auto spec = read_object("tests/unit/cli/values.bpf.o");
  const std::string printed = text_of(spec, "named");
  const std::string json = json_of(spec, "named");
  for (const std::string& same : {printed, json}) {
    CAPTURE(same);
    REQUIRE(cli::set_from_text(spec, R"(named={text = "", number = 0})"));
    CHECK(text_of(spec, "named") != printed);
    REQUIRE(cli::set_from_text(spec, "named=" + same));
    CHECK(text_of(spec, "named") == printed);
  }
  REQUIRE(cli::set_from_text(spec, R"(named={text = "\x41\u0042\t\/"})"));
  CHECK(text_of(spec, "named").find("\"AB\\x09/\"") != std::string::npos);
  for (const char* wrong : {R"("\q")", R"("\x4")", R"("\xzz")", R"("\u00e9")", R"("\)"}) {
    CAPTURE(wrong);
    const auto set = cli::set_from_text(spec, std::string("named={text = ") + wrong + "}");
    REQUIRE_FALSE(set);
    CHECK(set.error().code() == errc::invalid_argument);
  }
}

TEST_CASE("set: what does not fit is refused with a reason") {
  auto spec = read_object("tests/unit/cli/values.bpf.o");
  const auto code = [&](const char* assignment) {
    const auto result = cli::set_from_text(spec, assignment);
    REQUIRE_FALSE(result);
    CHECK_FALSE(result.error().message().empty());
    return result.error().code();
  };
  CHECK(code("large=-1") == errc::out_of_range);
  CHECK(code("negative=70000") == errc::out_of_range);
  CHECK(code("large=twelve") == errc::invalid_argument);
  CHECK(code("large=18446744073709551616") == errc::invalid_argument);
  CHECK(code("large") == errc::invalid_argument);
  CHECK(code("colour=BLUE|") == errc::invalid_argument);
  CHECK(code("lrage=1") == errc::not_found);
  CHECK(code("mixed=1") == errc::type_mismatch);
  CHECK(cli::set_from_text(spec, "lrage=1").error().message().find("did you mean \"large\"?") != std::string::npos);
}
