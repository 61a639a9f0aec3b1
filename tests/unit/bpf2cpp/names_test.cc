// Names of C and BPF as C++ identifiers.
#include "tools/bpf2cpp/names.h"

#include "tests/support/test.h"
#include "tools/bpf2cpp/template.h"

using namespace ebpf::bpf2cpp;

TEST_CASE("names: what cannot be a name gets a _") {
  Scope scope;
  CHECK(scope.claim("packets") == "packets");
  for (const char* name : {"class", "new", "operator", "co_await", "xor", "errno", "unix", "linux", "major", "NULL",
                           "EOF", "stdin", "EPERM", "EAGAIN", "std", "ebpf", "s6_addr"}) {
    CAPTURE(name);
    CHECK(scope.claim(name) == std::string(name) + "_");
  }
  CHECK(scope.claim("count.calls") == "count_calls");
  CHECK(scope.claim("a-b c") == "a_b_c");
  CHECK(scope.claim("9lives") == "_9lives");
  CHECK(scope.claim("") == "_");
  CHECK(scope.claim("EXPORT") == "EXPORT");
}

TEST_CASE("names: each once") {
  Scope scope;
  CHECK(scope.would_keep("class_"));
  CHECK(scope.claim("class_") == "class_");
  CHECK_FALSE(scope.would_keep("class"));
  CHECK(scope.claim("class") == "class__");
  CHECK(scope.claim("class_") == "class___");
  CHECK(scope.has("class__"));
}

TEST_CASE("names: of the C library") {
  for (const char* name : {"time", "read", "main", "socket"}) CHECK(is_library_function(name));
  CHECK_FALSE(is_library_function("counter"));
}

TEST_CASE("templates: places, and lines that vanish with what was on them") {
  CHECK(fill("a {{x}} b {{y}}", {{"x", "1"}, {"y", "{{x}}"}}) == "a 1 b {{x}}");
  CHECK(fill("a\n{{x}}\nb\n", {{"x", ""}}) == "a\nb\n");
  CHECK(fill("a\n{{x}}\nb\n", {{"x", "1\n"}}) == "a\n1\nb\n");
  CHECK(fill("{{unknown}} {{open", {}) == "{{unknown}} {{open");
}
