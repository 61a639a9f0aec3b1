// VariableSpec::set_field and get_field on testdata/views.bpf.c, where clang wrote the bytes that they must make.
#include <array>
#include <cstdint>
#include <string>

#include "tests/unit/spec/objects.h"

namespace ebpf {
namespace {

enum class Mode : std::uint32_t { off, slow = 3, fast = 1000 };

struct Limit {
  std::uint32_t rate;
  std::uint16_t burst;
  bool active;
};

struct Case {
  const char* path;
  std::int64_t number;
};

void check_refused(const Result<void>& result, errc code, const std::string& words) {
  REQUIRE(!result.has_value());
  const std::string& sentence = result.error().message();
  CAPTURE(sentence);
  CHECK(result.error().code() == code);
  CHECK(sentence.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("members set one by one make the bytes that a compiler makes, in both byte orders") {
  constexpr Case kNumbers[] = {
      {"interval", 0x0123456789abcdef},
      {"limits[0].rate", 1},
      {"limits[0].burst", 2},
      {"limits[0].active", 1},
      {"limits[2].rate", 0xfffffffe},
      {"limits[2].burst", 65535},
      {"narrow", 5},
      {"sign", -3},
      {"across", 0x2abcd},
      {"far", 0x9876543210},
      {"wide", 0x100000000},
      {"address", 0x7f000001},
      {"point.x", -1},
      {"point.y", 300},
      {"grid[0][0]", 1},
      {"grid[0][1]", 2},
      {"grid[0][2]", 3},
      {"grid[1][0]", 4},
      {"grid[1][1]", 5},
      {"grid[1][2]", 6},
      {"pointer", 0x1234},
  };
  for (const std::string object : {"views.bpf.o", "views_clang14.bpf.o", "views_eb.bpf.o", "views_stripped.bpf.o"}) {
    CAPTURE(object);
    CollectionSpec spec = parsed(object);
    VariableSpec& settings = *spec.variable("settings");
    for (const Case& one : kNumbers) {
      CAPTURE(one.path);
      const auto ok = settings.set_field(one.path, one.number);
      REQUIRE_MESSAGE(ok.has_value(), ok.error().message());
    }
    CHECK(settings.set_field("mode", Mode::fast));
    CHECK(settings.set_field("text", std::array<char, 12>{"a text"}));
    CHECK(settings.set_field("ratio", 0.25f));
    CHECK(settings.set_field("precise", -1.5));
    CHECK(settings.value == spec.variable("expected")->value);

    // Again with other values and back: no bit stays behind, and none of a neighbour is touched.
    for (const char* path : {"narrow", "across", "far"}) {
      const auto all_bits = settings.value;
      CHECK(settings.set_field(path, 0));
      CHECK(settings.value != all_bits);
      for (const Case& one : kNumbers)
        if (one.path == std::string(path)) CHECK(settings.set_field(path, one.number));
      CHECK(settings.value == all_bits);
    }
  }
}

TEST_CASE("members read back") {
  const CollectionSpec spec = parsed("views.bpf.o");
  const VariableSpec& expected = *spec.variable("expected");
  CHECK(expected.get_field<std::uint16_t>("limits[2].burst").value() == 65535);
  CHECK(expected.get_field<Mode>("mode").value() == Mode::fast);
  CHECK(expected.get_field<Limit>("limits[2]").value().rate == 0xfffffffe);
  CHECK(expected.get_field<std::array<std::uint8_t, 3>>("grid[1]").value()[2] == 6);
  CHECK(expected.get_field<std::uint8_t>("octets[3]").value() == 0x7f);
  CHECK(expected.get_field<double>("precise").value() == -1.5);
  CHECK(spec.variable("per_cpu")->get_field<std::uint64_t>("[3].hits").value() == 0);
  CHECK(expected.get_field<std::uint8_t>("narrow").error().code() == errc::unsupported_input);
}

TEST_CASE("a structure in a structure is set as a whole") {
  CollectionSpec spec = parsed("views.bpf.o");
  VariableSpec& settings = *spec.variable("settings");
  CHECK(settings.set_field("limits[1]", Limit{9, 8, true}));
  CHECK(settings.get_field<std::uint32_t>("limits[1].rate").value() == 9);
  CHECK(settings.get_field<std::uint64_t>("interval").value() == 1);
}

TEST_CASE("what cannot be set, and why") {
  CollectionSpec spec = parsed("views.bpf.o");
  VariableSpec& settings = *spec.variable("settings");
  const auto before = settings.value;
  check_refused(settings.set_field("limits[3].rate", 1), errc::out_of_range, "element 3");
  check_refused(settings.set_field("limit", 1), errc::not_found, "no such member");
  check_refused(settings.set_field("limits", 1), errc::type_mismatch, "settings.limits");
  check_refused(settings.set_field("limits[0", 1), errc::invalid_argument, "path");
  check_refused(settings.set_field("limits[0].burst", 65536), errc::out_of_range,
                "65536 does not fit into its 2 bytes");
  check_refused(settings.set_field("limits[0].active", 2), errc::out_of_range, "1 byte");
  check_refused(settings.set_field("narrow", 8), errc::out_of_range, "8 does not fit into its 3 bits");
  check_refused(settings.set_field("narrow", -1), errc::out_of_range, "3 bits");
  check_refused(settings.set_field("sign", 8), errc::out_of_range, "4 bits");
  check_refused(settings.set_field("sign", -9), errc::out_of_range, "4 bits");
  check_refused(settings.set_field("across", 1.5), errc::type_mismatch, "bit-field");
  check_refused(settings.set_field("ratio", 0.25), errc::type_mismatch, "floating point of 8 bytes");
  check_refused(settings.set_field("ratio", 1), errc::type_mismatch, "float");
  check_refused(settings.set_field("text", std::array<char, 11>{}), errc::type_mismatch, "\"char[12]\"");
  check_refused(settings.set_field("", 1), errc::type_mismatch, "112 bytes");
  CHECK(settings.value == before);
  VariableSpec without_types = settings;
  without_types.type = 0;
  check_refused(without_types.set_field("interval", 1), errc::invalid_argument, "without types");
  VariableSpec cut = settings;
  cut.size = 16;  // as if the symbol were shorter than its type
  check_refused(cut.set_field("point.x", 1), errc::out_of_range, "outside");
}

}  // namespace ebpf
