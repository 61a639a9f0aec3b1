// The JSON that the command writes: escapes, and output that is UTF-8 whatever the input.
#include "ebpf/base/json.h"

#include <cmath>

#include "tests/support/test.h"

using ebpf::Json;

TEST_CASE("json: objects and arrays get their commas") {
  Json json;
  json.open_object()
      .key("a")
      .number(1u)
      .key("b")
      .open_array()
      .number(std::int64_t{-2})
      .string("x")
      .open_object()
      .close_object()
      .close_array();
  json.key("c").null().key("d").boolean(true).close_object();
  CHECK(json.text() == R"({"a":1,"b":[-2,"x",{}],"c":null,"d":true})");
}

TEST_CASE("json: quotes, backslashes and control characters are escaped") {
  Json json;
  json.string(std::string_view("a\"b\\c\n\x01\x7f\0z", 10));
  CHECK(json.text() == R"("a\"b\\c\u000a\u0001\u007f\u0000z")");
}

TEST_CASE("json: what is no UTF-8 is replaced, what is stays") {
  Json json;
  json.open_array()
      .string("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")
      .string("\xff|\xc3|\xe0\x80\x80|\xed\xa0\x80|\xc0\xaf")
      .close_array();
  CHECK(json.text() ==
        "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\","
        "\"\\ufffd|\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\\ufffd|\\ufffd\\ufffd\"]");
}

TEST_CASE("json: numbers that JSON does not have are null") {
  Json json;
  json.open_array().number(1.5).number(std::nan("")).number(HUGE_VAL).number(HUGE_VALF).close_array();
  CHECK(json.text() == "[1.5,null,null,null]");
}

TEST_CASE("json: floating point numbers are the shortest texts that read as the same number of their type") {
  Json json;
  json.open_array().number(0.1).number(0.1f).number(1e300).number(-2.0).number(0.1 + 0.2).close_array();
  CHECK(json.text() == "[0.1,0.1,1e+300,-2,0.30000000000000004]");
}
